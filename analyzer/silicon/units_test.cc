#include "analyzer/silicon/units.h"

#include <gtest/gtest.h>

namespace sandglass::silicon {
namespace {

TEST(UnitsTest, FactorsToBaseUnits) {
  const std::tuple<const char*, Dimension, double> kTable[] = {
      {"TFLOP/s", Dimension::kFlopPerSecond, 1e12},
      {"GFLOP/s", Dimension::kFlopPerSecond, 1e9},
      {"TOP/s", Dimension::kFlopPerSecond, 1e12},
      {"pJ/FLOP", Dimension::kJoulePerFlop, 1e-12},
      {"pJ/B", Dimension::kJoulePerByte, 1e-12},
      {"GB", Dimension::kBytes, 1e9},
      {"MiB", Dimension::kBytes, 1048576},
      {"GiB", Dimension::kBytes, 1073741824},
      {"GB/s", Dimension::kBytesPerSecond, 1e9},
      {"TB/s", Dimension::kBytesPerSecond, 1e12},
      {"kW", Dimension::kWatts, 1e3},
      {"us", Dimension::kSeconds, 1e-6},
      {"fs", Dimension::kSeconds, 1e-15},
      {"MHz", Dimension::kHertz, 1e6},
      {"nm", Dimension::kMeters, 1e-9},
      // 1e-6 s in 86,400 s.
      {"us/day", Dimension::kSimulationRate, 1.1574074074074074e-11},
      {"s/s", Dimension::kSimulationRate, 1},
      {"ratio", Dimension::kRatio, 1},
      {"count", Dimension::kCount, 1},
      {"USD", Dimension::kDollars, 1},
      {"USD/h", Dimension::kDollarsPerHour, 1},
      {"USD/kWh", Dimension::kDollarsPerKwh, 1},
      {"USD/kW-month", Dimension::kDollarsPerKwMonth, 1},
  };
  for (const auto& [unit, dimension, factor] : kTable) {
    const auto got = UnitFactor(unit, dimension);
    ASSERT_TRUE(got.ok()) << got.status();
    EXPECT_DOUBLE_EQ(*got, factor) << unit;
  }
}

TEST(UnitsTest, OthersAreRefused) {
  const std::tuple<const char*, Dimension, const char*> kTable[] = {
      {"W", Dimension::kBytesPerSecond, "unit \"W\" does not fit; expected byte/s (such as GB/s)"},
      {"GB", Dimension::kBytesPerSecond, "unit \"GB\" does not fit; expected byte/s (such as GB/s)"},
      {"gb/s", Dimension::kBytesPerSecond, "unit \"gb/s\" does not fit; expected byte/s (such as GB/s)"},
      {"", Dimension::kWatts, "unit \"\" does not fit; expected W"},
      {"USD/h", Dimension::kDollars, "unit \"USD/h\" does not fit; expected USD"},
      {"m", Dimension::kSeconds, "unit \"m\" does not fit; expected s (such as us)"},
  };
  for (const auto& [unit, dimension, message] : kTable) {
    const auto got = UnitFactor(unit, dimension);
    EXPECT_EQ(got.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(std::string(got.status().message()), message);
  }
}

}  // namespace
}  // namespace sandglass::silicon
