// What tenants have in a store is known at any time, and bounded by their quotas.
#include <string>

#include "proto/trace_id.h"
#include "storage/database.h"
#include "storage/ingest_fixture.h"
#include "storage/key.h"
#include "storage/quota.h"

namespace sandglass::storage {
namespace {

class UsageTest : public IngestTest {
 protected:
  TenantUsage Usage(uint32_t tenant = kDefaultTenant) const {
    const absl::StatusOr<TenantUsage> usage = store_->UsageOf(tenant);
    EXPECT_TRUE(usage.ok()) << usage.status();
    return usage.value_or(TenantUsage{UINT64_MAX, UINT64_MAX});
  }

  // Whether it says so too when it has to count anew.
  void ExpectUsage(uint64_t stored_bytes, uint64_t open_traces) {
    for (int life = 0; life < 2; ++life) {
      EXPECT_EQ(Usage().stored_bytes, stored_bytes) << life;
      EXPECT_EQ(Usage().open_traces, open_traces) << life;
      if (life == 0) Restart();
    }
  }
};

TEST_F(UsageTest, FollowsTracesAsTheyComeAndGo) {
  ExpectUsage(0, 0);
  // Small chunks, which the seal packs, and full ones.
  const uint64_t packed = Collect(1, "packed", {{50, kColumns}, {50, kRows}}).stored_bytes();
  const v1::TraceManifest whole = Collect(2, "whole", {{4000, kColumns}});
  ASSERT_GT(packed, 0u);
  ExpectUsage(packed + whole.stored_bytes(), 0);

  const v1::OpenResponse open = Open(SampleOpen(3, "open"));
  Chunker chunker;
  ASSERT_TRUE(Append(Attach(open), chunker.NextSample(100, kColumns)).ok());
  const uint64_t sealed = packed + whole.stored_bytes();
  const uint64_t sent = Usage().stored_bytes - sealed;
  EXPECT_GT(sent, 0u);
  ExpectUsage(sealed + sent, 1);

  ASSERT_TRUE(store_->Delete(kDefaultTenant, whole.trace_id()).ok());
  ExpectUsage(packed + sent, 1);
  now_ns_ += 1000000000;
  ASSERT_EQ(ingest_->ExpireSilent(1)->size(), 1u);
  ExpectUsage(packed + sent, 0);
  ASSERT_TRUE(store_->Delete(kDefaultTenant, open.trace_id()).ok());

  const v1::OpenResponse another = Open(SampleOpen(4, "another"));
  ExpectUsage(packed, 1);
  v1::AbortRequest abort;
  abort.set_trace_id(another.trace_id());
  abort.set_epoch(another.epoch());
  ASSERT_TRUE(ingest_->Abort(kDefaultTenant, abort).ok());
  ExpectUsage(packed, 0);
  // Another tenant has nothing of it.
  EXPECT_EQ(Usage(7).stored_bytes, 0u);
  EXPECT_EQ(store_->Usage().count(kDefaultTenant), 1u);
}

TEST_F(UsageTest, DamagedTracesAreNotCountedAsNothing) {
  const v1::TraceManifest sealed = Collect(1, "sealed", {{4000, kColumns}});
  const v1::OpenResponse open = Open(SampleOpen(2, "open"));
  Chunker chunker;
  ASSERT_TRUE(Append(Attach(open), chunker.NextSample(100, kColumns)).ok());
  const uint64_t before = Usage().stored_bytes;
  for (const std::string& trace : {sealed.trace_id(), open.trace_id()}) {
    const std::string head = EncodeKey({kDefaultTenant, *ParseTraceId(trace), Stream::kHead, 0});
    ASSERT_TRUE(store_->database().Write({Change::Put(Family::kMeta, head, "rubbish")}, /*sync=*/false).ok());
  }
  Restart();
  EXPECT_EQ(Usage().stored_bytes, before);
  EXPECT_EQ(Usage().open_traces, 1u);
}

TEST_F(UsageTest, QuotasHoldAlsoAfterARestart) {
  Quota quota;
  const auto open = [&](uint64_t client) {
    return ingest_->Open(kDefaultTenant, SampleOpen(client, "a"), &quota).status();
  };
  quota.SetLimits({.open_traces = 2});
  EXPECT_TRUE(open(1).ok());
  EXPECT_TRUE(open(2).ok());
  for (int life = 0; life < 2; ++life) {
    ExpectError(open(3), absl::StatusCode::kResourceExhausted, "2 of 2 traces are open");
    // One that is there goes on.
    EXPECT_TRUE(open(2).ok());
    Restart();
  }
  now_ns_ += 1000000000;
  ASSERT_EQ(ingest_->ExpireSilent(1)->size(), 2u);
  EXPECT_TRUE(open(3).ok());

  const v1::TraceManifest large = Collect(4, "large", {{4000, kColumns}});
  quota.SetLimits({.stored_bytes = large.stored_bytes()});
  for (int life = 0; life < 2; ++life) {
    ExpectError(open(5), absl::StatusCode::kResourceExhausted, "bytes are stored");
    Restart();
  }
  ASSERT_TRUE(store_->Delete(kDefaultTenant, large.trace_id()).ok());
  EXPECT_TRUE(open(5).ok());
}

}  // namespace
}  // namespace sandglass::storage
