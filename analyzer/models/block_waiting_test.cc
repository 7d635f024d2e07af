#include "analyzer/models/block_waiting.h"

#include <gtest/gtest.h>

namespace sandglass::models {
namespace {

constexpr double kMicro = 1e-6;

ops::Work Recurrence(int64_t heads, int64_t chunks, int64_t chunk) {
  ops::Work work;
  work.recurrence = ops::RecurrenceProblem{.heads = heads, .chunks = chunks, .chunk = chunk, .passes = 5};
  return work;
}

TEST(BlockWaitingTest, ATileOfAllRowsTakesTwice) {
  EXPECT_NEAR(BlockWait(0).value(), 2.3 * kMicro, 1e-15);
  EXPECT_NEAR(BlockWait(64).value(), 3.45 * kMicro, 1e-15);
  EXPECT_NEAR(BlockWait(128).value(), 4.6 * kMicro, 1e-15);
}

// 10 cores keep 20,480 threads under way.
TEST(BlockWaitingTest, ThreadsTakeTurns) {
  ops::Work work;
  EXPECT_EQ(WaitingTime(work, 10), Seconds());
  work.thread_turns = 3 * 20480;
  EXPECT_NEAR(WaitingTime(work, 10).value(), 3 * 2.3 * kMicro, 1e-15);
  work.thread_turns = 32;
  EXPECT_NEAR(WaitingTime(work, 10).value(), 2.3 * kMicro, 1e-15);
}

TEST(BlockWaitingTest, RecurrencesPassOverTheirChunks) {
  // 12 tiles of 64 rows on 5 cores are 3 in turn, in each of 5 passes.
  EXPECT_NEAR(WaitingTime(Recurrence(4, 3, 64), 5).value(), 5 * 3 * 3.45 * kMicro, 1e-12);
  // One sequence of 100 chunks has cores enough for all, but the pass that carries its state takes them one by one.
  EXPECT_NEAR(WaitingTime(Recurrence(1, 100, 64), 100).value(), (4 * 3.45 + 100 * 2.3) * kMicro, 1e-12);
  // A chunk of 256 is two tiles.
  EXPECT_NEAR(WaitingTime(Recurrence(4, 3, 256), 24).value(), (4 * 4.6 + 3 * 2.3) * kMicro, 1e-12);
}

TEST(BlockWaitingTest, MoreCoresAreNeverSlowerAndMoreWorkNeverFaster) {
  for (const double cores : {1.0, 7.0, 80.0, 132.0}) {
    for (const int64_t heads : {1, 5, 64}) {
      for (const int64_t chunks : {1, 9, 500}) {
        const Seconds time = WaitingTime(Recurrence(heads, chunks, 64), cores);
        EXPECT_LE(WaitingTime(Recurrence(heads, chunks, 64), cores + 1), time);
        EXPECT_GE(WaitingTime(Recurrence(heads + 1, chunks, 64), cores), time);
        EXPECT_GE(WaitingTime(Recurrence(heads, chunks + 1, 64), cores), time);
      }
    }
  }
}

}  // namespace
}  // namespace sandglass::models
