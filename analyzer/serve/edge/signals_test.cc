#include "analyzer/serve/edge/signals.h"

#include <signal.h>
#include <unistd.h>

#include <thread>

#include "gtest/gtest.h"

namespace sandglass::serve {
namespace {

TEST(SignalsTest, HandsThemOutInTheirOrder) {
  Signals signals({SIGTERM, SIGHUP});
  EXPECT_EQ(signals.Wait(absl::ZeroDuration()), 0);
  raise(SIGHUP);
  raise(SIGTERM);
  EXPECT_EQ(signals.Wait(absl::Seconds(60)), SIGHUP);
  EXPECT_EQ(signals.Wait(absl::Seconds(60)), SIGTERM);
  EXPECT_EQ(signals.Wait(absl::Milliseconds(1)), 0);
}

TEST(SignalsTest, WhicheverThreadIsHit) {
  Signals signals({SIGTERM});
  std::thread other([] { raise(SIGTERM); });
  EXPECT_EQ(signals.Wait(absl::Seconds(60)), SIGTERM);
  other.join();
}

TEST(SignalsDeathTest, LaterTheyMeanWhatTheyMeant) {
  { Signals signals({SIGTERM}); }
  EXPECT_EXIT(raise(SIGTERM), ::testing::KilledBySignal(SIGTERM), "");
}

}  // namespace
}  // namespace sandglass::serve
