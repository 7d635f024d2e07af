#include "analyzer/models/error_prior.h"

#include <gtest/gtest.h>

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
      const ErrorBand& band = priors->For(chip, OpClass::kGemm, static_cast<Limit>(limit), {});
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
  EXPECT_EQ(priors->For(silicon::GpuCores(), OpClass::kGemm, Limit::kMemory, {}).source, "a");
  EXPECT_EQ(priors->For(silicon::GpuCores(), OpClass::kGemm, Limit::kMatrix, {}).source, "b");
  EXPECT_EQ(priors->For(silicon::CpuCores(), OpClass::kGemm, Limit::kMemory, {}).source, "c");
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
  EXPECT_EQ(priors->For(gpu, OpClass::kGemm, Limit::kMatrix, {Format::kFp8}).source, "narrow");
  EXPECT_EQ(priors->For(gpu, OpClass::kGemm, Limit::kMatrix, {Format::kBf16, Format::kFp4}).source, "narrow");
  EXPECT_EQ(priors->For(gpu, OpClass::kGemm, Limit::kMatrix, {Format::kBf16}).source, "any");
  EXPECT_EQ(priors->For(gpu, OpClass::kGemm, Limit::kMatrix, {}).source, "any");
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
  EXPECT_EQ(priors->For(gpu, OpClass::kGemm, Limit::kMatrix, {}).source, "two");
  EXPECT_EQ(priors->For(gpu, OpClass::kSort, Limit::kMatrix, {}).source, "two");
  EXPECT_EQ(priors->For(gpu, OpClass::kSort, Limit::kMemory, {}).source, "any");
  EXPECT_EQ(priors->For(gpu, OpClass::kScan, Limit::kMatrix, {}).source, "any");
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
