// Units in which people write figures, and what each is in the base unit of its dimension.
//
// Pure functions over a static table; safe from any thread.
#ifndef SANDGLASS_ANALYZER_SILICON_UNITS_H_
#define SANDGLASS_ANALYZER_SILICON_UNITS_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace sandglass::silicon {

// What a figure measures. The base unit is SI, or USD and what follows from it.
enum class Dimension : uint8_t {
  kFlopPerSecond,
  kJoulePerFlop,
  kBytes,
  kBytesPerSecond,
  kJoulePerByte,
  kWatts,
  kSeconds,
  kHertz,
  kMeters,
  // Simulated over real time.
  kSimulationRate,
  kRatio,
  kCount,
  kDollars,
  kDollarsPerHour,
  kDollarsPerKwMonth,
  kDollarsPerKwh,
};

// Base unit, with an example where people use a prefix: "byte/s (such as GB/s)".
absl::string_view DimensionName(Dimension dimension);

// What one `unit` is in the base unit of `dimension`: 1e9 for "GB/s". Units are case-sensitive.
// Errors: InvalidArgument, saying what is expected, if the unit is unknown or of another dimension.
absl::StatusOr<double> UnitFactor(absl::string_view unit, Dimension dimension);

}  // namespace sandglass::silicon

#endif  // SANDGLASS_ANALYZER_SILICON_UNITS_H_
