#include "analyzer/economics/unit_cost.h"

#include <gtest/gtest.h>

namespace sandglass::economics {
namespace {

constexpr double kHour = 3600;

TEST(AnnuityTest, FactorsAtTenPercentOverFiveYears) {
  // .1 / (1 - 1.1^-5) = .1 / .379079 = .263797
  EXPECT_NEAR(CapitalRecoveryFactor(0.1, 5), 0.263797, 1e-6);
  EXPECT_NEAR(SinkingFundFactor(0.1, 5), 0.163797, 1e-6);
  EXPECT_DOUBLE_EQ(CapitalRecoveryFactor(0, 4), 0.25);
}

// 1,000 units a second, busy 70 % of hours, 90 % of the work counts.
constexpr Operation kOperation = {
    .pue = 1.25, .utilization = 0.7, .goodput = 0.9, .electricity = DollarsPerJoule::Of(0)};
constexpr auto kPerUnit = Seconds::Of(1e-3);

TEST(EnergyPerUnitTest, IdleHoursAreCharged) {
  // 1.25 · (.7·600 + .3·120) / (1000·.7·.9) = 1.25 · 456 / 630 = .904762
  const Draw draw = {.busy = Watts::Of(600), .idle = Watts::Of(120)};
  EXPECT_NEAR(EnergyPerUnit(draw, kPerUnit, kOperation).value(), 0.904762, 1e-6);
}

TEST(OwnedCostTest, HandWorked) {
  // 49,200·.2637975 − 5,000·.1637975 + 1,596 + 1,000 = 12,978.84 − 818.99 + 2,596 = 14,755.85 a year without energy;
  // with 412.44 of electricity 15,168.29. Units: X·8760·u·G = 1000·3600·8760·.63 = 1.986768e10, so .763465 a million.
  const Ownership ownership = {.purchase = Dollars::Of(49200),
                               .residual = Dollars::Of(5000),
                               .life_years = 5,
                               .discount_rate = 0.1,
                               .hosting_per_year = Dollars::Of(1596),
                               .operations_per_year = Dollars::Of(1000)};
  const Draw draw = {.busy = Watts::Of(600), .idle = Watts::Of(120)};
  Operation operation = kOperation;
  // 456 W · 1.25 · 8760 h = 4,993.2 kWh a year; 412.44 / 4,993.2 = .082600 USD/kWh
  operation.electricity = DollarsPerJoule::Of(0.0826 / 3.6e6);
  const UnitCost cost = OwnedCost(ownership, draw, kPerUnit, operation);
  EXPECT_NEAR(cost.total().value() * 1e6, 0.763465, 1e-6);
  EXPECT_NEAR(cost.energy.value() * 1000 * kHour * 8760 * 0.63, 412.44, 0.01);
  EXPECT_EQ(cost.rent.value(), 0);
}

TEST(RentedCostTest, IdleHoursArePaidFor) {
  // 2.52 USD/h over 1,000 units a second at .63: 2.52 / (3.6e6 · .63) = 1.1111e-6
  const UnitCost cost = RentedCost(DollarsPerSecond::Of(2.52 / kHour), kPerUnit, kOperation);
  EXPECT_NEAR(cost.total().value(), 2.52 / (3.6e6 * 0.63), 1e-15);
}

TEST(OwnedCostTest, BusierHardwareIsNeverDearerPerUnit) {
  const Ownership ownership = {.purchase = Dollars::Of(30000),
                               .residual = Dollars::Of(3000),
                               .life_years = 5,
                               .discount_rate = 0.1,
                               .hosting_per_year = Dollars::Of(1500),
                               .operations_per_year = Dollars::Of(900)};
  const Draw draw = {.busy = Watts::Of(700), .idle = Watts::Of(100)};
  Dollars last = Dollars::Of(1e9);
  for (const double utilization : {0.1, 0.3, 0.5, 0.7, 0.9, 1.0}) {
    Operation operation = kOperation;
    operation.electricity = DollarsPerJoule::Of(0.08 / 3.6e6);
    operation.utilization = utilization;
    const Dollars cost = OwnedCost(ownership, draw, kPerUnit, operation).total();
    EXPECT_LT(cost, last) << utilization;
    last = cost;
  }
}

}  // namespace
}  // namespace sandglass::economics
