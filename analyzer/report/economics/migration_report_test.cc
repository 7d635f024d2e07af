#include <cmath>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "analyzer/economics/scenario_protos.h"
#include "analyzer/economics/workload_fixture.h"
#include "analyzer/report/economics/documents.h"
#include "analyzer/report/economics/reports.h"
#include "analyzer/report/result_document.h"
#include "analyzer/silicon/catalog.h"
#include "gmock/gmock.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "gtest/gtest.h"

namespace sandglass::report {
namespace {

using absl::StrContains;
using ::sandglass::testing::AddAttention;
using ::sandglass::testing::AddProducts;
using ::sandglass::testing::AddScans;
using ::sandglass::testing::TraceBuilder;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const silicon::Catalog& TheCatalog() {
  static const auto* const catalog = new silicon::Catalog(*silicon::Catalog::Embedded());
  return *catalog;
}

const silicon::SiliconClass* Class(const std::string& id) { return *TheCatalog().Find(id); }

NamedTrace Named(TraceBuilder& builder, const std::string& name) {
  builder.trace().name = name;
  return {.trace = std::make_shared<trace::Trace>(builder.trace()), .path = "traces[0]"};
}

NamedTrace Products() {
  TraceBuilder builder;
  AddProducts(builder, 8192, 10);
  return Named(builder, "products");
}

NamedTrace Scans() {
  TraceBuilder builder;
  AddProducts(builder, 8192, 10);
  AddScans(builder, 4096, 100);
  return Named(builder, "scans");
}

// The default scenario with every assumption at its middle, so that nothing is spread.
v1::Scenario Points() {
  auto scenario = economics::WithDefaults({});
  EXPECT_TRUE(scenario.ok()) << scenario.status();
  google::protobuf::Message& migration = *scenario->mutable_migration();
  for (int i = 0; i < migration.GetDescriptor()->field_count(); ++i) {
    auto& assumption = dynamic_cast<v1::Assumption&>(
        *migration.GetReflection()->MutableMessage(&migration, migration.GetDescriptor()->field(i)));
    if (assumption.has_triangular()) assumption.set_value(assumption.triangular().mode());
    if (assumption.has_lognormal()) assumption.set_value(assumption.lognormal().median());
  }
  return *scenario;
}

v1::Scenario PointsWithUnits(double units) {
  v1::Scenario scenario = Points();
  v1::Assumption& assumption = *scenario.mutable_equivalence()->mutable_successor_units();
  assumption.set_value(units);
  assumption.set_unit("ratio");
  assumption.set_source("test");
  return scenario;
}

MigrationQuestion Question(const std::string& from, const std::string& to, NamedTrace trace = Products()) {
  MigrationQuestion question;
  question.traces = {std::move(trace)};
  question.from = Class(from);
  question.to = Class(to);
  return question;
}

v1::MigrationReport Report(const MigrationQuestion& question, const v1::Scenario& scenario = Points()) {
  auto report = BuildMigrationReport(question, TheCatalog(), scenario);
  EXPECT_TRUE(report.ok()) << report.status();
  return report.ok() ? *std::move(report) : v1::MigrationReport();
}

// No ends apart from the value, and the number itself.
double Point(const v1::Estimate& estimate) {
  EXPECT_EQ(estimate.low(), estimate.value());
  EXPECT_EQ(estimate.high(), estimate.value());
  return estimate.value();
}

TEST(MigrationReportTest, CostsByHand) {
  const v1::MigrationReport report = Report(Question("nvidia-h100-sxm", "google-tpu-v5p"));
  EXPECT_EQ(report.verdict(), v1::VERDICT_SUPPORTED);
  EXPECT_EQ(report.from_class(), "nvidia-h100-sxm");
  EXPECT_EQ(report.to_class(), "google-tpu-v5p");
  EXPECT_THAT(report.traces(), ElementsAre("products"));
  const double from = report.annual_from().value();
  const double to = report.annual_to().value();
  // Products need no kernel, but another vendor's stack wants the model's own code: 618 lines at 350 a week, at
  // USD 40,000 a month of 365/7/12 weeks.
  ASSERT_EQ(report.kernels_size(), 1);
  EXPECT_EQ(report.kernels(0).op_class(), "model");
  EXPECT_THAT(report.kernels(0).traces(), ElementsAre("products"));
  const double months = 618 / (350 * 365.0 / 7 / 12);
  EXPECT_NEAR(Point(report.person_months()), months, 1e-5 * months);
  EXPECT_NEAR(Point(report.labour()), 40000 * months, 1e-5 * 40000 * months);
  EXPECT_NEAR(Point(report.revalidation()), 0.035 * to, 1e-5 * to);
  EXPECT_NEAR(Point(report.dual_running()), 0.25 * to, 1e-5 * to);
  EXPECT_NEAR(Point(report.downtime()), 7.0 / 365 * from, 1e-5 * from);
  // Computers bought for 0.7 of a billion two years ago, written off over five.
  EXPECT_NEAR(Point(report.resale()), 0.45 * 0.7e9, 1);
  EXPECT_NEAR(Point(report.book_value()), 0.6 * 0.7e9, 1);
  const double sum = report.labour().value() + report.revalidation().value() + report.dual_running().value() +
                     report.downtime().value() - report.resale().value();
  EXPECT_NEAR(Point(report.go_forward()), sum, 1e-5 * std::abs(sum) + 1e4);
  EXPECT_NEAR(Point(report.accounting()), sum + 0.6 * 0.7e9, 1e4);
  EXPECT_EQ(Point(report.functional_lag_days()), 30);
  EXPECT_EQ(Point(report.performance_lag_days()), 30);
  EXPECT_EQ(Point(report.lag_waste()), 0);
}

TEST(MigrationReportTest, PaybackIsOfWhatEndsWithTheMove) {
  const v1::MigrationReport report = Report(Question("nvidia-a100-sxm-80gb", "google-tpu-v5p"));
  const double saved = report.avoidable_from().value() - report.annual_to().value();
  const double saved_accounting = report.annual_from().value() - report.annual_to().value();
  EXPECT_LT(report.avoidable_from().value(), report.annual_from().value());
  EXPECT_EQ(report.has_payback_years(), saved > 0);
  const std::string text = Render(MigrationDocument(report), DocumentFormat::kText);
  EXPECT_EQ(StrContains(text, "It never pays for itself"), saved <= 0) << text;
  ASSERT_GT(saved_accounting, 0);
  ASSERT_TRUE(report.has_accounting_payback_years());
  EXPECT_NEAR(Point(report.accounting_payback_years()), report.accounting().value() / saved_accounting, 1e-3);
}

TEST(MigrationReportTest, RangesAreOverTheAssumptions) {
  const v1::MigrationReport report =
      Report(Question("nvidia-h100-sxm", "google-tpu-v5p", Scans()), *economics::WithDefaults({}));
  for (const v1::Estimate& estimate :
       {report.person_months(), report.labour(), report.revalidation(), report.dual_running(), report.downtime(),
        report.resale(), report.go_forward()}) {
    EXPECT_LT(estimate.low(), estimate.value());
    EXPECT_GT(estimate.high(), estimate.value());
    EXPECT_EQ(estimate.provenance(), v1::ESTIMATE_PROVENANCE_ASSUMED);
    EXPECT_THAT(estimate.assumptions(), ElementsAre("migration"));
  }
  // The scan is to be written, and until then it runs slowly.
  ASSERT_EQ(report.kernels_size(), 2);
  EXPECT_EQ(report.kernels(0).op_class(), "selective_scan");
  EXPECT_EQ(report.kernels(0).language(), "Pallas");
  EXPECT_EQ(report.kernels(0).support(), v1::SUPPORT_DECOMPOSED);
  EXPECT_GT(report.lag_waste().value(), 0);
  EXPECT_GT(report.performance_lag_days().value(), report.functional_lag_days().value());
}

TEST(MigrationReportTest, TheSameClassNeedsASuccessor) {
  MigrationQuestion question = Question("nvidia-h100-sxm", "nvidia-h100-sxm");
  const auto same = BuildMigrationReport(question, TheCatalog(), Points());
  EXPECT_EQ(same.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(absl::StartsWith(same.status().message(), "to_class is nvidia-h100-sxm, where the work is already"))
      << same.status();
  question.successors = {Scans()};
  const auto undeclared = BuildMigrationReport(question, TheCatalog(), Points());
  EXPECT_EQ(undeclared.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(absl::StartsWith(undeclared.status().message(), "equivalence.successor_units is not declared"))
      << undeclared.status();
  const v1::MigrationReport report = Report(question, PointsWithUnits(3));
  EXPECT_THAT(report.successor_traces(), ElementsAre("scans"));
  // The machines stay, and nothing of them is sold or written off.
  EXPECT_EQ(report.resale().value(), 0);
  EXPECT_EQ(report.book_value().value(), 0);
  EXPECT_EQ(report.avoidable_from().value(), report.annual_from().value());
  // Thrice as many units are three times as dear as one each.
  EXPECT_NEAR(report.annual_to().value() / Report(question, PointsWithUnits(1)).annual_to().value(), 3, 1e-4);
}

TEST(MigrationReportTest, ATargetThatCannotDoItHasNoNumbers) {
  const v1::MigrationReport report = Report(Question("nvidia-h100-sxm", "deshaw-anton3"));
  EXPECT_EQ(report.verdict(), v1::VERDICT_UNSUPPORTED);
  EXPECT_TRUE(absl::StartsWith(report.reason(), "products: ")) << report.reason();
  EXPECT_FALSE(report.has_labour() || report.has_go_forward() || report.has_annual_to() || report.has_annual_from());
  EXPECT_EQ(report.kernels_size(), 0);
  const std::string text = Render(MigrationDocument(report), DocumentFormat::kText);
  EXPECT_TRUE(StrContains(text, "deshaw-anton3 cannot do the work: unsupported")) << text;
  EXPECT_FALSE(StrContains(text, "labour")) << text;
}

TEST(MigrationReportTest, AClosedStackHasNoLabourAndNoDate) {
  TraceBuilder builder;
  AddProducts(builder, 1024, 10);
  AddAttention(builder, 100);
  ASSERT_TRUE(Class("groq-lpu-v1")->stacks[0].kernel_language.empty());
  const v1::MigrationReport report = Report(Question("nvidia-h100-sxm", "groq-lpu-v1", Named(builder, "attention")));
  ASSERT_EQ(report.verdict(), v1::VERDICT_SUPPORTED) << report.reason();
  ASSERT_GE(report.kernels_size(), 1);
  EXPECT_EQ(report.kernels(0).op_class(), "attention");
  EXPECT_EQ(report.kernels(0).language(), "");
  EXPECT_TRUE(report.has_annual_to());
  EXPECT_FALSE(report.has_labour() || report.has_person_months() || report.has_go_forward() ||
               report.has_performance_lag_days());
  EXPECT_THAT(report.warnings(), Contains(HasSubstr("users cannot write kernels for stack groqflow")));
  const std::string text = Render(MigrationDocument(report), DocumentFormat::kText);
  EXPECT_TRUE(StrContains(text, "in no language that users have")) << text;
}

TEST(MigrationReportTest, WhatHasNoCostIsNoPlaceToLeave) {
  const auto report = BuildMigrationReport(Question("deshaw-anton3", "nvidia-h100-sxm"), TheCatalog(), Points());
  EXPECT_EQ(report.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(absl::StartsWith(report.status().message(), "traces[0]: deshaw-anton3: cannot run products"))
      << report.status();
}

TEST(MigrationReportTest, MatrixHasEveryMoveAmongTheClasses) {
  MigrationQuestion question = Question("nvidia-h100-sxm", "google-tpu-v5p", Scans());
  const std::vector<std::string> ids = {"nvidia-h100-sxm", "google-tpu-v5p", "amd-mi300x", "aws-trainium2"};
  for (const std::string& id : ids) question.matrix.push_back(Class(id));
  const v1::MigrationReport report = Report(question);
  EXPECT_EQ(report.matrix_size(), 4 * 3);
  std::set<std::pair<std::string, std::string>> moves;
  for (const v1::MigrationCell& cell : report.matrix()) {
    EXPECT_NE(cell.from_class(), cell.to_class());
    EXPECT_TRUE(moves.emplace(cell.from_class(), cell.to_class()).second);
    EXPECT_EQ(cell.verdict(), v1::VERDICT_SUPPORTED);
    EXPECT_TRUE(cell.has_go_forward_years()) << cell.ShortDebugString();
    EXPECT_EQ(cell.go_forward_years().unit(), "year");
    EXPECT_EQ(cell.cost_ratio().unit(), "ratio");
    // The one that was asked for, in years of today's cost.
    if (cell.from_class() == report.from_class() && cell.to_class() == report.to_class()) {
      EXPECT_NEAR(cell.go_forward_years().value(), report.go_forward().value() / report.annual_from().value(), 1e-4);
      EXPECT_NEAR(cell.cost_ratio().value(), report.annual_to().value() / report.annual_from().value(), 1e-4);
    }
  }
  // There and back again multiply to at least 1, for ports make nothing slower.
  const auto ratio = [&](const std::string& from, const std::string& to) {
    for (const v1::MigrationCell& cell : report.matrix()) {
      if (cell.from_class() == from && cell.to_class() == to) return cell.cost_ratio().value();
    }
    return 0.0;
  };
  for (const auto& [from, to] : moves) EXPECT_LE(ratio(from, to) * ratio(to, from), 1 + 1e-4) << from << to;
}

TEST(MigrationReportTest, MatrixSaysWhatItLeavesOut) {
  MigrationQuestion question = Question("nvidia-h100-sxm", "google-tpu-v5p");
  for (const char* id : {"nvidia-h100-sxm", "google-tpu-v5p", "deshaw-anton3"}) question.matrix.push_back(Class(id));
  const v1::MigrationReport report = Report(question);
  // Two rows of two cells; of the third class there is no row, and its column has no numbers.
  ASSERT_EQ(report.matrix_size(), 4);
  for (const v1::MigrationCell& cell : report.matrix()) {
    EXPECT_NE(cell.from_class(), "deshaw-anton3");
    EXPECT_EQ(cell.has_go_forward_years(), cell.to_class() != "deshaw-anton3");
    EXPECT_EQ(cell.verdict() == v1::VERDICT_SUPPORTED, cell.to_class() != "deshaw-anton3");
  }
  EXPECT_THAT(report.warnings(), Contains(HasSubstr("deshaw-anton3 has no row in the matrix")));
  // Where the model moves too, staying on the class is a move.
  question.successors = {Scans()};
  EXPECT_EQ(Report(question, PointsWithUnits(1)).matrix_size(), 6);
}

TEST(MigrationReportTest, LaunchBoundTracesAreNamed) {
  TraceBuilder builder;
  AddProducts(builder, 16, 1000);
  const v1::MigrationReport report = Report(Question("nvidia-h100-sxm", "amd-mi300x", Named(builder, "tiny")));
  EXPECT_THAT(report.warnings(), Contains("tiny is launch-bound on amd-mi300x: its cost there ranks nothing"));
  EXPECT_THAT(Report(Question("nvidia-h100-sxm", "amd-mi300x")).warnings(), ::testing::IsEmpty());
}

TEST(MigrationReportTest, TheSameQuestionGivesTheSameBytes) {
  const v1::Scenario scenario = *economics::WithDefaults({});
  const MigrationQuestion question = Question("nvidia-h100-sxm", "google-tpu-v5p", Scans());
  EXPECT_EQ(Report(question, scenario).SerializeAsString(), Report(question, scenario).SerializeAsString());
  v1::Scenario other = scenario;
  other.set_seed(2);
  EXPECT_NE(Report(question, scenario).go_forward().value(), Report(question, other).go_forward().value());
}

}  // namespace
}  // namespace sandglass::report
