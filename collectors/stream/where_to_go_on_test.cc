#include "collectors/stream/where_to_go_on.h"

#include <gtest/gtest.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace sandglass::collectors {
namespace {

v1::OpenResponse Opened(uint64_t next_seq, bool sealed = false) {
  v1::OpenResponse response;
  response.set_trace_id("T");
  response.set_next_seq(next_seq);
  if (sealed) response.set_content_digest("digest");
  return response;
}

KeptChunks Kept(const char* spool_file, uint64_t first_seq, uint64_t last_seq, uint64_t acknowledged_seq) {
  return {.server = "h:1",
          .spool_file = spool_file,
          .first_seq = first_seq,
          .last_seq = last_seq,
          .acknowledged_seq = acknowledged_seq};
}

TEST(WhereToGoOnTest, GoesOnBehindWhatTheServerHas) {
  for (const char* spool_file : {"", "/s/a.spool"}) {
    for (uint64_t next_seq = 4; next_seq <= 6; ++next_seq) {
      const auto durable = WhereToGoOn(Opened(next_seq), Kept(spool_file, 4, 5, 3));
      ASSERT_TRUE(durable.ok()) << durable.status();
      EXPECT_EQ(*durable, next_seq - 1);
    }
  }
  // Nothing was sent, and a server that numbers from 0 has nothing.
  EXPECT_EQ(*WhereToGoOn(Opened(1), Kept("", 1, 0, 0)), 0u);
  EXPECT_EQ(*WhereToGoOn(Opened(0), Kept("", 1, 0, 0)), 0u);
  // What it lost is kept.
  EXPECT_EQ(*WhereToGoOn(Opened(3), Kept("/s/a.spool", 1, 9, 7)), 2u);
}

TEST(WhereToGoOnTest, SaysWhatCannotBe) {
  struct Case {
    v1::OpenResponse response;
    KeptChunks kept;
    absl::StatusCode code;
    const char* message;
  };
  const Case cases[] = {
      {Opened(3), Kept("", 4, 5, 3), absl::StatusCode::kDataLoss,
       "h:1 has LOST DATA of trace T (DATA_LOSS): it acknowledged chunks up to 3 and has them only up to 2; check its "
       "disk and its log, then record the trace again"},
      {Opened(0), Kept("", 4, 5, 3), absl::StatusCode::kDataLoss, "has them only up to 0; "},
      {Opened(3), Kept("/s/a.spool", 4, 5, 3), absl::StatusCode::kDataLoss,
       "h:1 has LOST DATA of trace T (DATA_LOSS): it acknowledged chunks up to 3 and has them only up to 2; the spool "
       "file /s/a.spool was full and keeps them only from 4 on; record the trace again"},
      {Opened(1), Kept("/s/a.spool", 4, 5, 0), absl::StatusCode::kDataLoss,
       "h:1 has chunks of trace T up to 0; the spool file /s/a.spool was full"},
      {Opened(7), Kept("", 4, 5, 3), absl::StatusCode::kFailedPrecondition,
       "h:1 has 6 chunks of trace T, but only 5 were sent: another writer uses its client_key; record the trace again"},
      {Opened(7), Kept("/s/a.spool", 4, 5, 3), absl::StatusCode::kFailedPrecondition,
       "h:1 has 6 chunks of trace T, but the spool file /s/a.spool only 5: its end was lost, or another writer uses "
       "its client_key"},
      {Opened(6, true), Kept("", 4, 5, 3), absl::StatusCode::kFailedPrecondition,
       "trace T was sealed by another writer; record the trace again"},
      {Opened(6, true), Kept("/s/a.spool", 4, 5, 3), absl::StatusCode::kFailedPrecondition,
       "trace T was sealed by another writer"},
  };
  for (const Case& c : cases) {
    const absl::Status status = WhereToGoOn(c.response, c.kept).status();
    EXPECT_EQ(status.code(), c.code) << status;
    EXPECT_TRUE(absl::StrContains(status.message(), c.message)) << status;
  }
}

TEST(WhereToGoOnTest, ASealOfOurOwnMayBeFound) {
  KeptChunks kept = Kept("/s/a.spool", 1, 5, 5);
  kept.may_be_sealed = true;
  EXPECT_EQ(*WhereToGoOn(Opened(6, true), kept), 5u);
  // Not of another length.
  EXPECT_EQ(WhereToGoOn(Opened(5, true), kept).status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST(WhereToGoOnTest, ComparesTheChunksThemselves) {
  const Digest chain = Sha256("chunks");
  v1::OpenResponse response = Opened(3);
  response.set_chain_digest(DigestBytes(chain));
  EXPECT_TRUE(CheckSameChunks(response, Kept("", 1, 5, 2), chain).ok());
  response.set_chain_digest(DigestBytes(Sha256("others")));
  const absl::Status status = CheckSameChunks(response, Kept("", 1, 5, 2), chain);
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(status.message(),
            "the chunks of trace T that h:1 has up to 2 are not those that were sent; record the trace again");
}

}  // namespace
}  // namespace sandglass::collectors
