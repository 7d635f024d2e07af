#include "analyzer/models/error_prior.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace sandglass::models {
namespace {

using ops::OpClass;

TEST(ErrorPriorsTest, EmbeddedOnesFitEveryChipAndLimit) {
  const auto priors = ErrorPriors::Embedded();
  ASSERT_TRUE(priors.ok()) << priors.status();
  const silicon::Chip chips[] = {silicon::GpuCores(),      silicon::SystolicArrays(),      silicon::NeuronCores(),
                                 silicon::DataflowCores(), silicon::MatrixVectorEngines(), silicon::MdMachine(),
                                 silicon::CpuCores()};
  for (const silicon::Chip& chip : chips) {
    for (int limit = 0; limit < kLimitCount; ++limit) {
      const ErrorBand& band = priors->For(chip, {.op_class = OpClass::kGemm, .limit = static_cast<Limit>(limit)});
      EXPECT_LT(band.low, 1);
      EXPECT_GT(band.high, 1);
      EXPECT_FALSE(band.source.empty());
    }
  }
}

TEST(ErrorPriorsTest, TheFirstThatFitsIsUsed) {
  const auto priors = ErrorPriors::Parse(R"pb(
    priors { chip: "gpu" limit: LIMIT_MEMORY low: 0.9 high: 1.1 coverage: 0.8 source: "a" }
    priors { chip: "gpu" low: 0.8 high: 1.2 coverage: 0.8 source: "b" }
    priors { chip: "*" low: 0.5 high: 2 coverage: 0.8 source: "c" }
  )pb");
  ASSERT_TRUE(priors.ok()) << priors.status();
  EXPECT_EQ(priors->For(silicon::GpuCores(), {.op_class = OpClass::kGemm, .limit = Limit::kMemory}).source, "a");
  EXPECT_EQ(priors->For(silicon::GpuCores(), {.op_class = OpClass::kGemm, .limit = Limit::kMatrix}).source, "b");
  EXPECT_EQ(priors->For(silicon::CpuCores(), {.op_class = OpClass::kGemm, .limit = Limit::kMemory}).source, "c");
}

TEST(ErrorPriorsTest, FormatsHaveBandsOfTheirOwn) {
  const auto priors = ErrorPriors::Parse(R"pb(
    priors {
      chip: "gpu"
      low: 0.9
      high: 3
      coverage: 0.8
      source: "narrow"
      matrix_formats: COMPUTE_FORMAT_FP8
      matrix_formats: COMPUTE_FORMAT_FP4
    }
    priors { chip: "*" low: 0.5 high: 2 coverage: 0.8 source: "any" }
  )pb");
  ASSERT_TRUE(priors.ok()) << priors.status();
  using silicon::Format;
  const silicon::GpuCores gpu;
  EXPECT_EQ(
      priors->For(gpu, {.op_class = OpClass::kGemm, .matrix_format = Format::kFp8, .limit = Limit::kMatrix}).source,
      "narrow");
  EXPECT_EQ(
      priors->For(gpu, {.op_class = OpClass::kGemm, .matrix_format = Format::kFp4, .limit = Limit::kMatrix}).source,
      "narrow");
  EXPECT_EQ(
      priors->For(gpu, {.op_class = OpClass::kGemm, .matrix_format = Format::kBf16, .limit = Limit::kMatrix}).source,
      "any");
  EXPECT_EQ(priors->For(gpu, {.op_class = OpClass::kGemm, .limit = Limit::kMatrix}).source, "any");
}

TEST(ErrorPriorsTest, ClassesHaveBandsOfTheirOwn) {
  const auto priors = ErrorPriors::Parse(R"pb(
    priors {
      chip: "gpu"
      limit: LIMIT_MATRIX
      low: 0.9
      high: 3
      coverage: 0.8
      source: "two"
      op_classes: [ "gemm", "sort" ]
    }
    priors { chip: "*" low: 0.5 high: 2 coverage: 0.8 source: "any" }
  )pb");
  ASSERT_TRUE(priors.ok()) << priors.status();
  const silicon::GpuCores gpu;
  EXPECT_EQ(priors->For(gpu, {.op_class = OpClass::kGemm, .limit = Limit::kMatrix}).source, "two");
  EXPECT_EQ(priors->For(gpu, {.op_class = OpClass::kSort, .limit = Limit::kMatrix}).source, "two");
  EXPECT_EQ(priors->For(gpu, {.op_class = OpClass::kSort, .limit = Limit::kMemory}).source, "any");
  EXPECT_EQ(priors->For(gpu, {.op_class = OpClass::kScan, .limit = Limit::kMatrix}).source, "any");
}

// Thirteen percentiles, of which those of the band are 1/e and e about 1.
std::string Residuals(const std::string& prior, const std::string& silicon_class, double middle = 1) {
  std::string text = "residuals { prior: '" + prior + "' silicon_class: '" + silicon_class +
                     "' set: 'rows' rows: 40 operators: 20 truth_over_estimate: [";
  for (int i = 0; i < 13; ++i) text += (i == 0 ? "" : ", ") + std::to_string(middle * std::exp(i < 6 ? -1 : i > 6));
  return text + "] }";
}

constexpr char kMeasured[] = R"pb(
  priors { name: "products" chip: "gpu" op_classes: "gemm" coverage: 0.8 source: "products" }
  priors { chip: "gpu" low: 0.7 high: 1.7 coverage: 0.8 source: "others" }
  priors { chip: "*" low: 0.5 high: 2 coverage: 0.8 source: "any" }
)pb";

TEST(ErrorPriorsTest, MeasuredBandsMayLeaveOutASiliconClass) {
  const silicon::GpuCores gpu;
  const OperatorKind product = {.op_class = OpClass::kGemm, .limit = Limit::kMatrix};
  const auto one = ErrorPriors::Parse(kMeasured, Residuals("products", "a"));
  ASSERT_TRUE(one.ok()) << one.status();
  const double alone = std::exp(std::sqrt(1.5));
  EXPECT_NEAR(one->For(gpu, product).high, alone, 1e-4);
  EXPECT_NEAR(one->For(gpu, product).low, 1 / alone, 1e-4);
  EXPECT_EQ(one->For(gpu, product).coverage, 0.8);
  EXPECT_EQ(one->For(gpu, product).source, "measured: products, 40 rows of 1 class");
  EXPECT_EQ(one->Without("b").For(gpu, product).high, one->For(gpu, product).high);
  // Nothing is left that was measured.
  EXPECT_EQ(one->Without("a").For(gpu, product).source, "others");
  const auto two = ErrorPriors::Parse(kMeasured, Residuals("products", "a") + Residuals("products", "b", 1.1));
  ASSERT_TRUE(two.ok()) << two.status();
  EXPECT_EQ(two->For(gpu, product).source, "measured: products, 80 rows of 2 classes");
  EXPECT_EQ(two->Without("a").For(gpu, product).source, "measured: products, 40 rows of 1 class");
  EXPECT_NEAR(two->Without("a").For(gpu, product).high, 1.1 * alone, 1e-4);
  EXPECT_NEAR(two->Without("b").For(gpu, product).high, alone, 1e-4);
  // As long as nothing was measured.
  const auto none = ErrorPriors::Parse(kMeasured);
  ASSERT_TRUE(none.ok()) << none.status();
  EXPECT_EQ(none->For(gpu, product).source, "others");
  EXPECT_EQ(none->NameFor(gpu, product), "products");
  EXPECT_EQ(none->NameFor(gpu, {.op_class = OpClass::kSort}), "");
  EXPECT_EQ(none->NameFor(silicon::CpuCores(), product), "");
  EXPECT_THAT(none->Names(), testing::ElementsAre("products"));
}

// Each kind of GPU operators that published rows tell of has a band from them.
TEST(ErrorPriorsTest, EmbeddedBandsWithANameAreMeasured) {
  const auto priors = ErrorPriors::Embedded();
  ASSERT_TRUE(priors.ok()) << priors.status();
  EXPECT_GE(priors->Names().size(), 15u);
  const silicon::GpuCores gpu;
  std::set<std::string> seen;
  for (int op_class = 0; op_class <= static_cast<int>(OpClass::kCollective); ++op_class) {
    for (int limit = 0; limit < kLimitCount; ++limit) {
      for (int format = 0; format < silicon::kFormatCount; ++format) {
        const OperatorKind kind = {static_cast<OpClass>(op_class), static_cast<silicon::Format>(format),
                                   static_cast<Limit>(limit)};
        const std::string name(priors->NameFor(gpu, kind));
        const std::string& source = priors->For(gpu, kind).source;
        if (!name.empty()) seen.insert(name);
        EXPECT_THAT(source, testing::StartsWith(name.empty() ? "prior: " : "measured: ")) << name;
      }
    }
  }
  EXPECT_THAT(priors->Names(), testing::UnorderedElementsAreArray(seen));
}

TEST(ErrorPriorsTest, BrokenResidualsAreRefused) {
  std::string once = Residuals("products", "a");
  std::string few = once;
  few.resize(few.rfind(','));
  std::string falling = once;
  falling.replace(falling.rfind("2.7"), 3, "1.7");
  std::string rowless = once;
  rowless.replace(rowless.find("rows: 40"), 8, "rows: 19");
  const std::vector<std::pair<std::string, std::string>> broken = {{"residuals {", "not a text proto"},
                                                                   {few + "] }", "need 13 ascending"},
                                                                   {falling, "need 13 ascending"},
                                                                   {Residuals("products", "a", 0), "above 0"},
                                                                   {rowless, "need rows >= operators > 0"},
                                                                   {Residuals("product", "a"), "no entry"},
                                                                   {Residuals("", "a"), "need a prior"},
                                                                   {Residuals("products", ""), "need a prior"},
                                                                   {Residuals("products", "a", NAN), "above 0"},
                                                                   {once + once, "stated twice"}};
  for (const auto& [text, needs] : broken) {
    const auto priors = ErrorPriors::Parse(kMeasured, text);
    EXPECT_EQ(priors.status().code(), absl::StatusCode::kInvalidArgument) << text;
    EXPECT_THAT(priors.status().message(), testing::HasSubstr(needs));
  }
}

// 3 s that are .9 to 1.1 of it, 1 s that is .5 to 3: .8 to 1.575.
TEST(ErrorPriorsTest, BandsOfPartsAddUpByTime) {
  const ErrorBand narrow = {.low = 0.9, .high = 1.1, .coverage = 0.9, .source = "rows"};
  const ErrorBand wide = {.low = 0.5, .high = 3, .coverage = 0.8, .source = "prior"};
  const ErrorBand sum = BandOfSum({{Seconds::Of(1), &wide}, {Seconds::Of(1), &narrow}, {Seconds::Of(2), &narrow}});
  EXPECT_DOUBLE_EQ(sum.low, 0.8);
  EXPECT_DOUBLE_EQ(sum.high, 1.575);
  EXPECT_EQ(sum.coverage, 0.8);
  EXPECT_EQ(sum.source, "75 % of the time: rows; 25 % of the time: prior");
  const ErrorBand one = BandOfSum({{Seconds::Of(1), &narrow}, {Seconds::Of(2), &narrow}});
  EXPECT_EQ(one.high, 1.1);
  EXPECT_EQ(one.source, "rows");
  // What is small goes without its source.
  EXPECT_EQ(BandOfSum({{Seconds::Of(1), &wide}, {Seconds::Of(9), &narrow}}).source, "90 % of the time: rows");
}

TEST(ErrorPriorsTest, BrokenFilesAreRefused) {
  for (const char* text : {
           "priors {",                                                                  // not a text proto
           "",                                                                          // nothing fits everything
           R"pb(priors { chip: "gpu" low: 0.5 high: 2 coverage: 0.8 source: "a" })pb",  // not every chip
           R"pb(priors { chip: "*" low: 0 high: 2 coverage: 0.8 source: "a" })pb",      // low
           R"pb(priors { chip: "*" low: 0.5 high: 0.9 coverage: 0.8 source: "a" })pb",  // high
           R"pb(priors { chip: "*" low: 0.5 high: inf coverage: 0.8 source: "a" })pb",  // not finite
           R"pb(priors { chip: "*" low: 0.5 high: 2 coverage: 1.5 source: "a" })pb",    // coverage
           R"pb(priors { chip: "*" low: 0.5 high: 2 coverage: 0.8 })pb",                // no source
           R"pb(priors { chip: "*" coverage: 0.8 source: "a" })pb",                     // neither ends nor name
           R"pb(priors { name: "a" chip: "*" coverage: 0.8 source: "a" })pb",           // last one without ends
           R"pb(priors { name: "a" chip: "gpu" coverage: 0.8 source: "a" }
                priors { name: "a" chip: "cpu" coverage: 0.8 source: "a" }
                priors { chip: "*" low: 0.5 high: 2 coverage: 0.8 source: "a" })pb",   // one name for two
           R"pb(priors { name: "b" chip: "gpu" low: 0.5 high: 2 coverage: 0.8 source: "b" }
                priors { chip: "*" low: 0.5 high: 2 coverage: 0.8 source: "a" })pb",   // name and ends
           R"pb(priors { chip: "*" low: 0.5 high: 2 coverage: 0.8 source: "a" op_classes: "gemm" })pb",  // not every
                                                                                                         // class
           R"pb(priors { chip: "*" low: 0.5 high: 2 coverage: 0.8 source: "a" op_classes: "gem" }
                priors { chip: "*" low: 0.5 high: 2 coverage: 0.8 source: "a" })pb",                    // no class
       }) {
    EXPECT_EQ(ErrorPriors::Parse(text).status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
}

}  // namespace
}  // namespace sandglass::models
