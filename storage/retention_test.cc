#include "storage/retention.h"

#include <string>
#include <vector>

#include "proto/trace_id.h"
#include "storage/database.h"
#include "storage/ingest_fixture.h"
#include "storage/key.h"

namespace sandglass::storage {
namespace {

const absl::Time kNoon = absl::FromUnixSeconds(1700000000);

std::vector<std::string> Ids(const std::vector<KeptTrace>& traces) {
  std::vector<std::string> ids;
  for (const KeptTrace& trace : traces) ids.push_back(trace.trace_id);
  return ids;
}

// Of 100, 200 and 300 bytes, sealed 1, 10 and 100 hours ago, and not in order.
std::vector<KeptTrace> Three() {
  return {{1, "new", kNoon - absl::Hours(1), 100},
          {1, "old", kNoon - absl::Hours(100), 300},
          {2, "middle", kNoon - absl::Hours(10), 200}};
}

TEST(RetentionTest, WithoutAPolicyAllStay) { EXPECT_TRUE(ChooseExpired(Three(), {}, kNoon).empty()); }

TEST(RetentionTest, ByAge) {
  EXPECT_EQ(Ids(ChooseExpired(Three(), {.age = absl::Hours(9)}, kNoon)), (std::vector<std::string>{"old", "middle"}));
  // Exactly so old is not older.
  EXPECT_EQ(Ids(ChooseExpired(Three(), {.age = absl::Hours(10)}, kNoon)), (std::vector<std::string>{"old"}));
}

TEST(RetentionTest, BySizeTheOldestGoFirst) {
  EXPECT_TRUE(ChooseExpired(Three(), {.bytes = 600}, kNoon).empty());
  EXPECT_EQ(Ids(ChooseExpired(Three(), {.bytes = 599}, kNoon)), (std::vector<std::string>{"old"}));
  EXPECT_EQ(Ids(ChooseExpired(Three(), {.bytes = 299}, kNoon)), (std::vector<std::string>{"old", "middle"}));
  EXPECT_EQ(ChooseExpired(Three(), {.bytes = 0}, kNoon).size(), 3u);
}

TEST(RetentionTest, AClockThatWentBackRemovesNothing) {
  EXPECT_TRUE(ChooseExpired(Three(), {.age = absl::Hours(200)}, kNoon - absl::Hours(24)).empty());
  EXPECT_TRUE(ChooseExpired(Three(), {.age = absl::ZeroDuration()}, kNoon - absl::Hours(1000)).empty());
}

using RetentionStoreTest = IngestTest;

TEST_F(RetentionStoreTest, WhatIsTooOldIsGoneAndWhatIsOpenStays) {
  const v1::TraceManifest old = Collect(1, "old", {{50, kColumns}});
  now_ns_ += absl::ToInt64Nanoseconds(absl::Hours(5));
  const v1::TraceManifest young = Collect(2, "young", {{50, kColumns}});
  const v1::OpenResponse open = Open(SampleOpen(3, "open"));
  const RetentionReport report =
      RemoveExpired(*store_, {.age = absl::Hours(4)}, absl::FromUnixNanos(now_ns_) + absl::Minutes(1));
  ASSERT_TRUE(report.status.ok()) << report.status;
  EXPECT_EQ(Ids(report.removed), std::vector<std::string>{old.trace_id()});
  EXPECT_EQ(report.removed[0].bytes, old.stored_bytes());
  EXPECT_EQ(report.removed[0].name, "old");
  Restart();
  ExpectError(store_->FindSealed(kDefaultTenant, "old").status(), absl::StatusCode::kNotFound, "no trace 'old'");
  EXPECT_TRUE(store_->Verify(kDefaultTenant, young.trace_id()).ok());
  v1::GetStatusRequest request;
  request.set_trace_id(open.trace_id());
  EXPECT_TRUE(ingest_->GetStatus(kDefaultTenant, request).ok());
}

TEST_F(RetentionStoreTest, WhatExpiredUnsealedGoesToo) {
  const v1::OpenResponse silent = Open(SampleOpen(1, "silent"));
  Chunker chunker;
  ASSERT_TRUE(Append(Attach(silent), chunker.NextSample(50, kColumns)).ok());
  now_ns_ += absl::ToInt64Nanoseconds(absl::Hours(5));
  const v1::OpenResponse live = Open(SampleOpen(2, "live"));
  ASSERT_EQ(ingest_->ExpireSilent(absl::ToInt64Nanoseconds(absl::Hours(1)))->size(), 1u);
  // Its age counts from when it expired.
  const absl::Time expired = absl::FromUnixNanos(now_ns_);
  EXPECT_TRUE(RemoveExpired(*store_, {.age = absl::Hours(4)}, expired + absl::Hours(3)).removed.empty());
  const RetentionReport report = RemoveExpired(*store_, {.age = absl::Hours(4)}, expired + absl::Hours(5));
  ASSERT_TRUE(report.status.ok()) << report.status;
  ASSERT_EQ(Ids(report.removed), std::vector<std::string>{silent.trace_id()});
  EXPECT_FALSE(report.removed[0].sealed);
  // Its client may begin it anew; the live one goes on.
  EXPECT_NE(Open(SampleOpen(1, "silent")).trace_id(), silent.trace_id());
  EXPECT_EQ(Open(SampleOpen(2, "live")).trace_id(), live.trace_id());
}

TEST_F(RetentionStoreTest, DamagedTracesGoAndKeepNoOtherFromGoing) {
  const v1::TraceManifest no_head = Collect(1, "a", {{50, kColumns}});
  const v1::TraceManifest no_header = Collect(2, "b", {{50, kColumns}});
  const v1::TraceManifest nothing = Collect(3, "c", {{50, kColumns}});
  const v1::TraceManifest sound = Collect(4, "d", {{50, kColumns}});
  const auto damage = [&](const v1::TraceManifest& trace, Stream stream) {
    const std::string key = EncodeKey({kDefaultTenant, *ParseTraceId(trace.trace_id()), stream, 0});
    // As a flipped bit does it: not by a write that the inventory would have to read.
    ASSERT_TRUE(store_->database().Write({Change::Put(Family::kMeta, key, "rubbish")}, /*sync=*/false).ok());
  };
  damage(no_head, Stream::kHead);
  damage(no_header, Stream::kHeader);
  for (const Stream stream : {Stream::kHead, Stream::kHeader, Stream::kManifest}) damage(nothing, stream);
  // Whatever the records say, the bytes are counted.
  const uint64_t all =
      no_head.stored_bytes() + no_header.stored_bytes() + nothing.stored_bytes() + sound.stored_bytes();
  const absl::Time now = absl::FromUnixNanos(now_ns_);
  EXPECT_TRUE(RemoveExpired(*store_, {.bytes = all}, now).removed.empty());
  const RetentionReport one = RemoveExpired(*store_, {.bytes = all - 1}, now);
  EXPECT_EQ(Ids(one.removed), std::vector<std::string>{no_head.trace_id()});

  const RetentionReport rest = RemoveExpired(*store_, {.bytes = 0}, now);
  EXPECT_TRUE(rest.status.ok()) << rest.status;
  EXPECT_EQ(rest.removed.size(), 3u);
  // Nothing of them is left that a client or a name could lead to.
  const std::string tenant = TenantPrefix(kDefaultTenant);
  for (const Family family : {Family::kMeta, Family::kBlocks, Family::kDictionary, Family::kIndex}) {
    size_t keys = 0;
    const absl::Status status = store_->database().Scan(
        family, tenant, PrefixEnd(tenant), [&](absl::string_view, absl::string_view) -> absl::StatusOr<bool> {
          ++keys;
          return true;
        });
    EXPECT_TRUE(status.ok()) << status;
    EXPECT_EQ(keys, 0u) << static_cast<int>(family);
  }
  Restart();
}

}  // namespace
}  // namespace sandglass::storage
