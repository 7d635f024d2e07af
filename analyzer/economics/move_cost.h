// What it costs to move work to other silicon, or other work onto the same: by simulation over what is assumed.
//
// With C_A a year's cost where the work is, C_B the same work's on the target once ported, and s the share of that
// speed that the target has until then:
//   labour       = person-months · USD a month,  person-months = Σ LOC / productivity
//   revalidation = share · C_B,       dual running = years · C_B,       downtime = days/365 · value over cost · C_A
//   go-forward   = labour + revalidation + dual running + downtime − resale of what is left
//   accounting   = go-forward + book value of what is left
//   lag waste    = lag/365 · (1/s − 1) · C_B, apart: it is part of the flow, not of the move
// What was paid for the old hardware is sunk. So the decision weighs against C_B only the part of C_A that ends with
// the move (energy, hosting, operations, rent); the books' view weighs all of C_A, and the book value that is written
// off. Kernels of one family are as large as each other in a path: the spread is of the family.
//
// Pure; safe from any thread once made.
#ifndef SANDGLASS_ANALYZER_ECONOMICS_MOVE_COST_H_
#define SANDGLASS_ANALYZER_ECONOMICS_MOVE_COST_H_

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "analyzer/economics/scenario.h"
#include "analyzer/ops/op_class.h"

namespace sandglass::economics {

// Kernels that cost alike to write; kModel is a model's code outside kernels.
enum class KernelFamily : uint8_t { kDense = 0, kAttention = 1, kRecurrence = 2, kModel = 3 };
inline constexpr int kKernelFamilies = 4;

KernelFamily FamilyOf(ops::OpClass op_class);

// Size of a kernel of that family.
const Assumption& KlocOf(const MigrationAssumptions& assumptions, KernelFamily family);

// A move.
struct Move {
  // C_A, USD a year, and the share of it that ends with the move.
  double annual_from_usd = 0;
  double avoidable_share = 1;
  // C_B, USD a year.
  double annual_to_usd = 0;
  // s; 0: it does not run until it was ported.
  double slow = 1;
  // What was paid for the old hardware, USD; 0: rented, or it stays.
  double purchase_usd = 0;
  bool from_general = true;
  bool to_general = true;
  bool same_vendor = false;
  // Kernels and models to write, by family.
  std::array<int, kKernelFamilies> pieces = {};
  // Whether any of them is a kernel without which it does not run well.
  bool needs_kernels = false;
};

// 5th, 50th and 95th percentile.
struct Spread {
  double p5 = 0;
  double p50 = 0;
  double p95 = 0;
};

struct MoveCost {
  Spread kloc;
  Spread person_months;
  Spread person_months_cocomo;
  Spread labour;
  Spread revalidation;
  Spread dual_running;
  Spread downtime;
  Spread resale;
  Spread book_value;
  Spread functional_lag_days;
  Spread performance_lag_days;
  // nullopt: it does not run until it was ported, so there is no slow running.
  std::optional<Spread> lag_waste;
  Spread go_forward;
  Spread accounting;
  // USD a year that are saved once moved, as the decision and as the books count.
  double saved = 0;
  double saved_accounting = 0;
  // Years until the savings have paid; nullopt: never.
  std::optional<Spread> payback_years;
  std::optional<Spread> accounting_payback_years;
};

// Nominal effort of COCOMO II.2000 (all multipliers and scale factors nominal): 2.94·KLOC^1.0997 person-months.
double CocomoPersonMonths(double kloc);

// Draws all assumptions once, so that any number of moves is priced on the same paths: differences between moves are
// theirs, and not of chance.
class MovePricer {
 public:
  // Requires paths > 0.
  MovePricer(const MigrationAssumptions& assumptions, int paths, uint64_t seed);

  MoveCost Price(const Move& move) const;

 private:
  // One draw of every assumption.
  struct Path {
    double loc_per_month = 0;
    std::array<double, kKernelFamilies> kloc = {};
    double person_month_usd = 0;
    double dual_running_years = 0;
    double revalidation = 0;
    double downtime_days = 0;
    double value_over_cost = 0;
    double functional_lag_same_vendor_days = 0;
    double functional_lag_days = 0;
    double performance_lag_general_days = 0;
    double performance_lag_specialised_days = 0;
    double age_years = 0;
    double book_life_years = 0;
    double resale_general = 0;
    double resale_specialised = 0;
  };

  std::vector<Path> paths_;
};

}  // namespace sandglass::economics

#endif  // SANDGLASS_ANALYZER_ECONOMICS_MOVE_COST_H_
