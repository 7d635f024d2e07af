#include "analyzer/report/messages.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "analyzer/models/estimate.h"
#include "analyzer/report/numbers.h"

namespace sandglass::report {

absl::string_view UnitName(trace::WorkUnit unit) {
  switch (unit) {
    case trace::WorkUnit::kToken:
      return "token";
    case trace::WorkUnit::kSample:
      return "sample";
    case trace::WorkUnit::kStep:
      return "step";
    case trace::WorkUnit::kMdNanosecond:
      return "ns of MD";
    default:
      return "unit";
  }
}

bool LaunchBound(const replay::ClassReplay& replay) {
  constexpr double kShare = 0.5;
  // Machines for molecular dynamics state the fixed part of a step as a launch; it is their work.
  return replay.limit != models::Limit::kMdStep && replay.launch_idle_share > kShare;
}

double LeastKnownShare(const v1::Coverage& coverage) {
  return coverage.has_time_share() ? std::min(coverage.operator_share(), coverage.time_share())
                                   : coverage.operator_share();
}

std::string BelowFloor(double known_share, const v1::ReplayOptions& options) {
  if (!options.has_coverage_floor() || known_share >= options.coverage_floor()) return "";
  return absl::StrCat("the work of ", Percent(known_share), " % is known, less than the floor of ",
                      Percent(options.coverage_floor()),
                      " %: see `unknown` in its coverage, or lower --coverage-floor");
}

v1::EstimateProvenance ProvenanceOf(v1::FigureBasis basis) {
  switch (basis) {
    case v1::FIGURE_BASIS_MEASURED:
      return v1::ESTIMATE_PROVENANCE_MEASURED;
    case v1::FIGURE_BASIS_DATASHEET:
    case v1::FIGURE_BASIS_DERIVED:
      return v1::ESTIMATE_PROVENANCE_MODELLED;
    default:
      return v1::ESTIMATE_PROVENANCE_ASSUMED;
  }
}

v1::Estimate FiguresEstimate(const economics::Ranged& ranged, absl::string_view unit, const models::ErrorBand& band,
                             const std::vector<const std::vector<const silicon::Figure*>*>& figures) {
  v1::Estimate estimate;
  estimate.set_value(ranged.value);
  estimate.set_low(ranged.low);
  estimate.set_high(ranged.high);
  estimate.set_coverage(band.coverage);
  estimate.set_unit(std::string(unit));
  estimate.set_range_source(band.source);
  estimate.set_provenance(v1::ESTIMATE_PROVENANCE_MODELLED);
  std::vector<std::string> seen;
  for (const auto* list : figures) {
    for (const silicon::Figure* figure : *list) {
      if (figure->basis == silicon::Basis::kAssumed) {
        estimate.set_provenance(v1::ESTIMATE_PROVENANCE_ASSUMED);
        const auto& assumptions = estimate.assumptions();
        if (std::find(assumptions.begin(), assumptions.end(), figure->path) == assumptions.end()) {
          estimate.add_assumptions(figure->path);
        }
      }
      if (std::find(seen.begin(), seen.end(), figure->source) != seen.end()) continue;
      seen.push_back(figure->source);
      estimate.add_sources()->set_title(figure->source);
    }
  }
  return estimate;
}

v1::Price PriceMessage(const silicon::Price& price) {
  v1::Price message;
  message.set_basis(static_cast<v1::PriceBasis>(price.basis));
  message.set_region(price.region);
  message.set_as_of(price.as_of);
  v1::Figure& figure = *message.mutable_price();
  figure.set_value(price.usd.value);
  figure.set_low(price.usd.low);
  figure.set_high(price.usd.high);
  const bool owned = price.basis == silicon::PriceBasis::kPurchase || price.basis == silicon::PriceBasis::kOwnCost;
  figure.set_unit(owned ? "USD" : "USD/h");
  figure.set_basis(static_cast<v1::FigureBasis>(price.usd.basis));
  figure.mutable_source()->set_title(price.usd.source);
  return message;
}

v1::CostTerms CostTermsMessage(const economics::UnitCost& cost) {
  v1::CostTerms terms;
  terms.set_capital_usd(cost.capital.value());
  terms.set_hosting_usd(cost.hosting.value());
  terms.set_energy_usd(cost.energy.value());
  terms.set_operations_usd(cost.operations.value());
  terms.set_rent_usd(cost.rent.value());
  return terms;
}

}  // namespace sandglass::report
