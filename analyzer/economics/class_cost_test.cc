#include "analyzer/economics/class_cost.h"

#include <gtest/gtest.h>

#include "analyzer/economics/workload_fixture.h"
#include "analyzer/silicon/silicon_fixture.h"

namespace sandglass::economics {
namespace {

using ::sandglass::testing::MakeFigure;
using ::sandglass::testing::RoundChip;
using ::sandglass::testing::RoundPricebook;

models::ErrorPriors Priors(const char* low, const char* high) {
  return *models::ErrorPriors::Parse(std::string("priors { chip: '*' low: ") + low + " high: " + high +
                                     " coverage: 0.8 source: 'test' }");
}

// A second of wall time in which one device spends 40 J on vector work and 20 J idle.
replay::ClassReplay OneSecond(const silicon::SiliconClass& chip) {
  replay::ClassReplay replay;
  replay.verdict = replay::Verdict::kSupported;
  replay.stack = &chip.stacks.front();
  replay.wall = Seconds::Of(1);
  replay.energy.idle = Joules::Of(20);
  replay.energy.vector = Joules::Of(40);
  replay.vector_formats = {silicon::Format::kFp32};
  return replay;
}

TEST(ClassCostTest, JoulesByHand) {
  const silicon::SiliconClass chip = RoundChip();
  const ClassCost cost = CostOf(OneSecond(chip), chip, 10, RoundPricebook().defaults, Priors("0.5", "2"), {});
  // Busy 60 + 30 W of host, idle 20 + 30 W; 1.25 · (.7·90 + .3·50) / (.7·.9) · .1 s = 1.25 · 78 / .63 · .1 = 15.476 J.
  EXPECT_NEAR(cost.joules.value, 15.476190, 1e-6);
  EXPECT_DOUBLE_EQ(cost.seconds.value, 0.1);
  EXPECT_DOUBLE_EQ(cost.seconds.low, 0.05);
  EXPECT_DOUBLE_EQ(cost.seconds.high, 0.2);
  // Of the whole trace, without idle hours: 60 + 30 J, and a quarter on top for the facility.
  EXPECT_DOUBLE_EQ(cost.host.value(), 30);
  EXPECT_DOUBLE_EQ(cost.facility.value(), 22.5);
  EXPECT_DOUBLE_EQ(cost.energy_joules.value, 112.5);
}

// A quarter of its operators are products in BF16, each kind with its own band.
TEST(ClassCostTest, TheBandIsOfTheKindsOfItsOperators) {
  const silicon::SiliconClass chip = RoundChip();
  const auto priors = models::ErrorPriors::Parse(R"pb(
    priors {
      chip: "*"
      op_classes: "gemm"
      matrix_formats: COMPUTE_FORMAT_BF16
      limit: LIMIT_MATRIX
      low: 0.9
      high: 1.2
      coverage: 0.8
      source: "products"
    }
    priors { chip: "*" low: 0.5 high: 2 coverage: 0.8 source: "any" }
  )pb");
  ASSERT_TRUE(priors.ok()) << priors.status();
  const models::OperatorKind product = {
      .op_class = ops::OpClass::kGemm, .matrix_format = silicon::Format::kBf16, .limit = models::Limit::kMatrix};
  replay::ClassReplay replay = OneSecond(chip);
  replay.kinds = {{product, Seconds::Of(0.1)}, {{.op_class = ops::OpClass::kSort}, Seconds::Of(0.3)}};
  const ClassCost cost = CostOf(replay, chip, 1, RoundPricebook().defaults, *priors, {});
  EXPECT_DOUBLE_EQ(cost.seconds.low, 0.25 * 0.9 + 0.75 * 0.5);
  EXPECT_DOUBLE_EQ(cost.seconds.high, 0.25 * 1.2 + 0.75 * 2);
}

// At a lower clock a busy device idles at less: 12 W of idle and 40 W of work are 52 W, and 30 W of host, with a
// quarter on top; in its idle hours it is at 20 W as ever: 1.25 · (.7·82 + .3·50) / .63 · .1 s.
TEST(ClassCostTest, ABusyDeviceDrawsWhatItsReplaySays) {
  const silicon::SiliconClass chip = RoundChip();
  replay::ClassReplay slowed = OneSecond(chip);
  slowed.energy.idle = Joules::Of(12);
  const ClassCost cost = CostOf(slowed, chip, 10, RoundPricebook().defaults, Priors("0.5", "2"), {});
  EXPECT_NEAR(cost.busy_power.value(), 1.25 * 82, 1e-9);
  EXPECT_NEAR(cost.joules.value, 1.25 * (0.7 * 82 + 0.3 * 50) / 0.63 * 0.1, 1e-9);
  EXPECT_DOUBLE_EQ(cost.energy_joules.value, 1.25 * 82);
}

TEST(ClassCostTest, OwnedDollarsByHand) {
  const silicon::SiliconClass chip = RoundChip();
  const ClassCost cost = CostOf(OneSecond(chip), chip, 10, RoundPricebook().defaults, Priors("0.5", "2"), {});
  // K = 1000 · 1.6 / .8 = 2000; R = 300; 2000·.2637975 − 300·.1637975 = 527.595 − 49.139 = 478.456 a year.
  // Hosting: .13 kW · 190 · 12 = 296.4; operations 100. Units: 10/s · 3600 · 8760 · .63 = 198,676,800.
  ASSERT_TRUE(cost.usd.has_value());
  EXPECT_NEAR(cost.usd_terms.capital.value() * 198676800, 478.456, 1e-3);
  EXPECT_NEAR(cost.usd_terms.hosting.value() * 198676800, 296.4, 1e-6);
  EXPECT_NEAR(cost.usd_terms.operations.value() * 198676800, 100, 1e-6);
  EXPECT_NEAR(cost.usd_terms.energy.value(), 15.476190 / 3.6e6 * 0.08, 1e-12);
  EXPECT_NEAR(cost.usd->value, cost.usd_terms.total().value(), 1e-18);
}

CostOptions Basis(CostBasis basis) {
  CostOptions options;
  options.basis = basis;
  return options;
}

TEST(ClassCostTest, RentAndItsAbsence) {
  silicon::SiliconClass chip = RoundChip();
  const CostOptions rented = Basis(CostBasis::kRented);
  const ClassCost cost = CostOf(OneSecond(chip), chip, 10, RoundPricebook().defaults, Priors("0.5", "2"), rented);
  ASSERT_TRUE(cost.usd.has_value());
  EXPECT_NEAR(cost.usd->value, 1.0 / 3600 * 0.1 / 0.63, 1e-12);
  chip.prices.pop_back();
  const ClassCost unpriced = CostOf(OneSecond(chip), chip, 10, RoundPricebook().defaults, Priors("0.5", "2"), rented);
  EXPECT_FALSE(unpriced.usd.has_value()) << "an unknown price must not cost nothing";
  ASSERT_EQ(unpriced.warnings.size(), 1);
  EXPECT_EQ(unpriced.warnings[0], "no rental price is known, so its cost is unknown");
}

TEST(ClassCostTest, RangesCombineInQuadrature) {
  silicon::SiliconClass chip = RoundChip();
  chip.prices[1].usd.low = 0.5;
  chip.prices[1].usd.high = 2;
  const CostOptions rented = Basis(CostBasis::kRented);
  const ClassCost cost = CostOf(OneSecond(chip), chip, 1, RoundPricebook().defaults, Priors("0.5", "2"), rented);
  // Rent is proportional to time and price, both a factor of 2 either way: 2^sqrt(2) = 2.6651.
  EXPECT_NEAR(cost.usd->high / cost.usd->value, 2.6651441, 1e-6);
  EXPECT_NEAR(cost.usd->value / cost.usd->low, 2.6651441, 1e-6);
}

TEST(ClassCostTest, PricesByBasisThenGroundThenDate) {
  using silicon::PriceBasis;
  silicon::SiliconClass chip = RoundChip();
  chip.prices.clear();
  EXPECT_EQ(FindPrice(chip, Basis(CostBasis::kOwned)), nullptr);
  const auto add = [&](PriceBasis basis, double usd, const char* as_of, silicon::Basis ground) {
    chip.prices.push_back({.basis = basis, .usd = MakeFigure(usd), .region = "", .as_of = as_of});
    chip.prices.back().usd.basis = ground;
  };
  add(PriceBasis::kPurchase, 10, "2026-06", silicon::Basis::kAssumed);
  add(PriceBasis::kPurchase, 20, "2024-01", silicon::Basis::kMeasured);
  add(PriceBasis::kPurchase, 30, "2025-01", silicon::Basis::kMeasured);
  add(PriceBasis::kSpot, 1, "2026-06", silicon::Basis::kMeasured);
  EXPECT_EQ(FindPrice(chip, Basis(CostBasis::kOwned))->usd.value, 30);
  EXPECT_EQ(FindPrice(chip, Basis(CostBasis::kRented))->usd.value, 1);
  add(PriceBasis::kOnDemand, 3, "2020-01", silicon::Basis::kMeasured);
  EXPECT_EQ(FindPrice(chip, Basis(CostBasis::kRented))->usd.value, 3);
}

TEST(ClassCostTest, PricesByKindDayAndRegion) {
  using silicon::PriceBasis;
  silicon::SiliconClass chip = RoundChip();
  chip.prices = {{.basis = PriceBasis::kOnDemand, .usd = MakeFigure(4), .region = "AWS", .as_of = "2024-01"},
                 {.basis = PriceBasis::kOnDemand, .usd = MakeFigure(3), .region = "GCP us", .as_of = "2025-06-10"},
                 {.basis = PriceBasis::kSpot, .usd = MakeFigure(1), .region = "AWS", .as_of = "2026-01"},
                 {.basis = PriceBasis::kOwnCost, .usd = MakeFigure(500), .region = "", .as_of = "2025"}};
  CostOptions options = Basis(CostBasis::kRented);
  EXPECT_EQ(FindPrice(chip, options)->usd.value, 3);
  options.price_date = "2025-01-01";
  EXPECT_EQ(FindPrice(chip, options)->usd.value, 4) << "the newest that is not younger than the day";
  options.price_region = "gcp";
  EXPECT_EQ(FindPrice(chip, options)->usd.value, 3) << "a younger one is better than none";
  options.price_region = "azure";
  EXPECT_EQ(FindPrice(chip, options), nullptr);
  options = Basis(CostBasis::kRented);
  options.price_basis = PriceBasis::kSpot;
  EXPECT_EQ(FindPrice(chip, options)->usd.value, 1);
  // What is not sold is owned at what it costs its maker, and that is said.
  const silicon::Price& own = *FindPrice(chip, Basis(CostBasis::kOwned));
  EXPECT_EQ(own.usd.value, 500);
  EXPECT_EQ(PriceWarnings(own, "").size(), 1);
}

TEST(ClassCostTest, StalePricesWarn) {
  silicon::Price price = RoundChip().prices[1];
  price.as_of = "2025-03";
  EXPECT_TRUE(PriceWarnings(price, "2026-03-01").empty());  // 365 days
  ASSERT_EQ(PriceWarnings(price, "2026-03-02").size(), 1);
  EXPECT_EQ(PriceWarnings(price, "2026-03-02")[0], "stale price: of 2025-03, 366 days before 2026-03-02");
  EXPECT_EQ(PriceWarnings(price, "2024-12-31")[0], "the price is of 2025-03, after 2024-12-31");
  EXPECT_TRUE(PriceWarnings(price, "").empty()) << "without a day nothing is stale";
}

TEST(ClassCostTest, MoreWorkInTheSameTimeIsNeverDearer) {
  const silicon::SiliconClass chip = RoundChip();
  double last = 1e9;
  for (const double units : {1, 2, 10, 1000}) {
    const ClassCost cost = CostOf(OneSecond(chip), chip, units, RoundPricebook().defaults, Priors("0.5", "2"), {});
    EXPECT_LT(cost.usd->value, last);
    last = cost.usd->value;
  }
}

}  // namespace
}  // namespace sandglass::economics
