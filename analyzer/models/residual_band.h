// What measured residuals say of a device that was not measured: the ends of a band.
//
// A group is the rows of one set on one device, of which the percentiles of ln(measured ÷ predicted) are known. Groups
// are mixed, each with the weight min(1, operators ÷ 20), and the band goes from the 10th to the 90th percentile of the
// mixture, straight lines between the percentiles. Of a variance 1, of which a share ρ lies among devices, a mixture of
// D devices has 1 − ρ ÷ D in the mean, and another device about its middle 1 + ρ ÷ D: both ends go away from the median
// by √((1 + ρ ÷ D) ÷ (1 − ρ ÷ D)). ρ = .2, the mean over bands that several devices measured (.02 to .45). A band holds
// the estimate itself.
//
// Pure; safe from any thread.
#ifndef SANDGLASS_ANALYZER_MODELS_RESIDUAL_BAND_H_
#define SANDGLASS_ANALYZER_MODELS_RESIDUAL_BAND_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace sandglass::models {

// Which percentiles are kept, as shares.
inline constexpr std::array kResidualShares = {0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99};

// Rows of one set that were measured on one device.
struct ResidualGroup {
  // The device's silicon class.
  std::string silicon_class;
  uint64_t rows = 0;
  // Among them; what is predicted the same is one.
  uint64_t operators = 0;
  // ln(measured ÷ predicted) at kResidualShares, ascending.
  std::array<double, kResidualShares.size()> log_truth = {};

  // How much it counts in a mixture.
  double Weight() const;
};

// Ends of truth over estimate, as ratios.
struct BandEnds {
  double low = 1;
  double high = 1;
};

// 80 % of what a device of another class does lies between, as groups of classes other than `without` tell; "": all do.
// nullopt: there are none. Requires: operators > 0; each has a silicon class.
std::optional<BandEnds> BandOfResiduals(absl::Span<const ResidualGroup> groups, absl::string_view without = "");

}  // namespace sandglass::models

#endif  // SANDGLASS_ANALYZER_MODELS_RESIDUAL_BAND_H_
