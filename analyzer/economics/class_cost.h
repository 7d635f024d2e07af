// What a unit of a trace's work takes on one class, with ranges: wall time, energy at the meter, money.
//
// The ranges combine, factor by factor, what is uncertain: the time (error_prior.h), the energies of operations, idle
// and host power, the price. Each factor is moved alone to its ends, and the logarithms of the resulting ratios are
// added in quadrature, as for independent factors.
//
// Pure; safe from any thread.
#ifndef SANDGLASS_ANALYZER_ECONOMICS_CLASS_COST_H_
#define SANDGLASS_ANALYZER_ECONOMICS_CLASS_COST_H_

#include <optional>
#include <string>
#include <vector>

#include "analyzer/economics/defaults.h"
#include "analyzer/economics/ranged.h"
#include "analyzer/economics/unit_cost.h"
#include "analyzer/models/error_prior.h"
#include "analyzer/replay/class_replay.h"
#include "analyzer/silicon/silicon.h"

namespace sandglass::economics {

// The numbers are those of v1::CostBasis; kUnspecified means owned.
enum class CostBasis : uint8_t { kUnspecified = 0, kOwned = 1, kRented = 2 };

// What a query may choose; absent: the default.
struct CostOptions {
  CostBasis basis = CostBasis::kOwned;
  // Kind of price; nullopt: the best for `basis`.
  std::optional<silicon::PriceBasis> price_basis;
  // YYYY-MM-DD; empty: the newest price, however old.
  std::string price_date;
  // Words of the region, in any case; empty: any.
  std::string price_region;
  std::optional<double> pue;
  std::optional<double> utilization;
  std::optional<double> goodput;
  std::optional<double> electricity_usd_per_kwh;
};

struct ClassCost {
  // Per unit of work.
  Ranged seconds;
  Ranged joules;
  // nullopt: no price was found.
  std::optional<Ranged> usd;
  UnitCost usd_terms;
  // Purchase of all devices with servers and network; zero where rented or without a price.
  Dollars purchase;
  // Units of useful work a year on them.
  double units_per_year = 0;
  // At the meter while busy: all devices, host share, facility.
  Watts busy_power;
  const silicon::Price* price = nullptr;
  // A year's cost of keeping the devices; zero without a price.
  Dollars annual() const { return usd_terms.total() * units_per_year; }
  // Of the whole trace.
  Ranged wall_seconds;
  Ranged energy_joules;
  Joules host;
  Joules facility;
  // Probability of the time's range, and why.
  models::ErrorBand band;
  // The figures that each rests on.
  std::vector<const silicon::Figure*> time_figures;
  std::vector<const silicon::Figure*> energy_figures;
  std::vector<const silicon::Figure*> money_figures;
  std::vector<std::string> warnings;
};

// Requires: replay.verdict is kSupported; units > 0.
ClassCost CostOf(const replay::ClassReplay& replay, const silicon::SiliconClass& silicon, double units,
                 const EconomicDefaults& defaults, const models::ErrorPriors& priors, const CostOptions& options);

// The price that the options ask for: for owning, a purchase, else what the chip costs its own maker; for renting, on
// demand, else rental market, else reserved, else spot; or the kind that is named. Of several, one with a source before
// an assumed one, then the newest; one that is younger than `price_date` only where nothing else is there. nullptr:
// none.
const silicon::Price* FindPrice(const silicon::SiliconClass& silicon, const CostOptions& options);

// Days after which a price is stale.
inline constexpr int kStaleDays = 365;

// What a reader should know of a price on that day: that it is stale, younger, or its maker's own. Empty: nothing.
std::vector<std::string> PriceWarnings(const silicon::Price& price, const std::string& date);

}  // namespace sandglass::economics

#endif  // SANDGLASS_ANALYZER_ECONOMICS_CLASS_COST_H_
