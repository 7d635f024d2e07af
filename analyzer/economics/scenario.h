// What a question of money takes for granted: plain values, checked, with where each comes from.
//
// Made from v1::Scenario by scenario_protos.h, whose comments say what each means; units are those of the names here.
// Ratios have none. Plain values.
#ifndef SANDGLASS_ANALYZER_ECONOMICS_SCENARIO_H_
#define SANDGLASS_ANALYZER_ECONOMICS_SCENARIO_H_

#include <cstdint>
#include <optional>
#include <string>

#include "analyzer/economics/distribution.h"
#include "analyzer/silicon/figure.h"

namespace sandglass::economics {

struct Assumption {
  Distribution distribution;
  silicon::Basis basis = silicon::Basis::kAssumed;
  // "lock_in.hazard"
  std::string path;
  std::string source;

  double central() const { return distribution.Central(); }
};

struct CarbonAssumptions {
  Assumption grid_kg_per_kwh;
  Assumption embodied_kg;
};

struct MigrationAssumptions {
  Assumption productivity_loc_per_week;
  Assumption kloc_dense;
  Assumption kloc_attention;
  Assumption kloc_recurrence;
  Assumption kloc_model;
  Assumption person_month_usd;
  Assumption dual_running_years;
  Assumption revalidation;
  Assumption downtime_days;
  Assumption value_over_cost;
  Assumption functional_lag_same_vendor_days;
  Assumption functional_lag_days;
  Assumption performance_lag_general_days;
  Assumption performance_lag_specialised_days;
  Assumption age_years;
  Assumption book_life_years;
  Assumption resale_general;
  Assumption resale_specialised;
};

struct LockInAssumptions {
  Assumption hazard_per_year;
  Assumption horizon_years;
  Assumption discount_rate_per_year;
  Assumption successor_share;
  Assumption retained_general;
  Assumption decomposed_retained;
  // Whether operator classes that the incumbent lacks have no kernels on the day of the shift.
  bool kernels_new = true;
  Assumption lag_specialised_days;
  Assumption lag_general_days;
  Assumption entry_years;
  Assumption carried_share;
  Assumption residual_specialised;
  Assumption residual_specialised_after;
  Assumption residual_general;
  Assumption residual_general_after;
  Assumption obsolescence_per_year;
};

struct StrandingAssumptions {
  Assumption it_share;
  Assumption salvage_specialised;
  Assumption salvage_general;
  Assumption service_threshold;
};

struct PortfolioAssumptions {
  Assumption tail_level;
  Assumption tail_limit;
  Assumption service_floor;
};

struct Scenario {
  Assumption budget_usd;
  // Units of the successor that do what one unit of the incumbent does; nullopt: not declared.
  std::optional<Assumption> successor_units;
  CarbonAssumptions carbon;
  MigrationAssumptions migration;
  LockInAssumptions lock_in;
  StrandingAssumptions stranding;
  PortfolioAssumptions portfolio;
  uint64_t seed = 1;
  uint64_t paths = 200000;
};

// What of the budget is in computers, USD: the building is another matter, and in their cost by its rent. A tenant's
// budget is all rent.
inline double ComputersUsd(const Scenario& scenario, bool owned) {
  return scenario.budget_usd.central() * (owned ? scenario.stranding.it_share.central() : 1);
}

}  // namespace sandglass::economics

#endif  // SANDGLASS_ANALYZER_ECONOMICS_SCENARIO_H_
