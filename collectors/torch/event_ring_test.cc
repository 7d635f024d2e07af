#include "collectors/torch/event_ring.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "collectors/torch/event.h"

namespace sandglass::collectors {
namespace {

std::vector<uint64_t> Event(size_t words, uint64_t value) {
  std::vector<uint64_t> event(words, value);
  event[0] = MakeHead({.tag = EventTag::kEnd, .words = static_cast<uint32_t>(words)});
  return event;
}

TEST(EventRing, CapacityIsAPowerOfTwo) {
  EXPECT_EQ(EventRing(1).capacity_words(), 1024u);
  EXPECT_EQ(EventRing(1025).capacity_words(), 2048u);
}

TEST(EventRing, RefusesWhatDoesNotFitAndChangesNothing) {
  EventRing ring(1024);
  ASSERT_TRUE(ring.TryPush(Event(500, 1)));
  ASSERT_TRUE(ring.TryPush(Event(500, 2)));
  EXPECT_FALSE(ring.TryPush(Event(25, 3)));  // 1000 + 25 > 1024
  EXPECT_EQ(ring.used_words(), 1000u);
  EXPECT_TRUE(ring.TryPush(Event(24, 4)));
  std::vector<uint64_t> seen;
  EXPECT_EQ(ring.Drain([&](std::span<const uint64_t> event) { seen.push_back(event[1]); }), 3u);
  EXPECT_EQ(seen, (std::vector<uint64_t>{1, 2, 4}));
}

TEST(EventRing, KeepsTheReserveFree) {
  EventRing ring(1024);
  ASSERT_TRUE(ring.TryPush(Event(400, 1)));
  EXPECT_FALSE(ring.TryPush(Event(400, 2), 300));  // 400 + 400 + 300 > 1024
  EXPECT_TRUE(ring.TryPush(Event(400, 2), 224));   // exactly 1024
}

TEST(EventRing, DoesNotSplitAnEventAtTheEnd) {
  EventRing ring(1024);
  const auto nothing = [](std::span<const uint64_t>) {};
  ASSERT_TRUE(ring.TryPush(Event(500, 1)));
  ASSERT_TRUE(ring.TryPush(Event(500, 1)));
  ring.Drain(nothing);
  // 24 words are left before the end, so 24 of padding and 100 at the beginning.
  ASSERT_TRUE(ring.TryPush(Event(100, 7)));
  EXPECT_EQ(ring.used_words(), 124u);
  std::vector<uint64_t> seen;
  EXPECT_EQ(ring.Drain([&](std::span<const uint64_t> event) { seen.assign(event.begin(), event.end()); }), 1u);
  EXPECT_EQ(seen, Event(100, 7));
}

// A producer and a consumer that never wait for each other's turn: nothing is lost, doubled or out of order.
TEST(EventRing, TwoThreads) {
  EventRing ring(1024);
  constexpr uint64_t kEvents = 200000;
  std::thread producer([&] {
    for (uint64_t i = 1; i <= kEvents;) {
      if (ring.TryPush(Event(2 + i % 37, i))) {
        ++i;
      } else {
        std::this_thread::yield();
      }
    }
  });
  uint64_t last = 0;
  bool in_order = true;
  while (last < kEvents) {
    const size_t events = ring.Drain([&](std::span<const uint64_t> event) {
      in_order = in_order && event[1] == last + 1 && event.size() == 2 + event[1] % 37 && event.back() == event[1];
      last = event[1];
    });
    if (events == 0) std::this_thread::yield();
  }
  producer.join();
  EXPECT_TRUE(in_order);
}

}  // namespace
}  // namespace sandglass::collectors
