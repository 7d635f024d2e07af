#include "collectors/torch/thread_tap.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "collectors/torch/event.h"

namespace sandglass::collectors {
namespace {

constexpr size_t kSmallest = 8192;  // bytes: 1024 words

class ThreadTapTest : public ::testing::Test {
 protected:
  ThreadTapTest() {
    control_.recording = true;
    control_.session = 1;
    tap_.EnterSession(1);
  }

  void Start(const void* call, int64_t integers = 0) {
    tap_.writer().BeginStart(1, &info_, false, -1, 0);
    tap_.writer().Integers(0, std::vector<int64_t>(static_cast<size_t>(integers), 1));
    tap_.Start(call, 1, kResultsRecorded);
  }

  // Whether an end was written.
  bool End(const void* call, int64_t integers = 0) {
    uint8_t flags = 0;
    if (!tap_.TakeOpen(call, flags)) return false;
    tap_.writer().BeginEnd(1, 2, flags);
    tap_.writer().Integers(0, std::vector<int64_t>(static_cast<size_t>(integers), 1));
    tap_.End();
    return true;
  }

  // "(" for a start; ")" for an end with results, "]" for one without, "!" after it where children are missing.
  std::string Drain() {
    std::string shape;
    tap_.ring().Drain([&](std::span<const uint64_t> event) {
      const EventHead head = ReadHead(event[0]);
      if (head.tag == EventTag::kStart) {
        shape += '(';
        return;
      }
      shape += (head.flags & kResultsRecorded) != 0 ? ')' : ']';
      if ((head.flags & kChildrenMissing) != 0) shape += '!';
    });
    return shape;
  }

  TapControl control_;
  OpInfo info_{.name = "aten::x", .schema = "aten::x() -> ()"};
  ThreadTap tap_{control_, 1, kSmallest};
  int calls_[8] = {};
};

TEST_F(ThreadTapTest, NestedCalls) {
  Start(&calls_[0]);
  Start(&calls_[1]);
  EXPECT_TRUE(End(&calls_[1]));
  EXPECT_TRUE(End(&calls_[0]));
  EXPECT_EQ(Drain(), "(())");
  EXPECT_EQ(tap_.dropped(), 0u);
}

TEST_F(ThreadTapTest, DropsWhatDoesNotFitAndCountsIt) {
  control_.drop_when_full = true;
  Start(&calls_[0], 450);
  Start(&calls_[1], 450);
  Start(&calls_[2], 450);  // no room: dropped
  EXPECT_FALSE(End(&calls_[2]));
  EXPECT_TRUE(End(&calls_[1]));
  EXPECT_TRUE(End(&calls_[0]));
  EXPECT_EQ(tap_.dropped(), 1u);
  EXPECT_EQ(tap_.blocked(), 0u);
  // The operator around it must not claim the time of what is missing.
  EXPECT_EQ(Drain(), "(()!)");
}

TEST_F(ThreadTapTest, AnEndAlwaysFitsWithoutItsResults) {
  control_.drop_when_full = true;
  Start(&calls_[0], 450);
  Start(&calls_[1], 450);
  EXPECT_TRUE(End(&calls_[1], 300));  // no room for 300 words of results
  EXPECT_TRUE(End(&calls_[0]));
  EXPECT_EQ(Drain(), "((])");
  EXPECT_EQ(tap_.dropped(), 0u);
}

TEST_F(ThreadTapTest, BlocksUntilThereIsRoomAndLosesNothing) {
  std::string shape;
  std::thread model([&] {
    for (int i = 0; i < 1000; ++i) {
      Start(&calls_[0], 100);
      End(&calls_[0]);
    }
    control_.recording = false;
  });
  while (control_.recording) {
    shape += Drain();
    control_.room.notify_all();
  }
  model.join();
  shape += Drain();
  std::string expected;
  for (int i = 0; i < 1000; ++i) expected += "()";
  EXPECT_EQ(shape, expected);
  EXPECT_EQ(tap_.dropped(), 0u);
}

TEST_F(ThreadTapTest, ABlockedCallEndsWhenRecordingStops) {
  Start(&calls_[0], 450);
  Start(&calls_[1], 450);
  std::thread stopper([&] { control_.recording = false; });
  Start(&calls_[2], 450);
  stopper.join();
  EXPECT_EQ(tap_.dropped(), 1u);
  EXPECT_EQ(tap_.blocked(), 1u);
}

TEST_F(ThreadTapTest, AnEventLongerThanTheRingIsDroppedInsteadOfWaitingForEver) {
  Start(&calls_[0], 2000);
  EXPECT_FALSE(End(&calls_[0]));
  EXPECT_EQ(tap_.dropped(), 1u);
}

TEST_F(ThreadTapTest, ACallThatNeverSaidItEndedIsClosedWithTheOneAroundIt) {
  Start(&calls_[0]);
  Start(&calls_[1]);
  EXPECT_TRUE(End(&calls_[0]));
  EXPECT_EQ(Drain(), "((])");
}

TEST_F(ThreadTapTest, EndsOfCallsFromBeforeAreIgnored) {
  EXPECT_FALSE(End(&calls_[3]));
  Start(&calls_[0]);
  tap_.EnterSession(2);
  EXPECT_FALSE(End(&calls_[0]));
  EXPECT_EQ(Drain(), "(");
}

TEST_F(ThreadTapTest, AnEmptyRetiredTapIsTakenOver) {
  EXPECT_FALSE(tap_.TakeOver(2));
  Start(&calls_[0]);
  tap_.Retire();
  EXPECT_FALSE(tap_.TakeOver(2)) << "its events would be another thread's";
  Drain();
  EXPECT_TRUE(tap_.TakeOver(2));
  EXPECT_EQ(tap_.torch_thread(), 2u);
  EXPECT_FALSE(tap_.TakeOver(3));
}

}  // namespace
}  // namespace sandglass::collectors
