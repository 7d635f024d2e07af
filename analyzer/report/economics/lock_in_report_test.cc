#include <cmath>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "analyzer/economics/lock_in/shift_inputs.h"
#include "analyzer/economics/scenario_protos.h"
#include "analyzer/economics/workload_fixture.h"
#include "analyzer/report/economics/documents.h"
#include "analyzer/report/economics/reports.h"
#include "analyzer/report/result_document.h"
#include "analyzer/silicon/catalog.h"
#include "gmock/gmock.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "google/protobuf/util/message_differencer.h"
#include "gtest/gtest.h"

namespace sandglass::report {
namespace {

using absl::StrContains;
using ::sandglass::testing::AddAttention;
using ::sandglass::testing::AddPairForces;
using ::sandglass::testing::AddProducts;
using ::sandglass::testing::AddScans;
using ::sandglass::testing::TraceBuilder;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const silicon::Catalog& TheCatalog() {
  static const auto* const catalog = new silicon::Catalog(*silicon::Catalog::Embedded());
  return *catalog;
}

NamedTrace Named(TraceBuilder& builder, const std::string& name, const std::string& path) {
  builder.trace().name = name;
  return {.trace = std::make_shared<trace::Trace>(builder.trace()), .path = path};
}

// Attention today and scans after a shift, on a TPU v5e against the H100.
LockInQuestion Question() {
  TraceBuilder attention;
  AddProducts(attention, 8192, 10);
  AddAttention(attention, 20);
  TraceBuilder scans;
  AddProducts(scans, 8192, 10);
  AddScans(scans, 4096, 20);
  LockInQuestion question;
  question.incumbents = {Named(attention, "attention", "lock_in.incumbent[0]")};
  question.successors = {Named(scans, "scans", "lock_in.successor[0]")};
  question.specialised = *TheCatalog().Find("google-tpu-v5e");
  question.general = *TheCatalog().Find("nvidia-h100-sxm");
  return question;
}

v1::Scenario Defaults() {
  auto scenario = economics::WithDefaults({});
  EXPECT_TRUE(scenario.ok()) << scenario.status();
  scenario->set_paths(2000);
  return *scenario;
}

v1::LockInReport Report(const LockInQuestion& question, const v1::Scenario& scenario = Defaults()) {
  auto report = BuildLockInReport(question, TheCatalog(), scenario);
  EXPECT_TRUE(report.ok()) << report.status();
  return report.ok() ? *std::move(report) : v1::LockInReport();
}

const v1::LockInReport& TheReport() {
  static const auto* const report = new v1::LockInReport(Report(Question()));
  return *report;
}

// Calls `visit` for each message of a type below `message`, with its path.
template <typename Type>
void Walk(const google::protobuf::Message& message, const std::string& path,
          const std::function<void(const Type&, const std::string&)>& visit) {
  if (const auto* found = dynamic_cast<const Type*>(&message)) visit(*found, path);
  std::vector<const google::protobuf::FieldDescriptor*> fields;
  const auto* reflection = message.GetReflection();
  reflection->ListFields(message, &fields);
  for (const auto* field : fields) {
    if (field->cpp_type() != google::protobuf::FieldDescriptor::CPPTYPE_MESSAGE) continue;
    const std::string below = absl::StrCat(path, ".", std::string(field->name()));
    if (!field->is_repeated()) {
      Walk<Type>(reflection->GetMessage(message, field), below, visit);
      continue;
    }
    for (int i = 0; i < reflection->FieldSize(message, field); ++i) {
      Walk<Type>(reflection->GetRepeatedMessage(message, field, i), absl::StrCat(below, "[", i, "]"), visit);
    }
  }
}

TEST(LockInReportTest, EveryEstimateHasAUnitAndAGround) {
  int count = 0;
  Walk<v1::Estimate>(TheReport(), "report", [&](const v1::Estimate& estimate, const std::string& path) {
    ++count;
    EXPECT_FALSE(estimate.unit().empty()) << path;
    EXPECT_NE(estimate.provenance(), v1::ESTIMATE_PROVENANCE_UNSPECIFIED) << path;
    EXPECT_TRUE(std::isfinite(estimate.value())) << path;
    if (estimate.has_low()) {
      EXPECT_LE(estimate.low(), estimate.value()) << path;
    }
    if (estimate.has_high()) {
      EXPECT_GE(estimate.high(), estimate.value()) << path;
    }
  });
  EXPECT_GE(count, static_cast<int>(economics::kInputCount) + 30);
}

TEST(LockInReportTest, SaysWhatItWasAsked) {
  const v1::LockInReport& report = TheReport();
  EXPECT_EQ(report.report_version(), 1);
  EXPECT_EQ(report.catalog_digest(), TheCatalog().digest_hex());
  EXPECT_EQ(report.specialised_class(), "google-tpu-v5e");
  EXPECT_EQ(report.general_class(), "nvidia-h100-sxm");
  EXPECT_THAT(report.incumbent_traces(), ElementsAre("attention"));
  EXPECT_THAT(report.successor_traces(), ElementsAre("scans"));
  for (const char* part : {"google-tpu-v5e", "nvidia-h100-sxm"}) {
    EXPECT_TRUE(StrContains(report.verdict(), part)) << report.verdict();
  }
  EXPECT_EQ(report.verdict(), VerdictText(report));
}

TEST(LockInReportTest, EchoesTheWholeScenario) {
  v1::Scenario expected = Defaults();
  v1::ReplayOptions& replay = *expected.mutable_replay();
  replay.set_mode(v1::REPLAY_MODE_PREDICT);
  replay.set_pue(1.25);
  replay.set_utilization(0.7);
  replay.set_goodput(0.9);
  replay.set_electricity_usd_per_kwh(0.0826);
  std::string difference;
  google::protobuf::util::MessageDifferencer differencer;
  differencer.ReportDifferencesToString(&difference);
  EXPECT_TRUE(differencer.Compare(expected, TheReport().scenario())) << difference;
  // All of it shows in the document.
  const ResultSection section = AssumptionsSection(TheReport().scenario());
  std::set<std::string> items;
  for (const ResultRow& row : section.rows) {
    items.insert(row.item);
    EXPECT_FALSE(row.note.empty()) << row.item;
    EXPECT_FALSE(row.unit.empty()) << row.item;
    EXPECT_TRUE(row.value.has_value()) << row.item;
  }
  int assumptions = 0;
  Walk<v1::Assumption>(expected, "", [&](const v1::Assumption&, const std::string& path) {
    ++assumptions;
    EXPECT_EQ(items.count(path.substr(1)), 1) << path;
  });
  EXPECT_EQ(assumptions, static_cast<int>(items.size()));
}

TEST(LockInReportTest, PartsAgree) {
  const v1::LockInReport& report = TheReport();
  ASSERT_EQ(report.inputs_size(), static_cast<int>(economics::kInputCount));
  const auto input = [&](const std::string& name) {
    for (const v1::LockInInput& one : report.inputs()) {
      if (one.name() == name) return one.figure();
    }
    ADD_FAILURE() << name;
    return v1::Estimate();
  };
  EXPECT_EQ(input("relative_cost").SerializeAsString(), report.relative_cost().SerializeAsString());
  EXPECT_EQ(input("hazard").SerializeAsString(), report.hazard().SerializeAsString());
  EXPECT_NEAR(report.retained_specialised().value(),
              report.advantage_kept().value() * report.retained_general().value(), 1e-5);
  // At the first hazard where both cost the same an interval ends, or begins.
  ASSERT_EQ(report.breakeven_hazards_size(), 1);
  ASSERT_EQ(report.specialised_wins_size(), 1);
  EXPECT_EQ(report.specialised_wins(0).from(), 0);
  EXPECT_EQ(report.specialised_wins(0).to(), report.breakeven_hazards(0).value());
  EXPECT_GT(report.expected_general().value(), report.expected_specialised().value()) << "the belief is below it";
  // Both lack the scan, one of them today already.
  for (const v1::MigrationReport* move : {&report.move_specialised(), &report.move_general()}) {
    ASSERT_GE(move->kernels_size(), 1) << move->to_class();
    EXPECT_EQ(move->from_class(), move->to_class());
    EXPECT_THAT(move->traces(), ElementsAre("attention"));
    EXPECT_THAT(move->successor_traces(), ElementsAre("scans"));
  }
  EXPECT_EQ(report.move_specialised().to_class(), "google-tpu-v5e");
  // Five years by quarters, in dollars: never more than the computers cost, and no more default than certain.
  ASSERT_EQ(report.stranded_capital_size(), 20);
  ASSERT_EQ(report.default_probability_size(), 20);
  double last = 0;
  for (int i = 0; i < 20; ++i) {
    EXPECT_DOUBLE_EQ(report.stranded_capital(i).years(), 0.25 * (i + 1));
    EXPECT_LE(report.stranded_capital(i).p95(), 0.7e9);
    EXPECT_GE(report.default_probability(i).y(), last);
    last = report.default_probability(i).y();
  }
  EXPECT_LE(last, 1);
  EXPECT_EQ(report.mixes_size(), 11);
  EXPECT_EQ(report.portability_size(), 2);
  EXPECT_EQ(report.covered_size(), 2);
  EXPECT_EQ(report.market_notes_size(), 2);
  EXPECT_GE(report.observed_prices_size(), 1);
  EXPECT_THAT(report.launch_bound(), IsEmpty());
  EXPECT_THAT(report.warnings(), Contains(HasSubstr("no equivalence of units is declared")));
}

TEST(LockInReportTest, ComputersAreStrandedAndTheirBuildingIsNot) {
  v1::Scenario scenario = Defaults();
  *scenario.mutable_stranding()->mutable_it_share() = economics::StatedValue(0.35, "ratio", "half of the default");
  const v1::LockInReport report = Report(Question(), scenario);
  ASSERT_GT(TheReport().stranded_capital(19).mean(), 0);
  for (int i = 0; i < 20; ++i) {
    EXPECT_NEAR(report.stranded_capital(i).mean(), TheReport().stranded_capital(i).mean() / 2,
                1e-5 * TheReport().stranded_capital(i).mean());
    EXPECT_NEAR(report.stranded_capital_general(i).p95(), TheReport().stranded_capital_general(i).p95() / 2,
                1e-5 * TheReport().stranded_capital_general(i).p95());
  }
}

TEST(LockInReportTest, ATenantHasNothingToStrandAndStillDefaults) {
  v1::Scenario scenario = Defaults();
  scenario.mutable_replay()->set_cost_basis(v1::COST_BASIS_RENTED);
  const v1::LockInReport report = Report(Question(), scenario);
  EXPECT_EQ(report.stranded_capital_size() + report.stranded_capital_general_size() + report.resale_size(), 0);
  EXPECT_EQ(report.default_probability_size(), 20);
  EXPECT_EQ(report.in_default_probability_general_size(), 20);
  EXPECT_THAT(report.warnings(), Contains(HasSubstr("a tenant has no capital to be stranded")));
}

TEST(LockInReportTest, ATornadoRowForEveryInputThatIsSpread) {
  std::set<std::string> spread;
  for (const v1::LockInInput& input : TheReport().inputs()) {
    if (input.figure().has_low()) spread.insert(input.name());
  }
  std::set<std::string> rows;
  for (const v1::Sensitivity& row : TheReport().tornado()) {
    rows.insert(row.input());
    EXPECT_FALSE(row.unit().empty()) << row.input();
    EXPECT_LT(row.low(), row.high()) << row.input();
  }
  EXPECT_EQ(rows, spread);
}

TEST(LockInReportTest, BelowTheFloorThereAreNoNumbers) {
  LockInQuestion question = Question();
  TraceBuilder gaps;
  AddProducts(gaps, 8192, 3);
  gaps.AddOperator(gaps.AddSignature("vendor::mystery", {}, {}));
  question.successors.push_back(Named(gaps, "gaps", "lock_in.successor[1]"));
  v1::Scenario scenario = Defaults();
  // Of two operators of the trace one is known: entries count by their occurrences, so 3 of 4.
  scenario.mutable_replay()->set_coverage_floor(0.76);
  const v1::LockInReport report = Report(question, scenario);
  EXPECT_DOUBLE_EQ(report.least_coverage(), 0.75);
  EXPECT_THAT(report.warnings(), ElementsAre(HasSubstr("the work of 75 % is known, less than the floor of 76 %")));
  int estimates = 0;
  Walk<v1::Estimate>(report, "", [&](const v1::Estimate&, const std::string&) { ++estimates; });
  EXPECT_EQ(estimates, 0);
  EXPECT_EQ(report.verdict(), "");
  EXPECT_EQ(report.inputs_size() + report.stranded_capital_size() + report.mixes_size(), 0);
  const ResultDocument document = LockInDocument(report);
  EXPECT_TRUE(document.sections.empty());
  EXPECT_TRUE(StrContains(document.answer, "too little is known")) << document.answer;
  scenario.mutable_replay()->set_coverage_floor(0.75);
  EXPECT_EQ(Report(question, scenario).inputs_size(), static_cast<int>(economics::kInputCount));
}

TEST(LockInReportTest, LaunchBoundTracesAreNamed) {
  LockInQuestion question = Question();
  TraceBuilder tiny;
  AddProducts(tiny, 16, 1000);
  question.incumbents = {Named(tiny, "tiny", "lock_in.incumbent[0]")};
  const v1::LockInReport report = Report(question);
  EXPECT_THAT(report.launch_bound(), Contains("tiny on nvidia-h100-sxm"));
  EXPECT_THAT(report.launch_bound(), ::testing::Not(Contains(HasSubstr("scans on nvidia"))));
  EXPECT_TRUE(absl::StartsWith(report.verdict(), "These traces rank nothing")) << report.verdict();
}

TEST(LockInReportTest, SeedsAndBytes) {
  v1::Scenario scenario = Defaults();
  EXPECT_EQ(Report(Question()).SerializeAsString(), TheReport().SerializeAsString());
  scenario.set_seed(2);
  const v1::LockInReport other = Report(Question(), scenario);
  EXPECT_NE(other.stranded_capital(19).mean(), TheReport().stranded_capital(19).mean());
  EXPECT_EQ(other.advantage_kept().value(), TheReport().advantage_kept().value()) << "a replay has no seed";
}

TEST(LockInReportTest, ErrorsNameTheField) {
  const auto error = [](const LockInQuestion& question, const v1::Scenario& scenario) {
    const auto report = BuildLockInReport(question, TheCatalog(), scenario);
    EXPECT_EQ(report.status().code(), absl::StatusCode::kInvalidArgument) << report.status();
    return std::string(report.status().message());
  };
  LockInQuestion question = Question();
  question.general = question.specialised;
  EXPECT_TRUE(absl::StartsWith(error(question, Defaults()), "lock_in.general_class is google-tpu-v5e, which is the"));
  question = Question();
  question.incumbents.clear();
  EXPECT_EQ(error(question, Defaults()), "lock_in.incumbent is empty: name at least one trace");
  question = Question();
  question.successors[0].weight = -2;
  EXPECT_EQ(error(question, Defaults()), "lock_in.successor[0].weight is -2: it must be above 0 and finite");
  question = Question();
  question.specialised = *TheCatalog().Find("deshaw-anton3");
  EXPECT_TRUE(
      absl::StartsWith(error(question, Defaults()), "lock_in.incumbent[0] is attention, which is not molecular"));
  v1::Scenario scenario = Defaults();
  scenario.mutable_lock_in()->mutable_hazard()->set_value(-1);
  EXPECT_TRUE(absl::StartsWith(error(Question(), scenario), "lock_in.hazard.value is -1: it must be at least 0"));
  scenario = Defaults();
  scenario.mutable_replay()->set_stack("magic");
  EXPECT_TRUE(absl::StartsWith(error(Question(), scenario), "option stack is \"magic\": google-tpu-v5e has none"));
}

TEST(LockInReportTest, AMachineForMolecularDynamicsAgainstAGpu) {
  TraceBuilder small;
  AddPairForces(small, 20000, 1000);
  TraceBuilder large;
  AddPairForces(large, 200000, 1000);
  LockInQuestion question;
  question.incumbents = {Named(small, "small", "lock_in.incumbent[0]")};
  question.successors = {Named(large, "large", "lock_in.successor[0]")};
  question.specialised = *TheCatalog().Find("deshaw-anton3");
  question.general = *TheCatalog().Find("nvidia-h100-sxm");
  v1::Scenario scenario = Defaults();
  scenario.mutable_lock_in()->set_kernels(v1::SUCCESSOR_KERNELS_AS_TODAY);
  const v1::LockInReport report = Report(question, scenario);
  EXPECT_GT(report.relative_cost().value(), 0);
  EXPECT_GT(report.advantage_kept().value(), 0);
  EXPECT_THAT(report.market_notes(), Contains(HasSubstr("deshaw-anton3: no market was found")));
}

}  // namespace
}  // namespace sandglass::report
