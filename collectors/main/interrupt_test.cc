#include "collectors/main/interrupt.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>

#include "storage/wait_until.h"

namespace sandglass::collectors {
namespace {

TEST(InterruptTest, CallsCancelAtTheFirstSignal) {
  for (const int signal : {SIGINT, SIGTERM}) {
    std::atomic<bool> cancelled = false;
    InterruptGuard guard([&] { cancelled = true; }, [] {});
    EXPECT_FALSE(guard.interrupted());
    raise(signal);
    storage::WaitUntil([&] { return cancelled.load(); }, "the call of cancel");
    EXPECT_TRUE(guard.interrupted());
  }
}

TEST(InterruptTest, WithoutASignalNothingHappens) {
  bool called = false;
  {
    InterruptGuard guard([&] { called = true; }, [&] { called = true; });
  }
  EXPECT_FALSE(called);
}

void IgnoreSignals() {
  InterruptGuard guard([] {}, [] { EXPECT_EQ(write(STDERR_FILENO, "last words", 10), 10); });
  raise(SIGTERM);
  raise(SIGTERM);
  while (true) pause();
}

TEST(InterruptDeathTest, ASecondSignalEndsTheProcess) {
  EXPECT_EXIT(IgnoreSignals(), ::testing::ExitedWithCode(1), "last words");
}

void AfterTheGuard() {
  {
    InterruptGuard guard([] {}, [] {});
  }
  raise(SIGTERM);
}

TEST(InterruptDeathTest, AfterwardsSignalsMeanWhatTheyMeant) {
  EXPECT_EXIT(AfterTheGuard(), ::testing::KilledBySignal(SIGTERM), "");
}

}  // namespace
}  // namespace sandglass::collectors
