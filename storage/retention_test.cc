#include "storage/retention.h"

#include <string>
#include <vector>

#include "storage/change.h"
#include "storage/database.h"
#include "storage/ingest_fixture.h"
#include "storage/key.h"
#include "storage/trace_id.h"

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
  const auto removed = RemoveExpired(*store_, {.age = absl::Hours(4)}, absl::FromUnixNanos(now_ns_) + absl::Minutes(1));
  ASSERT_TRUE(removed.ok()) << removed.status();
  EXPECT_EQ(Ids(removed->removed), std::vector<std::string>{old.trace_id()});
  EXPECT_EQ(removed->removed[0].bytes, old.stored_bytes());
  EXPECT_EQ(removed->removed[0].name, "old");
  EXPECT_TRUE(removed->failed.empty());
  Restart();
  ExpectError(store_->FindSealed(kDefaultTenant, "old").status(), absl::StatusCode::kNotFound, "no trace 'old'");
  EXPECT_TRUE(store_->Verify(kDefaultTenant, young.trace_id()).ok());
  v1::GetStatusRequest request;
  request.set_trace_id(open.trace_id());
  EXPECT_TRUE(ingest_->GetStatus(kDefaultTenant, request).ok());
}

TEST_F(RetentionStoreTest, ATraceThatCannotBeRemovedKeepsNoOther) {
  const v1::TraceManifest damaged = Collect(1, "damaged", {{50, kColumns}});
  const v1::TraceManifest sound = Collect(2, "sound", {{50, kColumns}});
  const TraceId id = *ParseTraceId(damaged.trace_id());
  ASSERT_TRUE(store_->database()
                  .Write({Change::Put(Family::kMeta, EncodeKey({kDefaultTenant, id, Stream::kHeader, 0}), "damaged")},
                         /*sync=*/true)
                  .ok());
  const auto removed = RemoveExpired(*store_, {.age = absl::Hours(4)}, absl::FromUnixNanos(now_ns_) + absl::Hours(5));
  ASSERT_TRUE(removed.ok()) << removed.status();
  EXPECT_EQ(Ids(removed->removed), std::vector<std::string>{sound.trace_id()});
  ASSERT_EQ(removed->failed.size(), 1u);
  EXPECT_EQ(removed->failed[0].first.trace_id, damaged.trace_id());
  EXPECT_EQ(removed->failed[0].second.code(), absl::StatusCode::kDataLoss) << removed->failed[0].second;
}

}  // namespace
}  // namespace sandglass::storage
