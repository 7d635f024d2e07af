// Scenarios, as users may write them: an error, or numbers of which every percentile is finite and in order, and whose
// expected costs are finite.
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <initializer_list>

#include "analyzer/economics/lock_in/shift_cost.h"
#include "analyzer/economics/move_cost.h"
#include "analyzer/economics/scenario_protos.h"
#include "proto/scenario.pb.h"
#include "tests/fuzz/fuzzer.h"

namespace sandglass::fuzz {
namespace {

using economics::Assumption;
using economics::Distribution;

bool Sound(const Distribution& distribution) {
  const double low = distribution.Quantile(0.05);
  const double middle = distribution.Quantile(0.5);
  const double high = distribution.Quantile(0.95);
  return std::isfinite(high) && low >= 0 && low <= middle && middle <= high;
}

bool Sound(std::initializer_list<const Assumption*> assumptions) {
  for (const Assumption* assumption : assumptions) {
    if (!Sound(assumption->distribution) || assumption->source.empty()) return false;
  }
  return true;
}

bool ExpectedIsFinite(const economics::LockInAssumptions& lock_in) {
  const economics::Horizon horizon = {.years = lock_in.horizon_years.central(),
                                      .discount_rate = lock_in.discount_rate_per_year.central()};
  const economics::Commitment commitment = {.entry = lock_in.entry_years.central(),
                                            .flow = 1,
                                            .lagging = 2,
                                            .ported = 1.5,
                                            .lag_years = lock_in.lag_specialised_days.central() / 365,
                                            .move = 0.5,
                                            .residual_change = -0.1};
  return std::isfinite(Expect(commitment, horizon, lock_in.hazard_per_year.central()).total());
}

bool MoveIsFinite(const economics::MigrationAssumptions& migration) {
  const economics::MovePricer pricer(migration, 20, 1);
  const economics::MoveCost cost = pricer.Price(
      {.annual_from_usd = 1e6, .annual_to_usd = 5e5, .slow = 0.5, .purchase_usd = 3e6, .pieces = {1, 1, 1, 1}});
  return std::isfinite(cost.go_forward.p50) && std::isfinite(cost.accounting.p50);
}

}  // namespace

std::vector<std::string> Seeds() {
  std::vector<std::string> seeds;
  for (const char* name : {"sovereign_50b", "neocloud_10k_gpus", "md_group_anton"}) {
    seeds.push_back(*economics::BuiltInScenarioText(name));
  }
  seeds.push_back(
      "scenario_version: 1 lock_in { hazard { lognormal { median: 0.2 sigma: 0.5 } unit: '1/year' source: 'x' } } "
      "stranding { it_share { uniform { low: 0.5 high: 0.9 } unit: 'ratio' source: 'x' } }");
  return seeds;
}

}  // namespace sandglass::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sandglass;  // NOLINT(google-build-using-namespace): the entry point has no namespace
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto stated = economics::ParseScenario(text, "input");
  if (!stated.ok()) return 0;
  const auto whole = economics::WithDefaults(*stated);
  if (!whole.ok()) return 0;
  const auto scenario = economics::ReadScenario(*whole);
  if (!scenario.ok()) return 0;
  const economics::LockInAssumptions& lock_in = scenario->lock_in;
  const bool sound =
      fuzz::Sound({&scenario->budget_usd, &lock_in.hazard_per_year, &lock_in.horizon_years, &lock_in.successor_share,
                   &lock_in.retained_general, &lock_in.decomposed_retained, &lock_in.lag_specialised_days,
                   &lock_in.carried_share, &scenario->stranding.it_share, &scenario->stranding.salvage_general}) &&
      fuzz::ExpectedIsFinite(lock_in) && fuzz::MoveIsFinite(scenario->migration);
  if (sound) return 0;
  std::fprintf(stderr, "unsound scenario: %s\n", text.c_str());
  std::abort();
}
