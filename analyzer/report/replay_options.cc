#include "analyzer/report/replay_options.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/civil_time.h"
#include "analyzer/replay/source_correction.h"
#include "analyzer/report/calibration_protos.h"

namespace sandglass::report {
namespace {

absl::Status CheckRange(absl::string_view name, bool present, double value, double low, double high) {
  if (!present || (value >= low && value <= high)) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrFormat("option %s is %g: it must be from %g to %g", name, value, low, high));
}

// A kind of price must be one that the basis counts.
absl::Status CheckPriceOptions(const v1::ReplayOptions& options) {
  if (!v1::PriceBasis_IsValid(options.price_basis())) {
    return absl::InvalidArgumentError(
        absl::StrCat("option price_basis is ", options.price_basis(), ": it must be a kind of price of the schema"));
  }
  const bool owned =
      options.price_basis() == v1::PRICE_BASIS_PURCHASE || options.price_basis() == v1::PRICE_BASIS_OWN_COST;
  const bool rented = options.cost_basis() == v1::COST_BASIS_RENTED;
  if (options.price_basis() != v1::PRICE_BASIS_UNSPECIFIED && owned == rented) {
    return absl::InvalidArgumentError(
        absl::StrCat("option price_basis is ", v1::PriceBasis_Name(options.price_basis()), " with cost_basis ",
                     rented ? "rented: give a rent" : "owned: give purchase or own cost, or the basis rented"));
  }
  absl::CivilDay day;
  if (!options.price_date().empty() && !absl::ParseCivilTime(options.price_date(), &day)) {
    return absl::InvalidArgumentError(
        absl::StrCat("option price_date is \"", options.price_date(), "\": it must be YYYY-MM-DD"));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<double>> CorrectionOf(const trace::Trace& trace, const silicon::Catalog& catalog) {
  const std::string prefix = absl::StrCat("option mode is scale, but of trace ", trace.name, " ");
  const absl::StatusOr<silicon::Target> source = replay::SourceOf(trace, catalog);
  if (!source.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat(prefix, source.status().message(), ": import it with --device CLASS, or leave the mode out"));
  }
  absl::StatusOr<std::vector<double>> correction = replay::SourceCorrection(trace, *source);
  if (correction.ok()) return correction;
  return absl::InvalidArgumentError(
      absl::StrCat(prefix, "no times can be scaled: ", correction.status().message(), "; leave the mode out"));
}

}  // namespace

replay::Precision PrecisionOf(const v1::ReplayOptions& options) {
  if (options.precision() == v1::PRECISION_POLICY_UNSPECIFIED) return replay::Precision::kSource;
  return static_cast<replay::Precision>(options.precision());
}

absl::StatusOr<replay::PreparedTrace> PrepareFor(const trace::Trace& trace, const silicon::Catalog& catalog,
                                                 const v1::ReplayOptions& options) {
  replay::PreparedTrace prepared = replay::Prepare(trace, PrecisionOf(options));
  if (options.has_power_cap_w()) prepared.power_cap = Watts::Of(options.power_cap_w());
  if (options.has_calibration()) {
    absl::StatusOr<models::Calibration> calibration = CalibrationFromProto(options.calibration());
    if (!calibration.ok()) return calibration.status();
    prepared.calibration = *std::move(calibration);
  }
  if (options.mode() != v1::REPLAY_MODE_SCALE) return prepared;
  absl::StatusOr<std::vector<double>> correction = CorrectionOf(trace, catalog);
  if (!correction.ok()) return correction.status();
  prepared.correction = *std::move(correction);
  return prepared;
}

economics::CostOptions CostOptionsOf(const v1::ReplayOptions& options) {
  economics::CostOptions result;
  result.basis =
      options.cost_basis() == v1::COST_BASIS_RENTED ? economics::CostBasis::kRented : economics::CostBasis::kOwned;
  if (options.price_basis() != v1::PRICE_BASIS_UNSPECIFIED) {
    result.price_basis = static_cast<silicon::PriceBasis>(options.price_basis());
  }
  result.price_date = options.price_date();
  result.price_region = options.price_region();
  if (options.has_pue()) result.pue = options.pue();
  if (options.has_utilization()) result.utilization = options.utilization();
  if (options.has_goodput()) result.goodput = options.goodput();
  if (options.has_electricity_usd_per_kwh()) result.electricity_usd_per_kwh = options.electricity_usd_per_kwh();
  return result;
}

v1::ReplayOptions EffectiveOptions(const v1::ReplayOptions& options, const economics::EconomicDefaults& defaults) {
  v1::ReplayOptions result = options;
  result.set_precision(static_cast<v1::PrecisionPolicy>(PrecisionOf(options)));
  if (options.mode() == v1::REPLAY_MODE_UNSPECIFIED) result.set_mode(v1::REPLAY_MODE_PREDICT);
  if (options.cost_basis() == v1::COST_BASIS_UNSPECIFIED) result.set_cost_basis(v1::COST_BASIS_OWNED);
  if (!options.has_pue()) result.set_pue(defaults.pue.value);
  if (!options.has_utilization()) result.set_utilization(defaults.utilization.value);
  if (!options.has_goodput()) result.set_goodput(defaults.goodput.value);
  if (!options.has_electricity_usd_per_kwh()) {
    result.set_electricity_usd_per_kwh(defaults.electricity_usd_per_kwh.value);
  }
  return result;
}

absl::Status ValidateOptions(const v1::ReplayOptions& options) {
  if (!v1::PrecisionPolicy_IsValid(options.precision())) {
    return absl::InvalidArgumentError(
        absl::StrCat("option precision is ", options.precision(), ": it must be source, tf32, bf16 or fp8"));
  }
  if (!v1::ReplayMode_IsValid(options.mode())) {
    return absl::InvalidArgumentError(absl::StrCat("option mode is ", options.mode(), ": it must be predict or scale"));
  }
  if (!v1::CostBasis_IsValid(options.cost_basis())) {
    return absl::InvalidArgumentError(
        absl::StrCat("option cost_basis is ", options.cost_basis(), ": it must be owned or rented"));
  }
  if (absl::Status status = CheckPriceOptions(options); !status.ok()) return status;
  for (const absl::Status& status :
       {CheckRange("pue", options.has_pue(), options.pue(), 1, 10),
        CheckRange("utilization", options.has_utilization(), options.utilization(), 0.001, 1),
        CheckRange("goodput", options.has_goodput(), options.goodput(), 0.001, 1),
        CheckRange("electricity_usd_per_kwh", options.has_electricity_usd_per_kwh(), options.electricity_usd_per_kwh(),
                   0, 100),
        CheckRange("power_cap_w", options.has_power_cap_w(), options.power_cap_w(), 1, 100000),
        CheckRange("coverage_floor", options.has_coverage_floor(), options.coverage_floor(), 0, 1)}) {
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace sandglass::report
