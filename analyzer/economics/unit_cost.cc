#include "analyzer/economics/unit_cost.h"

#include <cmath>

namespace sandglass::economics {
namespace {

constexpr double kHoursPerYear = 8760;
constexpr auto kYear = Seconds::Of(kHoursPerYear * 3600);

Watts MeanDraw(const Draw& draw, const Operation& operation) {
  return operation.utilization * draw.busy + (1 - operation.utilization) * draw.idle;
}

}  // namespace

double UnitsPerYear(Seconds per_unit, const Operation& operation) {
  return kYear / per_unit * operation.utilization * operation.goodput;
}

double CapitalRecoveryFactor(double rate, double years) {
  if (rate == 0) return 1 / years;
  return rate / -std::expm1(-years * std::log1p(rate));
}

double SinkingFundFactor(double rate, double years) { return CapitalRecoveryFactor(rate, years) - rate; }

Joules EnergyPerUnit(const Draw& draw, Seconds per_unit, const Operation& operation) {
  return operation.pue * MeanDraw(draw, operation) * per_unit / (operation.utilization * operation.goodput);
}

UnitCost OwnedCost(const Ownership& ownership, const Draw& draw, Seconds per_unit, const Operation& operation) {
  const double units = UnitsPerYear(per_unit, operation);
  const Dollars capital = ownership.purchase * CapitalRecoveryFactor(ownership.discount_rate, ownership.life_years) -
                          ownership.residual * SinkingFundFactor(ownership.discount_rate, ownership.life_years);
  return {.capital = capital / units,
          .hosting = ownership.hosting_per_year / units,
          .energy = EnergyPerUnit(draw, per_unit, operation) * operation.electricity,
          .operations = ownership.operations_per_year / units,
          .rent = Dollars()};
}

UnitCost RentedCost(DollarsPerSecond rate, Seconds per_unit, const Operation& operation) {
  UnitCost cost;
  cost.rent = rate * per_unit / (operation.utilization * operation.goodput);
  return cost;
}

}  // namespace sandglass::economics
