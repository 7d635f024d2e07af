#include "tests/accuracy/bands.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "analyzer/silicon/silicon.h"

namespace sandglass::accuracy {
namespace {

using ::testing::HasSubstr;

constexpr char kPriors[] = R"pb(
  priors { name: "products" chip: "gpu" op_classes: "gemm" coverage: 0.8 source: "products" }
  priors { name: "copies" chip: "gpu" op_classes: "copy" coverage: 0.8 source: "copies" }
  priors { chip: "*" low: 0.5 high: 2 coverage: 0.8 source: "any" }
)pb";

ScoredSet Named(const std::string& name) {
  ScoredSet set;
  set.name = name;
  return set;
}

class BandsTest : public testing::Test {
 protected:
  BandsTest() : priors_(*models::ErrorPriors::Parse(kPriors)) {
    a_.id = "a";
    b_.id = "b";
    tpu_.id = "tpu";
    a_.chip = b_.chip = silicon::GpuCores();
    tpu_.chip = silicon::SystolicArrays();
  }

  // `count` rows whose truths lie evenly from half below to half above the middle, as logarithms, each of an operator
  // of its own.
  static void AddRows(const silicon::SiliconClass& silicon, ops::OpClass op_class, double middle, ScoredSet& set,
                      int count = 21) {
    for (int i = 0; i < count; ++i) {
      set.residuals.push_back(
          {&silicon, {.op_class = op_class}, middle - 0.5 + static_cast<double>(i) / (count - 1), Seconds::Of(1 + i)});
    }
  }

  models::ErrorPriors priors_;
  silicon::SiliconClass a_;
  silicon::SiliconClass b_;
  silicon::SiliconClass tpu_;
};

TEST_F(BandsTest, RowsGoToTheBandThatTheyAreOf) {
  ScoredSet first = Named("first");
  AddRows(b_, ops::OpClass::kCopy, 0, first);
  AddRows(a_, ops::OpClass::kGemm, 0, first);
  AddRows(tpu_, ops::OpClass::kGemm, 0, first);
  AddRows(a_, ops::OpClass::kSort, 0, first);
  ScoredSet second = Named("second");
  AddRows(a_, ops::OpClass::kGemm, 1, second);
  // The same operator again.
  second.residuals.push_back(second.residuals.front());
  const std::vector<BandGroup> groups = GroupsOf({first, second}, priors_);
  ASSERT_EQ(groups.size(), 3u);
  EXPECT_EQ(groups[0].band, "products");
  EXPECT_EQ(groups[0].set, "first");
  EXPECT_NEAR(groups[0].residuals.log_truth[2], -0.4, 1e-12);
  EXPECT_NEAR(groups[0].residuals.log_truth[12], 0.49, 1e-12);
  EXPECT_EQ(groups[1].set, "second");
  EXPECT_EQ(groups[1].residuals.rows, 22u);
  EXPECT_EQ(groups[1].residuals.operators, 21u);
  EXPECT_EQ(groups[2].band, "copies");
  EXPECT_EQ(groups[2].residuals.silicon_class, "b");
}

// Both classes lie alike: of the other's band, from .49 below to .49 above, all but the outermost rows are inside.
// Copies were measured on one class: nothing holds them.
TEST_F(BandsTest, RowsAreHeldAgainstWhatTheOthersGive) {
  ScoredSet set = Named("set");
  AddRows(a_, ops::OpClass::kGemm, 0, set);
  AddRows(b_, ops::OpClass::kGemm, 0, set);
  AddRows(b_, ops::OpClass::kCopy, 3, set);
  const std::vector<BandScore> scores = ScoreBands(GroupsOf({set}, priors_));
  ASSERT_EQ(scores.size(), 3u);
  EXPECT_EQ(scores[0].name, "products");
  EXPECT_EQ(scores[0].classes, 2u);
  EXPECT_EQ(scores[0].rows, 42u);
  EXPECT_NEAR(scores[0].held, 19.0 / 21, 1e-12);
  EXPECT_NEAR(std::log(scores[0].width), 0.8 * std::sqrt(1.5), 1e-9);
  EXPECT_NEAR(std::log(scores[0].ends.high), 0.4 * std::sqrt(1.1 / 0.9), 1e-9);
  // For `a` the one band for everything has b's copies in it, which are far away.
  EXPECT_LT(scores[0].score, 0.6);
  EXPECT_EQ(scores[1].classes, 1u);
  EXPECT_EQ(scores[1].width, 0);
  EXPECT_EQ(scores[2].name, "all");
  EXPECT_EQ(scores[2].rows, 63u);
  EXPECT_NEAR(scores[2].held, scores[0].held, 1e-12);
  EXPECT_THAT(InMarkdown(scores), HasSubstr("| products | 2 | 42 | 0.64, 1.56 | 90, 2.66, "));
  EXPECT_THAT(InMarkdown(scores), HasSubstr("| copies | 1 | 21 | 1.00, "));
  EXPECT_EQ(ScoreBands({}).front().rows, 0u);
}

TEST_F(BandsTest, ClassesThatDifferAreNotHeld) {
  ScoredSet set = Named("set");
  AddRows(a_, ops::OpClass::kGemm, -2, set);
  AddRows(b_, ops::OpClass::kGemm, 2, set);
  EXPECT_EQ(ScoreBands(GroupsOf({set}, priors_)).front().held, 0);
}

// What is written is what the analyzer reads: with it, products of a third class have the band of the first two.
TEST_F(BandsTest, ResidualsAreWrittenAsTheAnalyzerReadsThem) {
  ScoredSet set = Named("set");
  AddRows(a_, ops::OpClass::kGemm, 0, set);
  AddRows(b_, ops::OpClass::kGemm, 0, set);
  const auto read = models::ErrorPriors::Parse(kPriors, ResidualsText(GroupsOf({set}, priors_)));
  ASSERT_TRUE(read.ok()) << read.status();
  const models::ErrorBand& band = read->For(silicon::GpuCores(), {.op_class = ops::OpClass::kGemm});
  EXPECT_NEAR(std::log(band.high), 0.4 * std::sqrt(1.1 / 0.9), 1e-3);
  EXPECT_EQ(band.source, "measured: products, 42 rows of 2 classes");
}

}  // namespace
}  // namespace sandglass::accuracy
