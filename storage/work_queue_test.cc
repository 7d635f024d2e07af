#include "storage/work_queue.h"

#include <chrono>
#include <future>
#include <memory>
#include <vector>

#include "gtest/gtest.h"

namespace sandglass::storage {
namespace {

TEST(WorkQueueTest, TenantsTakeTurns) {
  std::vector<int> done;
  {
    std::promise<void> begin;
    std::promise<void> begun;
    WorkQueue queue;
    // Everything else waits behind this.
    queue.Add(9, 1, [&] {
      begun.set_value();
      begin.get_future().wait();
    });
    begun.get_future().wait();
    for (const int work : {10, 11, 12}) queue.Add(1, 1, [&done, work] { done.push_back(work); });
    for (const int work : {20, 21}) queue.Add(2, 1, [&done, work] { done.push_back(work); });
    queue.Add(7, 1, [&done] { done.push_back(70); });
    begin.set_value();
  }
  EXPECT_EQ(done, (std::vector<int>{10, 20, 70, 11, 21, 12}));
}

TEST(WorkQueueTest, WhatWaitsOfOneTenantIsBounded) {
  std::promise<void> begin;
  size_t done = 0;
  {
    std::promise<void> begun;
    WorkQueue queue(1, 3);
    queue.Add(9, 1, [&] {
      begun.set_value();
      begin.get_future().wait();
    });
    begun.get_future().wait();
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(queue.Add(1, 1, [&done] { ++done; }));
    EXPECT_FALSE(queue.Add(1, 1, [&done] { ++done; }));
    EXPECT_TRUE(queue.Add(2, 1, [&done] { ++done; }));
    begin.set_value();
  }
  EXPECT_EQ(done, 4u);
}

TEST(WorkQueueTest, SeveralThreadsWorkAtOnce) {
  std::promise<void> one;
  std::promise<void> other;
  WorkQueue queue(2);
  // Neither ends unless both are under way.
  queue.Add(1, 1, [&] {
    one.set_value();
    EXPECT_EQ(other.get_future().wait_for(std::chrono::minutes(1)), std::future_status::ready);
  });
  queue.Add(1, 1, [&] {
    other.set_value();
    EXPECT_EQ(one.get_future().wait_for(std::chrono::minutes(1)), std::future_status::ready);
  });
}

TEST(WorkQueueTest, BytesThatWaitAreBounded) {
  std::promise<void> begin;
  size_t done = 0;
  const auto count = [&done] { ++done; };
  {
    std::promise<void> begun;
    WorkQueue queue;
    queue.Add(9, 1, [&] {
      begun.set_value();
      begin.get_future().wait();
    });
    begun.get_future().wait();
    constexpr size_t kPiece = WorkQueue::kMostBytesOfTenant / 4;
    EXPECT_FALSE(queue.Add(1, WorkQueue::kMostBytesOfTenant + 1, count));
    for (int i = 0; i < 4; ++i) EXPECT_TRUE(queue.Add(1, kPiece, count));
    EXPECT_FALSE(queue.Add(1, 1, count));
    // Others have their share, as long as not all of it is taken.
    for (const uint32_t tenant : {2, 3}) EXPECT_TRUE(queue.Add(tenant, WorkQueue::kMostBytesOfTenant, count));
    EXPECT_FALSE(queue.Add(4, 1, count));
    begin.set_value();
    // There is room again as soon as some of it was taken up.
    for (bool added = false; !added;) added = queue.Add(4, 1, count);
  }
  EXPECT_EQ(done, 7u);
}

}  // namespace
}  // namespace sandglass::storage
