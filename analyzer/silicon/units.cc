#include "analyzer/silicon/units.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace sandglass::silicon {
namespace {

struct Unit {
  absl::string_view name;
  Dimension dimension;
  double factor;
};

constexpr double kSecondsPerDay = 86400;
constexpr double kKibi = 1024;

constexpr Unit kUnits[] = {
    {"FLOP/s", Dimension::kFlopPerSecond, 1},
    {"GFLOP/s", Dimension::kFlopPerSecond, 1e9},
    {"TFLOP/s", Dimension::kFlopPerSecond, 1e12},
    {"PFLOP/s", Dimension::kFlopPerSecond, 1e15},
    {"TOP/s", Dimension::kFlopPerSecond, 1e12},
    {"J/FLOP", Dimension::kJoulePerFlop, 1},
    {"pJ/FLOP", Dimension::kJoulePerFlop, 1e-12},
    {"pJ/OP", Dimension::kJoulePerFlop, 1e-12},
    {"B", Dimension::kBytes, 1},
    {"kB", Dimension::kBytes, 1e3},
    {"MB", Dimension::kBytes, 1e6},
    {"GB", Dimension::kBytes, 1e9},
    {"TB", Dimension::kBytes, 1e12},
    {"KiB", Dimension::kBytes, kKibi},
    {"MiB", Dimension::kBytes, kKibi* kKibi},
    {"GiB", Dimension::kBytes, kKibi* kKibi* kKibi},
    {"TiB", Dimension::kBytes, kKibi* kKibi* kKibi* kKibi},
    {"B/s", Dimension::kBytesPerSecond, 1},
    {"GB/s", Dimension::kBytesPerSecond, 1e9},
    {"TB/s", Dimension::kBytesPerSecond, 1e12},
    {"GiB/s", Dimension::kBytesPerSecond, kKibi* kKibi* kKibi},
    {"J/B", Dimension::kJoulePerByte, 1},
    {"pJ/B", Dimension::kJoulePerByte, 1e-12},
    {"W", Dimension::kWatts, 1},
    {"kW", Dimension::kWatts, 1e3},
    {"s", Dimension::kSeconds, 1},
    {"ms", Dimension::kSeconds, 1e-3},
    {"us", Dimension::kSeconds, 1e-6},
    {"ns", Dimension::kSeconds, 1e-9},
    {"fs", Dimension::kSeconds, 1e-15},
    {"Hz", Dimension::kHertz, 1},
    {"MHz", Dimension::kHertz, 1e6},
    {"GHz", Dimension::kHertz, 1e9},
    {"m", Dimension::kMeters, 1},
    {"nm", Dimension::kMeters, 1e-9},
    {"s/s", Dimension::kSimulationRate, 1},
    {"us/day", Dimension::kSimulationRate, 1e-6 / kSecondsPerDay},
    {"ns/day", Dimension::kSimulationRate, 1e-9 / kSecondsPerDay},
    {"ratio", Dimension::kRatio, 1},
    {"count", Dimension::kCount, 1},
    {"USD", Dimension::kDollars, 1},
    {"USD/h", Dimension::kDollarsPerHour, 1},
    {"USD/kW-month", Dimension::kDollarsPerKwMonth, 1},
    {"USD/kWh", Dimension::kDollarsPerKwh, 1},
};

}  // namespace

absl::string_view DimensionName(Dimension dimension) {
  static constexpr absl::string_view kNames[] = {"FLOP/s (such as TFLOP/s)",
                                                 "J/FLOP (such as pJ/FLOP)",
                                                 "byte (such as GB or MiB)",
                                                 "byte/s (such as GB/s)",
                                                 "J/B (such as pJ/B)",
                                                 "W",
                                                 "s (such as us)",
                                                 "Hz (such as GHz)",
                                                 "m (such as nm)",
                                                 "s/s (such as us/day)",
                                                 "ratio",
                                                 "count",
                                                 "USD",
                                                 "USD/h",
                                                 "USD/kW-month",
                                                 "USD/kWh"};
  return kNames[static_cast<size_t>(dimension)];
}

absl::StatusOr<double> UnitFactor(absl::string_view unit, Dimension dimension) {
  for (const Unit& known : kUnits) {
    if (known.name == unit && known.dimension == dimension) return known.factor;
  }
  return absl::InvalidArgumentError(
      absl::StrCat("unit \"", unit, "\" does not fit; expected ", DimensionName(dimension)));
}

}  // namespace sandglass::silicon
