#include "collectors/importers/nsight/range_tree.h"

#include <gtest/gtest.h>

#include <vector>

namespace sandglass::collectors::nsight {
namespace {

Range MakeRange(int64_t start_ns, int64_t end_ns, int64_t thread = 1) {
  Range range;
  range.start_ns = start_ns;
  range.end_ns = end_ns;
  range.thread = thread;
  return range;
}

void AddCall(int64_t number, int64_t start_ns, int64_t end_ns, int64_t thread, Trace& trace) {
  trace.calls[{0, number}] = Call{.start_ns = start_ns, .end_ns = end_ns, .thread = thread};
}

TEST(RangeTreeTest, CallsLieInTheInnermostRangeOfTheirThread) {
  Trace trace;
  trace.ranges = {MakeRange(0, 100), MakeRange(10, 50), MakeRange(20, 30), MakeRange(60, 90), MakeRange(0, 100, 2)};
  AddCall(1, 22, 25, 1, trace);
  AddCall(2, 40, 45, 1, trace);
  AddCall(3, 55, 58, 1, trace);
  AddCall(4, 22, 25, 2, trace);
  AddCall(5, 22, 25, 3, trace);
  AddCall(6, 95, 105, 1, trace);
  AddCall(7, 28, 35, 1, trace);
  const RangeTree tree(trace);
  EXPECT_EQ(tree.Around(0), kNoRange);
  EXPECT_EQ(tree.Around(1), 0u);
  EXPECT_EQ(tree.Around(2), 1u);
  EXPECT_EQ(tree.Around(3), 0u);
  EXPECT_EQ(tree.Around(4), kNoRange) << "another thread's";
  EXPECT_EQ(tree.AroundCall({0, 1}), 2u);
  EXPECT_EQ(tree.AroundCall({0, 2}), 1u);
  EXPECT_EQ(tree.AroundCall({0, 3}), 0u);
  EXPECT_EQ(tree.AroundCall({0, 4}), 4u);
  EXPECT_EQ(tree.AroundCall({0, 5}), kNoRange) << "a thread without ranges";
  EXPECT_EQ(tree.AroundCall({0, 6}), kNoRange) << "it ended after the range";
  EXPECT_EQ(tree.AroundCall({0, 7}), 1u) << "it ended after the innermost";
  EXPECT_EQ(tree.AroundCall({1, 1}), kNoRange) << "no such call";
  // 100 less 40 and 30, in ps.
  EXPECT_EQ(tree.SelfPs(0), 30'000);
  EXPECT_EQ(tree.SelfPs(1), 30'000);
  EXPECT_EQ(tree.SelfPs(2), 10'000);
}

TEST(RangeTreeTest, EqualRangesAreNestedAsTheyStand) {
  Trace trace;
  trace.ranges = {MakeRange(5, 5), MakeRange(5, 5), MakeRange(5, 9)};
  AddCall(1, 5, 5, 1, trace);
  const RangeTree tree(trace);
  EXPECT_EQ(tree.Around(2), kNoRange);
  EXPECT_EQ(tree.Around(0), 2u);
  EXPECT_EQ(tree.Around(1), 0u);
  EXPECT_EQ(tree.AroundCall({0, 1}), 1u);
}

// Each begins later and ends later than the one before it: none is around another, and a search could go through all.
TEST(RangeTreeTest, RangesThatDoNotNestAreNotSearchedForEver) {
  Trace trace;
  constexpr int64_t kRanges = 20'000;
  for (int64_t i = 0; i < kRanges; ++i) trace.ranges.push_back(MakeRange(i, kRanges + i));
  trace.ranges.push_back(MakeRange(kRanges, kRanges));
  const RangeTree tree(trace);
  EXPECT_EQ(tree.Around(5), kNoRange);
  EXPECT_EQ(tree.too_deep(), uint64_t{kRanges - 1025});
  EXPECT_EQ(tree.Around(kRanges), uint32_t{kRanges - 1});
  for (uint32_t i = 0; i <= kRanges; ++i) EXPECT_GE(tree.SelfPs(i), 0);
}

TEST(RangeTreeTest, FreeRangesWithinAnotherMayBeLongerThanIt) {
  Trace trace;
  trace.ranges = {MakeRange(0, 100), MakeRange(0, 80), MakeRange(10, 90)};
  const RangeTree tree(trace);
  EXPECT_EQ(tree.Around(2), 0u);
  EXPECT_EQ(tree.SelfPs(0), 0);
}

}  // namespace
}  // namespace sandglass::collectors::nsight
