#include "analyzer/economics/move_cost.h"

#include <gtest/gtest.h>

#include <cmath>

namespace sandglass::economics {
namespace {

Assumption Certain(double value) {
  Assumption assumption;
  assumption.distribution = Distribution::Point(value);
  return assumption;
}

// Every assumption a point.
MigrationAssumptions CertainAssumptions() {
  return {.productivity_loc_per_week = Certain(350),
          .kloc_dense = Certain(0.6),
          .kloc_attention = Certain(4),
          .kloc_recurrence = Certain(2),
          .kloc_model = Certain(0.7),
          .person_month_usd = Certain(40000),
          .dual_running_years = Certain(0.25),
          .revalidation = Certain(0.03),
          .downtime_days = Certain(7),
          .value_over_cost = Certain(2),
          .functional_lag_same_vendor_days = Certain(15),
          .functional_lag_days = Certain(30),
          .performance_lag_general_days = Certain(200),
          .performance_lag_specialised_days = Certain(343),
          .age_years = Certain(2),
          .book_life_years = Certain(5),
          .resale_general = Certain(0.4),
          .resale_specialised = Certain(0.1)};
}

// Spread as in the built-in default.
MigrationAssumptions SpreadAssumptions() {
  MigrationAssumptions assumptions = CertainAssumptions();
  assumptions.productivity_loc_per_week.distribution = Distribution::Lognormal(350, 0.834);
  assumptions.kloc_recurrence.distribution = Distribution::Triangular(0.5, 2, 9);
  assumptions.dual_running_years.distribution = Distribution::Triangular(0.08, 0.25, 0.5);
  assumptions.functional_lag_days.distribution = Distribution::Triangular(7, 30, 180);
  assumptions.performance_lag_specialised_days.distribution = Distribution::Lognormal(343, 0.4);
  assumptions.book_life_years.distribution = Distribution::Triangular(3, 5, 6);
  assumptions.resale_general.distribution = Distribution::Triangular(0.15, 0.4, 0.6);
  return assumptions;
}

// From general to specialised silicon of another vendor: C_A 10 million a year, C_B 6 million.
Move ToSpecialised() {
  return {.annual_from_usd = 10e6,
          .avoidable_share = 0.9,
          .annual_to_usd = 6e6,
          .slow = 0.5,
          .purchase_usd = 20e6,
          .from_general = true,
          .to_general = false,
          .same_vendor = false,
          .pieces = {2, 1, 1, 3},
          .needs_kernels = true};
}

MoveCost PriceCertain(const Move& move) { return MovePricer(CertainAssumptions(), 3, 1).Price(move); }

void ExpectAll(const Spread& spread, double value, double tolerance) {
  EXPECT_NEAR(spread.p5, value, tolerance);
  EXPECT_NEAR(spread.p50, value, tolerance);
  EXPECT_NEAR(spread.p95, value, tolerance);
}

TEST(MovePricerTest, LabourByHand) {
  const MoveCost cost = PriceCertain(ToSpecialised());
  // 2·.6 + 4 + 2 + 3·.7 = 9.3 KLOC; 350·365/7/12 = 1,520.833 lines a month; 9,300/1,520.833 = 6.115068 months.
  ExpectAll(cost.kloc, 9.3, 1e-12);
  ExpectAll(cost.person_months, 6.115068, 1e-6);
  ExpectAll(cost.labour, 244602.74, 0.01);
  // 2.94·9.3^1.0997 = 2.94·11.615575
  ExpectAll(cost.person_months_cocomo, 34.149789, 1e-6);
}

TEST(MovePricerTest, MoneyByHand) {
  const MoveCost cost = PriceCertain(ToSpecialised());
  ExpectAll(cost.revalidation, 0.03 * 6e6, 1e-6);
  ExpectAll(cost.dual_running, 0.25 * 6e6, 1e-6);
  // 7/365·2·10 million
  ExpectAll(cost.downtime, 383561.64, 0.01);
  ExpectAll(cost.resale, 8e6, 1e-6);
  // 20 million·(1 − 2/5)
  ExpectAll(cost.book_value, 12e6, 1e-6);
  // 343/365·(1/.5 − 1)·6 million
  ASSERT_TRUE(cost.lag_waste.has_value());
  ExpectAll(*cost.lag_waste, 5638356.16, 0.01);
  // 244,602.74 + 180,000 + 1,500,000 + 383,561.64 − 8,000,000
  ExpectAll(cost.go_forward, -5691835.62, 0.01);
  ExpectAll(cost.accounting, 6308164.38, 0.01);
  // .9·10 − 6, and 10 − 6.
  EXPECT_NEAR(cost.saved, 3e6, 1e-6);
  EXPECT_NEAR(cost.saved_accounting, 4e6, 1e-6);
}

TEST(MovePricerTest, PaybackByHand) {
  const MoveCost cost = PriceCertain(ToSpecialised());
  // The sale pays for the move at once; the books need 6,308,164.38/4,000,000 years.
  ASSERT_TRUE(cost.payback_years.has_value());
  ExpectAll(*cost.payback_years, 0, 0);
  ASSERT_TRUE(cost.accounting_payback_years.has_value());
  ExpectAll(*cost.accounting_payback_years, 1.577041, 1e-6);
  Move rented = ToSpecialised();
  rented.purchase_usd = 0;
  // 2,308,164.38/3,000,000
  ExpectAll(*PriceCertain(rented).payback_years, 0.769388, 1e-6);
}

TEST(MovePricerTest, NothingSavedNeverPays) {
  Move move = ToSpecialised();
  // Only .6 of 10 million ends, and 6 million begin.
  move.avoidable_share = 0.6;
  const MoveCost cost = PriceCertain(move);
  EXPECT_EQ(cost.saved, 0);
  EXPECT_FALSE(cost.payback_years.has_value());
  EXPECT_TRUE(cost.accounting_payback_years.has_value());
  move.annual_to_usd = 11e6;
  EXPECT_FALSE(PriceCertain(move).accounting_payback_years.has_value());
}

TEST(MovePricerTest, LagsDependOnVendorKindAndKernels) {
  struct Case {
    bool same_vendor;
    bool to_general;
    bool needs_kernels;
    double functional;
    double performance;
  };
  for (const Case& c :
       {Case{false, false, true, 30, 343}, Case{false, true, true, 30, 200}, Case{true, true, true, 15, 200},
        Case{true, true, false, 15, 15}, Case{false, false, false, 30, 30}}) {
    Move move = ToSpecialised();
    move.same_vendor = c.same_vendor;
    move.to_general = c.to_general;
    move.needs_kernels = c.needs_kernels;
    const MoveCost cost = PriceCertain(move);
    ExpectAll(cost.functional_lag_days, c.functional, 0);
    ExpectAll(cost.performance_lag_days, c.performance, 0);
  }
}

TEST(MovePricerTest, ItNeverRunsWellBeforeItRuns) {
  MigrationAssumptions assumptions = CertainAssumptions();
  assumptions.functional_lag_days = Certain(400);
  ExpectAll(MovePricer(assumptions, 3, 1).Price(ToSpecialised()).performance_lag_days, 400, 0);
}

TEST(MovePricerTest, WhatDoesNotRunWastesNoFlow) {
  Move move = ToSpecialised();
  move.slow = 0;
  EXPECT_FALSE(PriceCertain(move).lag_waste.has_value());
}

TEST(MovePricerTest, SpecialisedHardwareIsSoldAsSuch) {
  Move move = ToSpecialised();
  move.from_general = false;
  ExpectAll(PriceCertain(move).resale, 2e6, 1e-6);
  // Older than its books: nothing is left to write off.
  MigrationAssumptions old = CertainAssumptions();
  old.age_years = Certain(6);
  ExpectAll(MovePricer(old, 3, 1).Price(move).book_value, 0, 0);
}

TEST(MovePricerTest, SpreadsAreOrderedAndOfTheAssumptions) {
  const MoveCost cost = MovePricer(SpreadAssumptions(), 20'000, 1).Price(ToSpecialised());
  for (const Spread& spread : {cost.kloc, cost.person_months, cost.person_months_cocomo, cost.labour, cost.dual_running,
                               cost.resale, cost.book_value, cost.functional_lag_days, cost.performance_lag_days,
                               *cost.lag_waste, cost.go_forward, cost.accounting}) {
    EXPECT_LT(spread.p5, spread.p50);
    EXPECT_LT(spread.p50, spread.p95);
  }
  EXPECT_LE(cost.accounting_payback_years->p5, cost.accounting_payback_years->p95);
  // Resale is 20 million times a triangle of which 5 % lie below .15 + √(.05·.45·.25) = .225.
  EXPECT_NEAR(cost.resale.p5, 4.5e6, 0.05e6);
  // 343·e^{±.4·1.644854} days.
  EXPECT_NEAR(cost.performance_lag_days.p95, 662.3, 15);
  EXPECT_NEAR(cost.performance_lag_days.p50, 343, 6);
}

TEST(MovePricerTest, ProductivityIsThatOfTheKernelPorts) {
  // A move of one family with a certain size: months = KLOC·1000/(lines a month), so P5 of lines is P95 of months.
  Move move = ToSpecialised();
  move.pieces = {1, 0, 0, 0};
  const Spread months = MovePricer(SpreadAssumptions(), 20'000, 1).Price(move).person_months;
  const double weeks_per_month = 365.0 / 7 / 12;
  EXPECT_NEAR(600 / months.p95 / weeks_per_month, 89, 3);
  EXPECT_NEAR(600 / months.p50 / weeks_per_month, 350, 8);
  EXPECT_NEAR(600 / months.p5 / weeks_per_month, 1380, 45);
}

TEST(MovePricerTest, MovesShareTheirPathsAndSeedsDecide) {
  const MovePricer pricer(SpreadAssumptions(), 2000, 1);
  EXPECT_EQ(pricer.Price(ToSpecialised()).labour.p50, pricer.Price(ToSpecialised()).labour.p50);
  // A move twice as dear is twice as dear in every path.
  Move twice = ToSpecialised();
  twice.annual_to_usd *= 2;
  EXPECT_NEAR(pricer.Price(twice).dual_running.p95, 2 * pricer.Price(ToSpecialised()).dual_running.p95, 1e-6);
  EXPECT_EQ(MovePricer(SpreadAssumptions(), 2000, 1).Price(ToSpecialised()).labour.p95,
            pricer.Price(ToSpecialised()).labour.p95);
  EXPECT_NE(MovePricer(SpreadAssumptions(), 2000, 2).Price(ToSpecialised()).labour.p95,
            pricer.Price(ToSpecialised()).labour.p95);
}

TEST(CocomoPersonMonthsTest, NominalEffort) {
  EXPECT_NEAR(CocomoPersonMonths(1), 2.94, 1e-12);
  // 10^1.0997 = 12.580562
  EXPECT_NEAR(CocomoPersonMonths(10), 36.98685, 1e-4);
  EXPECT_EQ(CocomoPersonMonths(0), 0);
}

TEST(KernelFamilyTest, OfOperatorClasses) {
  using ops::OpClass;
  EXPECT_EQ(FamilyOf(OpClass::kAttention), KernelFamily::kAttention);
  for (const OpClass recurrent :
       {OpClass::kScan, OpClass::kSelectiveScan, OpClass::kRecurrentStep, OpClass::kOdeStep}) {
    EXPECT_EQ(FamilyOf(recurrent), KernelFamily::kRecurrence);
  }
  for (const OpClass dense : {OpClass::kGemm, OpClass::kFft, OpClass::kElementwise, OpClass::kMdPairs}) {
    EXPECT_EQ(FamilyOf(dense), KernelFamily::kDense);
  }
}

TEST(KernelFamilyTest, EachHasItsSize) {
  const MigrationAssumptions assumptions = CertainAssumptions();
  EXPECT_EQ(KlocOf(assumptions, KernelFamily::kDense).central(), 0.6);
  EXPECT_EQ(KlocOf(assumptions, KernelFamily::kAttention).central(), 4);
  EXPECT_EQ(KlocOf(assumptions, KernelFamily::kRecurrence).central(), 2);
  EXPECT_EQ(KlocOf(assumptions, KernelFamily::kModel).central(), 0.7);
}

}  // namespace
}  // namespace sandglass::economics
