#include "analyzer/report/profile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "analyzer/ops/signature_builder.h"
#include "analyzer/replay/trace_fixture.h"
#include "analyzer/report/profile_table.h"
#include "analyzer/report/replay_report.h"
#include "analyzer/silicon/catalog.h"

namespace sandglass::report {
namespace {

using ops::kBf16;
using ops::Op;
using ::sandglass::testing::TraceBuilder;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

const silicon::Catalog& TheCatalog() {
  static const auto* const catalog = new silicon::Catalog(*silicon::Catalog::Embedded());
  return *catalog;
}

// Products of two shapes, the larger one twice, and an addition.
TraceBuilder Products() {
  TraceBuilder builder;
  for (const int64_t n : {4096, 512}) {
    builder.trace().signatures.push_back(Op("aten::mm").In(kBf16, {n, n}).In(kBf16, {n, n}).Out(kBf16, {n, n}));
  }
  builder.trace().signatures.push_back(
      Op("aten::add").In(kBf16, {4096, 4096}).In(kBf16, {4096, 4096}).Out(kBf16, {4096, 4096}));
  for (const uint32_t signature : {1, 0, 2, 0}) builder.AddOperator(signature);
  return builder;
}

v1::ProfileReport Profile(const trace::Trace& trace, const char* silicon, const ProfileOptions& profile = {}) {
  auto report = BuildProfile(trace, TheCatalog(), **TheCatalog().Find(silicon), {}, profile);
  EXPECT_TRUE(report.ok()) << report.status();
  return report.ok() ? *std::move(report) : v1::ProfileReport();
}

TEST(ProfileTest, KernelsOfOneSignatureAreOneRowLongestFirst) {
  TraceBuilder builder = Products();
  const v1::ProfileReport report = Profile(builder.trace(), "h100-sxm");
  ASSERT_EQ(report.kernels_size(), 3);
  EXPECT_EQ(report.kernels_total(), 3u);
  const v1::KernelTotals& large = report.kernels(0);
  EXPECT_EQ(large.names(0), "aten::mm");
  EXPECT_EQ(large.shapes(), "bf16[4096,4096] bf16[4096,4096]");
  EXPECT_EQ(large.count(), 2u);
  EXPECT_EQ(large.first_operator_id(), 2u);
  EXPECT_EQ(large.limit(), v1::LIMIT_MATRIX);
  EXPECT_DOUBLE_EQ(large.matrix_flop(), 2 * 2.0 * 4096 * 4096 * 4096);
  EXPECT_DOUBLE_EQ(large.bytes(), 2 * 3.0 * 4096 * 4096 * 2);
  EXPECT_EQ(report.kernels(1).names(0), "aten::add");
  EXPECT_EQ(report.kernels(1).limit(), v1::LIMIT_MEMORY);
  EXPECT_EQ(report.kernels(2).count(), 1u);
  double sum = 0;
  for (const v1::KernelTotals& kernel : report.kernels()) sum += kernel.device_s();
  EXPECT_DOUBLE_EQ(report.kernels_s(), sum);
}

TEST(ProfileTest, ByNameShapesArePutTogether) {
  TraceBuilder builder = Products();
  const v1::ProfileReport fine = Profile(builder.trace(), "h100-sxm");
  const v1::ProfileReport report = Profile(builder.trace(), "h100-sxm", {.group = v1::PROFILE_GROUP_NAME});
  ASSERT_EQ(report.kernels_size(), 2);
  EXPECT_EQ(report.kernels(0).count(), 3u);
  EXPECT_EQ(report.kernels(0).shapes(), "");
  EXPECT_EQ(report.kernels(0).first_operator_id(), 1u);
  EXPECT_DOUBLE_EQ(report.kernels(0).device_s(), fine.kernels(0).device_s() + fine.kernels(2).device_s());
  EXPECT_DOUBLE_EQ(report.kernels_s(), fine.kernels_s());
}

TEST(ProfileTest, WhatIsNotListedIsTold) {
  TraceBuilder builder = Products();
  const v1::ProfileReport all = Profile(builder.trace(), "h100-sxm");
  const v1::ProfileReport one = Profile(builder.trace(), "h100-sxm", {.most_kernels = 1});
  ASSERT_EQ(one.kernels_size(), 1);
  EXPECT_EQ(one.kernels_total(), 3u);
  EXPECT_DOUBLE_EQ(one.kernels_s(), all.kernels_s());
  EXPECT_DOUBLE_EQ(one.unlisted_s(), all.kernels(1).device_s() + all.kernels(2).device_s());
  EXPECT_THAT(ProfileText(one), HasSubstr("and 2 more, "));
}

// The same seconds as a replay's own sum by operator class.
TEST(ProfileTest, AddsUpToTheReplay) {
  TraceBuilder builder = Products();
  for (const silicon::SiliconClass& silicon : TheCatalog().classes()) {
    const auto replay = BuildReplayReport(builder.trace(), TheCatalog(), {&silicon}, {}, [](int, int) { return true; });
    ASSERT_TRUE(replay.ok()) << replay.status();
    const v1::ProfileReport report = Profile(builder.trace(), silicon.id.c_str());
    EXPECT_EQ(report.verdict(), replay->classes(0).verdict()) << silicon.id;
    EXPECT_EQ(report.reason(), replay->classes(0).reason());
    double by_class = 0;
    for (const v1::OperatorClassTotals& totals : replay->classes(0).operator_classes()) by_class += totals.device_s();
    EXPECT_NEAR(report.kernels_s(), by_class, 1e-12 * by_class) << silicon.id;
  }
}

TEST(ProfileTest, NoKernelIsBeyondTheCeilings) {
  TraceBuilder builder = Products();
  for (const silicon::SiliconClass& silicon : TheCatalog().classes()) {
    const v1::ProfileReport report = Profile(builder.trace(), silicon.id.c_str());
    double matrix = 0;
    for (const v1::RooflineCeiling& ceiling : report.ceilings()) {
      if (absl::string_view(ceiling.name()).substr(0, 6) == "matrix") matrix = std::max(matrix, ceiling.rate());
    }
    for (const v1::KernelTotals& kernel : report.kernels()) {
      if (matrix <= 0) continue;
      EXPECT_LE(kernel.matrix_flop() / kernel.device_s(), report.devices() * matrix) << silicon.id;
    }
  }
}

// Whatever the number of bins, they hold all the time of the kernels, in order.
TEST(ProfileTest, TheTimelineHoldsAllTime) {
  TraceBuilder builder = Products();
  builder.trace().operators[2].occurrences = 40;
  for (const uint32_t bins : {1u, 2u, 3u, 7u, 100u, 10000u}) {
    const v1::ProfileReport report = Profile(builder.trace(), "h100-sxm", {.timeline_bins = bins});
    const v1::Timeline& timeline = report.timeline();
    EXPECT_LE(timeline.bin_count(), bins);
    EXPECT_GE(timeline.bin_count(), (bins + 1) / 2);
    double sum = 0;
    for (const v1::TimelineSeries& series : timeline.series()) {
      ASSERT_EQ(series.busy_s_size(), static_cast<int>(timeline.bin_count()));
      for (const double busy : series.busy_s()) {
        EXPECT_GE(busy, 0);
        EXPECT_LE(busy, timeline.bin_s() * (1 + 1e-9));
        sum += busy;
      }
    }
    EXPECT_NEAR(sum, report.kernels_s(), 1e-9 * sum) << bins;
  }
  // Product, then the large one, then additions, then the large one: the device ends with a product.
  const v1::ProfileReport report = Profile(builder.trace(), "h100-sxm", {.timeline_bins = 1000});
  ASSERT_EQ(report.timeline().series_size(), 2);
  for (const v1::TimelineSeries& series : report.timeline().series()) {
    const bool product = series.op_class() == "gemm";
    EXPECT_EQ(series.busy_s(series.busy_s_size() - 1) > 0, product) << series.op_class();
  }
}

TEST(ProfileTest, FusedOperatorsAreOneKernelWithAllNames) {
  TraceBuilder builder;
  const trace::Tensor tensor = sandglass::testing::MakeTensor({1 << 24});
  const uint32_t mul = builder.AddSignature("aten::mul", {tensor, tensor}, {tensor});
  const uint32_t add = builder.AddSignature("aten::add", {tensor, tensor}, {tensor});
  builder.AddOperator(mul, trace::Operator::kNoParent, -1, -1, {1, 2, 3});
  builder.AddOperator(add, trace::Operator::kNoParent, -1, -1, {3, 4, 5});
  const v1::ProfileReport report = Profile(builder.trace(), "tpu-v6e");
  ASSERT_EQ(report.kernels_size(), 1);
  EXPECT_EQ(KernelName(report.kernels(0)), "aten::mul + aten::add");
}

TEST(ProfileTest, WhatCannotRunSaysWhy) {
  TraceBuilder builder = Products();
  const v1::ProfileReport report = Profile(builder.trace(), "anton3");
  EXPECT_EQ(report.verdict(), v1::VERDICT_UNSUPPORTED);
  EXPECT_TRUE(report.kernels().empty());
  EXPECT_THAT(ProfileText(report), HasSubstr("unsupported, aten::mm: deshaw-anton3 runs molecular dynamics only"));
}

TEST(ProfileTableTest, NamesOfStrangersAreText) {
  TraceBuilder builder;
  builder.trace().name = "=cmd()\x1b[31m";
  builder.trace().signatures.push_back(
      Op("aten::add").In(kBf16, {4096, 4096}).In(kBf16, {4096, 4096}).Out(kBf16, {4096, 4096}));
  builder.AddOperator(0);
  v1::ProfileReport report = Profile(builder.trace(), "h100-sxm");
  report.mutable_kernels(0)->set_names(0, "=evil,\"x\"");
  EXPECT_THAT(ProfileText(report), Not(HasSubstr("\x1b")));
  const std::vector<std::string> lines = absl::StrSplit(ProfileCsv(report), '\n');
  EXPECT_THAT(lines[1], ContainsRegex("^nvidia-h100-sxm,\"'=evil,\"\"x\"\"\",elementwise,"));
}

}  // namespace
}  // namespace sandglass::report
