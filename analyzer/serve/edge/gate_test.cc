#include "analyzer/serve/edge/gate.h"

#include <memory>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

namespace sandglass::serve {
namespace {

TEST(GateTest, CountsThoseInside) {
  Gate gate;
  std::shared_ptr<const void> one = gate.Enter();
  std::shared_ptr<const void> copy = one;
  const std::shared_ptr<const void> two = gate.Enter();
  EXPECT_EQ(gate.inside(), 2u);
  one.reset();
  EXPECT_EQ(gate.inside(), 2u);
  copy.reset();
  EXPECT_EQ(gate.inside(), 1u);
}

TEST(GateTest, LetsNobodyInOnceItIsClosed) {
  Gate gate;
  const std::shared_ptr<const void> before = gate.Enter();
  gate.Close();
  EXPECT_EQ(gate.Enter(), nullptr);
  EXPECT_EQ(gate.inside(), 1u);
}

TEST(GateTest, APassMayOutliveIt) {
  std::shared_ptr<const void> pass;
  {
    Gate gate;
    pass = gate.Enter();
  }
  EXPECT_NE(pass, nullptr);
}

TEST(GateTest, WhoeverFindsItClosedAndEmptyHasMissedNobody) {
  for (int round = 0; round < 1000; ++round) {
    Gate gate;
    std::atomic<bool> empty = false;
    std::vector<std::thread> threads;
    for (int i = 0; i < 2; ++i) {
      threads.emplace_back([&] {
        const std::shared_ptr<const void> pass = gate.Enter();
        if (pass != nullptr) {
          EXPECT_FALSE(empty);
        }
      });
    }
    gate.Close();
    if (gate.inside() == 0) empty = true;
    for (std::thread& thread : threads) thread.join();
  }
}

}  // namespace
}  // namespace sandglass::serve
