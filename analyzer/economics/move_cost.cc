#include "analyzer/economics/move_cost.h"

#include <algorithm>
#include <cmath>

#include "analyzer/economics/random_stream.h"

namespace sandglass::economics {
namespace {

constexpr double kDaysPerYear = 365;
constexpr double kWeeksPerMonth = 365.0 / 7 / 12;
constexpr double kLinesPerKloc = 1000;

Spread SpreadOf(std::vector<double> values) {
  const auto at = [&](double p) {
    const auto place = values.begin() + std::lround(p * static_cast<double>(values.size() - 1));
    std::nth_element(values.begin(), place, values.end());
    return *place;
  };
  return {.p5 = at(0.05), .p50 = at(0.5), .p95 = at(0.95)};
}

std::optional<Spread> Payback(const Spread& cost, double saved) {
  if (!(saved > 0)) return std::nullopt;
  // What costs nothing has paid at once.
  const auto years = [&](double usd) { return std::max(0.0, usd / saved); };
  return Spread{.p5 = years(cost.p5), .p50 = years(cost.p50), .p95 = years(cost.p95)};
}

}  // namespace

KernelFamily FamilyOf(ops::OpClass op_class) {
  switch (op_class) {
    case ops::OpClass::kAttention:
      return KernelFamily::kAttention;
    case ops::OpClass::kScan:
    case ops::OpClass::kSelectiveScan:
    case ops::OpClass::kRecurrentStep:
    case ops::OpClass::kOdeStep:
      return KernelFamily::kRecurrence;
    default:
      return KernelFamily::kDense;
  }
}

const Assumption& KlocOf(const MigrationAssumptions& assumptions, KernelFamily family) {
  switch (family) {
    case KernelFamily::kAttention:
      return assumptions.kloc_attention;
    case KernelFamily::kRecurrence:
      return assumptions.kloc_recurrence;
    case KernelFamily::kModel:
      return assumptions.kloc_model;
    case KernelFamily::kDense:
      break;
  }
  return assumptions.kloc_dense;
}

double CocomoPersonMonths(double kloc) { return kloc > 0 ? 2.94 * std::pow(kloc, 1.0997) : 0; }

MovePricer::MovePricer(const MigrationAssumptions& assumptions, int paths, uint64_t seed) {
  RandomStream stream(seed);
  paths_.resize(paths);
  for (Path& path : paths_) {
    const auto draw = [&](const Assumption& assumption) { return stream.Draw(assumption.distribution); };
    path.loc_per_month = draw(assumptions.productivity_loc_per_week) * kWeeksPerMonth;
    for (int family = 0; family < kKernelFamilies; ++family) {
      path.kloc[family] = draw(KlocOf(assumptions, static_cast<KernelFamily>(family)));
    }
    path.person_month_usd = draw(assumptions.person_month_usd);
    path.dual_running_years = draw(assumptions.dual_running_years);
    path.revalidation = draw(assumptions.revalidation);
    path.downtime_days = draw(assumptions.downtime_days);
    path.value_over_cost = draw(assumptions.value_over_cost);
    path.functional_lag_same_vendor_days = draw(assumptions.functional_lag_same_vendor_days);
    path.functional_lag_days = draw(assumptions.functional_lag_days);
    path.performance_lag_general_days = draw(assumptions.performance_lag_general_days);
    path.performance_lag_specialised_days = draw(assumptions.performance_lag_specialised_days);
    path.age_years = draw(assumptions.age_years);
    path.book_life_years = draw(assumptions.book_life_years);
    path.resale_general = draw(assumptions.resale_general);
    path.resale_specialised = draw(assumptions.resale_specialised);
  }
}

MoveCost MovePricer::Price(const Move& move) const {
  std::vector<double> values(paths_.size());
  const auto spread = [&](auto of) {
    std::transform(paths_.begin(), paths_.end(), values.begin(), of);
    return SpreadOf(values);
  };
  const auto kloc = [&](const Path& path) {
    double sum = 0;
    for (int family = 0; family < kKernelFamilies; ++family) sum += move.pieces[family] * path.kloc[family];
    return sum;
  };
  const auto person_months = [&](const Path& path) { return kloc(path) * kLinesPerKloc / path.loc_per_month; };
  const auto labour = [&](const Path& path) { return person_months(path) * path.person_month_usd; };
  const auto revalidation = [&](const Path& path) { return path.revalidation * move.annual_to_usd; };
  const auto dual = [&](const Path& path) { return path.dual_running_years * move.annual_to_usd; };
  const auto downtime = [&](const Path& path) {
    return path.downtime_days / kDaysPerYear * path.value_over_cost * move.annual_from_usd;
  };
  const auto resale = [&](const Path& path) {
    return move.purchase_usd * (move.from_general ? path.resale_general : path.resale_specialised);
  };
  const auto book = [&](const Path& path) {
    return move.purchase_usd * std::max(0.0, 1 - path.age_years / path.book_life_years);
  };
  const auto functional = [&](const Path& path) {
    return move.same_vendor ? path.functional_lag_same_vendor_days : path.functional_lag_days;
  };
  const auto performance = [&](const Path& path) {
    if (!move.needs_kernels) return functional(path);
    return std::max(functional(path),
                    move.to_general ? path.performance_lag_general_days : path.performance_lag_specialised_days);
  };
  const auto go_forward = [&](const Path& path) {
    return labour(path) + revalidation(path) + dual(path) + downtime(path) - resale(path);
  };
  MoveCost cost;
  cost.kloc = spread(kloc);
  cost.person_months = spread(person_months);
  cost.person_months_cocomo = spread([&](const Path& path) { return CocomoPersonMonths(kloc(path)); });
  cost.labour = spread(labour);
  cost.revalidation = spread(revalidation);
  cost.dual_running = spread(dual);
  cost.downtime = spread(downtime);
  cost.resale = spread(resale);
  cost.book_value = spread(book);
  cost.functional_lag_days = spread(functional);
  cost.performance_lag_days = spread(performance);
  if (move.slow > 0) {
    cost.lag_waste = spread(
        [&](const Path& path) { return performance(path) / kDaysPerYear * (1 / move.slow - 1) * move.annual_to_usd; });
  }
  cost.go_forward = spread(go_forward);
  cost.accounting = spread([&](const Path& path) { return go_forward(path) + book(path); });
  cost.saved = move.avoidable_share * move.annual_from_usd - move.annual_to_usd;
  cost.saved_accounting = move.annual_from_usd - move.annual_to_usd;
  cost.payback_years = Payback(cost.go_forward, cost.saved);
  cost.accounting_payback_years = Payback(cost.accounting, cost.saved_accounting);
  return cost;
}

}  // namespace sandglass::economics
