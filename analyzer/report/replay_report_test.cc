#include "analyzer/report/replay_report.h"

#include <gmock/gmock.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include <cmath>

#include "analyzer/replay/trace_fixture.h"

namespace sandglass::report {
namespace {

using ::sandglass::testing::AddProductSignature;
using ::sandglass::testing::MakeTensor;
using ::sandglass::testing::TraceBuilder;
using ::testing::HasSubstr;

const silicon::Catalog& TheCatalog() {
  static const auto* const catalog = new silicon::Catalog(*silicon::Catalog::Embedded());
  return *catalog;
}

std::vector<const silicon::SiliconClass*> AllClasses() {
  std::vector<const silicon::SiliconClass*> classes;
  for (const silicon::SiliconClass& silicon : TheCatalog().classes()) classes.push_back(&silicon);
  return classes;
}

bool KeepGoing(int, int) { return true; }

TraceBuilder Products() {
  TraceBuilder builder;
  builder.trace().phase = trace::Phase::kInfer;
  builder.trace().work_done = {{trace::WorkUnit::kToken, 128}};
  const uint32_t mm = AddProductSignature(builder);
  for (int i = 0; i < 50; ++i) builder.AddOperator(mm, trace::Operator::kNoParent, 1000, 1000);
  return builder;
}

v1::ReplayReport Report(const trace::Trace& trace, const v1::ReplayOptions& options = {}) {
  auto report = BuildReplayReport(trace, TheCatalog(), AllClasses(), options, KeepGoing);
  EXPECT_TRUE(report.ok()) << report.status();
  return *std::move(report);
}

void ExpectWhole(const v1::Estimate& estimate, const std::string& what) {
  EXPECT_GT(estimate.value(), 0) << what;
  EXPECT_LE(estimate.low(), estimate.value()) << what;
  EXPECT_GE(estimate.high(), estimate.value()) << what;
  EXPECT_TRUE(std::isfinite(estimate.high())) << what;
  EXPECT_NE(estimate.provenance(), v1::ESTIMATE_PROVENANCE_UNSPECIFIED) << what;
  EXPECT_FALSE(estimate.unit().empty()) << what;
  EXPECT_FALSE(estimate.range_source().empty()) << what;
  EXPECT_EQ(estimate.provenance() == v1::ESTIMATE_PROVENANCE_ASSUMED, estimate.assumptions_size() > 0) << what;
}

TEST(ReplayReportTest, EveryClassAnswersWithGroundsOrWithAReason) {
  TraceBuilder builder = Products();
  const v1::ReplayReport report = Report(builder.trace());
  ASSERT_GE(report.classes_size(), 11);
  int supported = 0;
  for (const v1::ClassReplay& row : report.classes()) {
    if (row.verdict() != v1::VERDICT_SUPPORTED) {
      EXPECT_FALSE(row.reason().empty()) << row.silicon_class();
      EXPECT_FALSE(row.has_per_unit()) << row.silicon_class() << ": no number without support";
      continue;
    }
    ++supported;
    ExpectWhole(row.per_unit().seconds(), row.silicon_class() + " seconds");
    ExpectWhole(row.per_unit().joules(), row.silicon_class() + " joules");
    ExpectWhole(row.per_unit().usd(), row.silicon_class() + " usd");
    EXPECT_EQ(row.per_unit().seconds().unit(), "s/token");
    EXPECT_NEAR(row.per_unit().seconds().value() * 128, row.wall().value(), 1e-9 * row.wall().value());
    const v1::EnergyTerms& e = row.energy_terms();
    EXPECT_NEAR(e.idle_j() + e.matrix_j() + e.vector_j() + e.memory_j() + e.host_j() + e.facility_j(),
                row.energy().value(), 1e-9 * row.energy().value());
    const v1::CostTerms& c = row.cost_terms();
    EXPECT_NEAR(c.capital_usd() + c.hosting_usd() + c.energy_usd() + c.operations_usd() + c.rent_usd(),
                row.per_unit().usd().value(), 1e-9 * row.per_unit().usd().value());
  }
  EXPECT_GE(supported, 10);
}

TEST(ReplayReportTest, AnMdMachineRefusesProducts) {
  TraceBuilder builder = Products();
  const v1::ReplayReport report = Report(builder.trace());
  for (const v1::ClassReplay& row : report.classes()) {
    if (row.generality() != v1::GENERALITY_SINGLE_PURPOSE) continue;
    EXPECT_EQ(row.verdict(), v1::VERDICT_UNSUPPORTED);
    EXPECT_THAT(row.reason(), HasSubstr("molecular dynamics only"));
  }
}

TEST(ReplayReportTest, SameQuestionSameAnswerToTheBit) {
  TraceBuilder builder = Products();
  EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(Report(builder.trace()), Report(builder.trace())));
}

TEST(ReplayReportTest, OptionsAreWrittenOutAndUsed) {
  TraceBuilder builder = Products();
  const v1::ReplayReport base = Report(builder.trace());
  EXPECT_EQ(base.options().precision(), v1::PRECISION_POLICY_SOURCE);
  EXPECT_DOUBLE_EQ(base.options().utilization(), 0.7);
  v1::ReplayOptions options;
  options.set_pue(2.5);
  options.set_precision(v1::PRECISION_POLICY_FP8);
  const v1::ReplayReport other = Report(builder.trace(), options);
  for (int i = 0; i < base.classes_size(); ++i) {
    if (base.classes(i).verdict() != v1::VERDICT_SUPPORTED) continue;
    EXPECT_EQ(other.classes(i).precision(), v1::PRECISION_POLICY_FP8);
    EXPECT_LE(other.classes(i).wall().value(), base.classes(i).wall().value()) << base.classes(i).silicon_class();
  }
}

// A device may draw the cap and no more; classes that idle above it cannot, and those that state a clock say how far it
// fell.
TEST(ReplayReportTest, ACapOnPowerIsKeptByEveryClass) {
  TraceBuilder builder = Products();
  v1::ReplayOptions options;
  options.set_power_cap_w(150);
  const v1::ReplayReport report = Report(builder.trace(), options);
  EXPECT_EQ(report.options().power_cap_w(), 150);
  int clocked = 0;
  for (const v1::ClassReplay& row : report.classes()) {
    SCOPED_TRACE(row.silicon_class());
    if (row.verdict() != v1::VERDICT_SUPPORTED) continue;
    const v1::EnergyTerms& energy = row.energy_terms();
    const double joules = energy.idle_j() + energy.matrix_j() + energy.vector_j() + energy.memory_j();
    EXPECT_LE(joules / row.wall().value(), 150.0 * row.devices() * 1.001);
    if (!row.has_clock_share()) continue;
    ++clocked;
    EXPECT_GT(row.clock_share(), 0);
    EXPECT_LE(row.clock_share(), 1);
  }
  EXPECT_GE(clocked, 15);
}

TEST(ReplayReportTest, CoverageAndSourceTimeAreShown) {
  TraceBuilder builder = Products();
  builder.trace().operators[0].start_ns = 0;
  builder.trace().operators[49].start_ns = 999;  // ends 1 ns later: 1 us for 128 tokens
  const uint32_t mystery = builder.AddSignature("vendor::mystery", {}, {});
  builder.AddOperator(mystery, trace::Operator::kNoParent, 50000, 50000);
  const v1::ReplayReport report = Report(builder.trace());
  EXPECT_NEAR(report.source_seconds_per_unit().value(), 1e-6 / 128, 1e-15);
  EXPECT_EQ(report.source_seconds_per_unit().provenance(), v1::ESTIMATE_PROVENANCE_MEASURED);
  const v1::Coverage& coverage = report.classes(0).coverage();
  EXPECT_DOUBLE_EQ(coverage.time_share(), 0.5);
  ASSERT_EQ(coverage.unknown_size(), 1);
  EXPECT_EQ(coverage.unknown(0).name(), "vendor::mystery");
  ASSERT_GE(report.warnings_size(), 1);
  EXPECT_THAT(report.warnings(0), HasSubstr("50.00 % of the trace is not known"));
}

TEST(ReplayReportTest, ShapeRunsHaveNoSourceTime) {
  TraceBuilder builder = Products();
  builder.trace().shapes_only = true;
  EXPECT_FALSE(Report(builder.trace()).has_source_seconds_per_unit());
}

TEST(ReplayReportTest, BadOptionsAreNamed) {
  TraceBuilder builder = Products();
  const auto message = [&](void (*set)(v1::ReplayOptions&)) {
    v1::ReplayOptions options;
    set(options);
    const auto report = BuildReplayReport(builder.trace(), TheCatalog(), AllClasses(), options, KeepGoing);
    EXPECT_EQ(report.status().code(), absl::StatusCode::kInvalidArgument);
    return std::string(report.status().message());
  };
  EXPECT_EQ(message([](auto& o) { o.set_pue(0.5); }), "option pue is 0.5: it must be from 1 to 10");
  EXPECT_EQ(message([](auto& o) { o.set_power_cap_w(0); }), "option power_cap_w is 0: it must be from 1 to 100000");
  EXPECT_EQ(message([](auto& o) { o.set_utilization(0); }), "option utilization is 0: it must be from 0.001 to 1");
  EXPECT_EQ(message([](auto& o) { o.set_goodput(std::nan("")); }), "option goodput is nan: it must be from 0.001 to 1");
  EXPECT_THAT(message([](auto& o) { o.set_precision(static_cast<v1::PrecisionPolicy>(77)); }),
              HasSubstr("option precision is 77"));
}

TEST(ReplayReportTest, ATraceWithoutUnitsIsRefused) {
  TraceBuilder builder = Products();
  builder.trace().work_done.clear();
  const auto report = BuildReplayReport(builder.trace(), TheCatalog(), AllClasses(), {}, KeepGoing);
  EXPECT_THAT(std::string(report.status().message()), HasSubstr("counts no units of work"));
}

TEST(ReplayReportTest, ProgressCanCancel) {
  TraceBuilder builder = Products();
  int calls = 0;
  const auto report = BuildReplayReport(builder.trace(), TheCatalog(), AllClasses(), {},
                                        [&](int done, int) { return ++calls, done < 3; });
  EXPECT_EQ(report.status().code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(calls, 3);
}

TEST(ExplainTest, SlowestFirstWithTerms) {
  TraceBuilder builder = Products();
  const trace::Tensor t = MakeTensor({16}, trace::DataType::kBfloat16);
  builder.AddOperator(builder.AddSignature("aten::add", {t, t}, {t}));
  const silicon::SiliconClass& h100 = **TheCatalog().Find("nvidia-h100-sxm");
  const auto lines = ExplainOperators(builder.trace(), TheCatalog(), h100, {}, 0, 3);
  ASSERT_TRUE(lines.ok()) << lines.status();
  ASSERT_EQ(lines->size(), 3);
  EXPECT_EQ((*lines)[0].name(), "aten::mm");
  EXPECT_EQ((*lines)[0].work().matrix_flop(), 2.0 * 1024 * 1024 * 1024);
  EXPECT_GT((*lines)[0].time_terms().matrix_s(), 0);
  const auto one = ExplainOperators(builder.trace(), TheCatalog(), h100, {}, 51, 3);
  ASSERT_TRUE(one.ok());
  ASSERT_EQ(one->size(), 1);
  EXPECT_EQ((*one)[0].name(), "aten::add");
  EXPECT_EQ(ExplainOperators(builder.trace(), TheCatalog(), h100, {}, 999, 3).status().code(),
            absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace sandglass::report
