#include "analyzer/models/error_prior.h"

#include <gtest/gtest.h>

namespace sandglass::models {
namespace {

TEST(ErrorPriorsTest, EmbeddedOnesFitEveryChipAndLimit) {
  const auto priors = ErrorPriors::Embedded();
  ASSERT_TRUE(priors.ok()) << priors.status();
  const silicon::Chip chips[] = {silicon::GpuCores(),      silicon::SystolicArrays(),      silicon::NeuronCores(),
                                 silicon::DataflowCores(), silicon::MatrixVectorEngines(), silicon::MdMachine(),
                                 silicon::CpuCores()};
  for (const silicon::Chip& chip : chips) {
    for (int limit = 0; limit < kLimitCount; ++limit) {
      const ErrorBand& band = priors->For(chip, static_cast<Limit>(limit), {});
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
  EXPECT_EQ(priors->For(silicon::GpuCores(), Limit::kMemory, {}).source, "a");
  EXPECT_EQ(priors->For(silicon::GpuCores(), Limit::kMatrix, {}).source, "b");
  EXPECT_EQ(priors->For(silicon::CpuCores(), Limit::kMemory, {}).source, "c");
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
  EXPECT_EQ(priors->For(gpu, Limit::kMatrix, {Format::kFp8}).source, "narrow");
  EXPECT_EQ(priors->For(gpu, Limit::kMatrix, {Format::kBf16, Format::kFp4}).source, "narrow");
  EXPECT_EQ(priors->For(gpu, Limit::kMatrix, {Format::kBf16}).source, "any");
  EXPECT_EQ(priors->For(gpu, Limit::kMatrix, {}).source, "any");
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
       }) {
    EXPECT_EQ(ErrorPriors::Parse(text).status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
}

}  // namespace
}  // namespace sandglass::models
