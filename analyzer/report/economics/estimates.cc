#include "analyzer/report/economics/estimates.h"

#include <cmath>

#include "absl/strings/numbers.h"
#include "absl/strings/str_format.h"
#include "analyzer/report/messages.h"

namespace sandglass::report {
namespace {

using economics::Distribution;

constexpr double kLowTail = 0.05;
constexpr double kHighTail = 0.95;

v1::Estimate OfDistribution(const Distribution& distribution, absl::string_view unit, double factor) {
  v1::Estimate estimate;
  estimate.set_value(Rounded(distribution.Central() * factor));
  estimate.set_unit(std::string(unit));
  if (distribution.shape() == Distribution::Shape::kPoint) return estimate;
  estimate.set_low(Rounded(distribution.Quantile(kLowTail) * factor));
  estimate.set_high(Rounded(distribution.Quantile(kHighTail) * factor));
  estimate.set_coverage(Rounded(kHighTail - kLowTail));
  return estimate;
}

}  // namespace

double Rounded(double value) {
  double rounded = value;
  if (!std::isfinite(value) || !absl::SimpleAtod(absl::StrFormat("%.6g", value), &rounded)) return value;
  return rounded;
}

v1::Estimate PlainEstimate(double value, absl::string_view unit, v1::EstimateProvenance provenance) {
  v1::Estimate estimate;
  estimate.set_value(Rounded(value));
  estimate.set_unit(std::string(unit));
  estimate.set_provenance(provenance);
  return estimate;
}

v1::Estimate WithRoundedEnds(v1::Estimate estimate) {
  estimate.set_value(Rounded(estimate.value()));
  if (estimate.has_low()) estimate.set_low(Rounded(estimate.low()));
  if (estimate.has_high()) estimate.set_high(Rounded(estimate.high()));
  return estimate;
}

v1::Estimate SpreadEstimate(const economics::Spread& spread, absl::string_view unit,
                            absl::string_view assumptions_path) {
  v1::Estimate estimate = PlainEstimate(spread.p50, unit, v1::ESTIMATE_PROVENANCE_ASSUMED);
  estimate.set_low(Rounded(spread.p5));
  estimate.set_high(Rounded(spread.p95));
  estimate.set_coverage(Rounded(kHighTail - kLowTail));
  estimate.set_range_source("5th to 95th percentile over the scenario's assumptions");
  estimate.add_assumptions(std::string(assumptions_path));
  return estimate;
}

v1::Estimate InputEstimate(const economics::InputSpread& spread, absl::string_view unit) {
  v1::Estimate estimate = OfDistribution(spread.distribution, unit, 1);
  estimate.set_provenance(ProvenanceOf(static_cast<v1::FigureBasis>(spread.basis)));
  estimate.set_range_source(spread.source);
  for (const std::string& path : spread.assumptions) estimate.add_assumptions(path);
  return estimate;
}

v1::Estimate AssumptionEstimate(const economics::Assumption& assumption, absl::string_view unit, double factor) {
  v1::Estimate estimate = OfDistribution(assumption.distribution, unit, factor);
  estimate.set_provenance(ProvenanceOf(static_cast<v1::FigureBasis>(assumption.basis)));
  estimate.set_range_source(assumption.source);
  if (assumption.basis == silicon::Basis::kAssumed) estimate.add_assumptions(assumption.path);
  return estimate;
}

}  // namespace sandglass::report
