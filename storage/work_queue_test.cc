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
    queue.Add(9, [&] {
      begun.set_value();
      begin.get_future().wait();
    });
    begun.get_future().wait();
    for (const int work : {10, 11, 12}) queue.Add(1, [&done, work] { done.push_back(work); });
    for (const int work : {20, 21}) queue.Add(2, [&done, work] { done.push_back(work); });
    queue.Add(7, [&done] { done.push_back(70); });
    begin.set_value();
  }
  EXPECT_EQ(done, (std::vector<int>{10, 20, 70, 11, 21, 12}));
}

TEST(WorkQueueTest, WhatWaitsOfOneTenantIsBounded) {
  std::promise<void> begin;
  size_t done = 0;
  {
    WorkQueue queue(1, 3);
    std::promise<void> begun;
    queue.Add(9, [&] {
      begun.set_value();
      begin.get_future().wait();
    });
    begun.get_future().wait();
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(queue.Add(1, [&done] { ++done; }));
    EXPECT_FALSE(queue.Add(1, [&done] { ++done; }));
    EXPECT_TRUE(queue.Add(2, [&done] { ++done; }));
    begin.set_value();
  }
  EXPECT_EQ(done, 4u);
}

TEST(WorkQueueTest, SeveralThreadsWorkAtOnce) {
  std::promise<void> one;
  std::promise<void> other;
  WorkQueue queue(2);
  // Neither ends unless both are under way.
  queue.Add(1, [&] {
    one.set_value();
    EXPECT_EQ(other.get_future().wait_for(std::chrono::minutes(1)), std::future_status::ready);
  });
  queue.Add(1, [&] {
    other.set_value();
    EXPECT_EQ(one.get_future().wait_for(std::chrono::minutes(1)), std::future_status::ready);
  });
}

}  // namespace
}  // namespace sandglass::storage
