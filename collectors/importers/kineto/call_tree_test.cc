#include "collectors/importers/kineto/call_tree.h"

#include <gtest/gtest.h>

#include "collectors/importers/kineto/linker.h"

namespace sandglass::collectors::kineto {
namespace {

constexpr int64_t kUs = 1'000'000;

class CallTreeTest : public ::testing::Test {
 protected:
  CallTreeTest() { trace_.tracks.resize(2); }

  uint32_t Add(EventKind kind, int64_t start_us, int64_t duration_us, uint32_t track = 0) {
    trace_.events.push_back(
        {.start_ns = start_us * 1000, .duration_ps = duration_us * kUs, .track = track, .kind = kind});
    return static_cast<uint32_t>(trace_.events.size() - 1);
  }

  Trace trace_;
};

TEST_F(CallTreeTest, TheInnermostThatHoldsItIsTheCaller) {
  const uint32_t inner = Add(EventKind::kOperator, 20, 5);
  const uint32_t outer = Add(EventKind::kOperator, 10, 50);
  const uint32_t middle = Add(EventKind::kOperator, 15, 20);
  const uint32_t later = Add(EventKind::kOperator, 40, 10);
  const uint32_t elsewhere = Add(EventKind::kOperator, 21, 1, 1);
  const CallTree tree(trace_);
  EXPECT_EQ(tree.CallerOf(inner), middle);
  EXPECT_EQ(tree.CallerOf(middle), outer);
  EXPECT_EQ(tree.CallerOf(later), outer);
  EXPECT_EQ(tree.CallerOf(outer), kNoEvent);
  EXPECT_EQ(tree.CallerOf(elsewhere), kNoEvent);
  EXPECT_EQ(tree.SelfPs(outer), 20 * kUs);
  EXPECT_EQ(tree.SelfPs(inner), 5 * kUs);
  EXPECT_TRUE(tree.IsWithin(inner, outer));
  EXPECT_TRUE(tree.IsWithin(inner, inner));
  EXPECT_FALSE(tree.IsWithin(outer, inner));
  EXPECT_EQ(tree.overlaps(), 0);
}

TEST_F(CallTreeTest, AClockOfWholeMicrosecondsCutsEndsApart) {
  const uint32_t outer = Add(EventKind::kOperator, 10, 5);
  const uint32_t inner = Add(EventKind::kOperator, 12, 4);
  const uint32_t next = Add(EventKind::kOperator, 16, 4);
  const CallTree tree(trace_);
  EXPECT_EQ(tree.CallerOf(inner), outer);
  EXPECT_EQ(tree.CallerOf(next), kNoEvent);
  EXPECT_EQ(tree.overlaps(), 0);
}

TEST_F(CallTreeTest, OperatorsThatOverlapDoNotCallEachOther) {
  Add(EventKind::kOperator, 10, 20);
  const uint32_t second = Add(EventKind::kOperator, 20, 20);
  const CallTree tree(trace_);
  EXPECT_EQ(tree.CallerOf(second), kNoEvent);
  EXPECT_EQ(tree.overlaps(), 1);
}

TEST_F(CallTreeTest, CallsAreMadeWithinOperatorsNotAnnotations) {
  const uint32_t op = Add(EventKind::kOperator, 10, 50);
  Add(EventKind::kAnnotation, 11, 40);
  const uint32_t call = Add(EventKind::kRuntime, 12, 2);
  const uint32_t outside = Add(EventKind::kRuntime, 70, 2);
  const CallTree tree(trace_);
  EXPECT_EQ(tree.CallerOf(call), op);
  EXPECT_EQ(tree.CallerOf(outside), kNoEvent);
}

// Times of a broken clock, at both ends of what the reader lets through.
TEST_F(CallTreeTest, TimesFarApartDoNotOverflow) {
  const int64_t far_us = int64_t{86400} * 365 * 200 * 1'000'000 - 1;
  const uint32_t early = Add(EventKind::kOperator, -far_us, 86'400'000'000);
  const uint32_t late = Add(EventKind::kOperator, far_us, 86'400'000'000);
  for (int i = 0; i < 200; ++i) Add(EventKind::kOperator, far_us, 86'400'000'000);
  const CallTree tree(trace_);
  EXPECT_EQ(tree.CallerOf(early), kNoEvent);
  EXPECT_EQ(tree.CallerOf(late), kNoEvent);
  EXPECT_EQ(tree.SelfPs(late), 0);
}

}  // namespace
}  // namespace sandglass::collectors::kineto
