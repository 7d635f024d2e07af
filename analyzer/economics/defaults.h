// The constants that turn hardware and electricity into cost, each with its range and source (defaults.textproto).
#ifndef SANDGLASS_ANALYZER_ECONOMICS_DEFAULTS_H_
#define SANDGLASS_ANALYZER_ECONOMICS_DEFAULTS_H_

#include <string>

#include "absl/status/statusor.h"
#include "analyzer/silicon/silicon.h"

namespace sandglass::economics {

// Ratios and years, but for the two whose names say their unit.
struct EconomicDefaults {
  silicon::Figure server_over_chip;
  silicon::Figure network_share;
  silicon::Figure life_years;
  silicon::Figure discount_rate;
  silicon::Figure residual_general;
  silicon::Figure residual_specialised;
  silicon::Figure hosting_usd_per_kw_month;
  silicon::Figure operations;
  silicon::Figure pue;
  silicon::Figure utilization;
  silicon::Figure goodput;
  silicon::Figure electricity_usd_per_kwh;
};

// Those of defaults.textproto. Errors: InvalidArgument, naming the field, if that file is broken.
absl::StatusOr<EconomicDefaults> LoadDefaults();

// From text, for tests and overrides.
absl::StatusOr<EconomicDefaults> ParseDefaults(const std::string& text);

}  // namespace sandglass::economics

#endif  // SANDGLASS_ANALYZER_ECONOMICS_DEFAULTS_H_
