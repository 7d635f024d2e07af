#include <algorithm>
#include <string>
#include <variant>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "analyzer/ops/signature_builder.h"
#include "analyzer/replay/trace_fixture.h"
#include "analyzer/report/replay_report.h"
#include "analyzer/silicon/catalog.h"
#include "gmock/gmock.h"
#include "google/protobuf/util/message_differencer.h"
#include "gtest/gtest.h"

namespace sandglass::report {
namespace {

using ops::kBf16;
using ops::kF32;
using ops::kI64;
using ops::Op;
using ::sandglass::testing::TraceBuilder;
using ::testing::ElementsAre;

const silicon::Catalog& TheCatalog() {
  static const auto* const catalog = new silicon::Catalog(*silicon::Catalog::Embedded());
  return *catalog;
}

std::vector<const silicon::SiliconClass*> AllClasses() {
  std::vector<const silicon::SiliconClass*> classes;
  for (const silicon::SiliconClass& silicon : TheCatalog().classes()) classes.push_back(&silicon);
  return classes;
}

std::vector<const silicon::SiliconClass*> Only(const char* id) { return {*TheCatalog().Find(id)}; }

void Add(TraceBuilder& builder, const trace::Signature& signature) {
  builder.trace().signatures.push_back(signature);
  builder.AddOperator(static_cast<uint32_t>(builder.trace().signatures.size() - 1));
}

trace::Signature Scan() {
  return Op("sandglass::selective_scan")
      .In(kF32, {1, 256, 64})
      .In(kF32, {1, 256, 64})
      .In(kF32, {256, 16})
      .In(kF32, {1, 16, 64})
      .In(kF32, {1, 16, 64})
      .In(kF32, {256})
      .Out(kF32, {1, 256, 64});
}

// One operator of each kind that stacks treat differently.
TraceBuilder Mixture() {
  TraceBuilder builder;
  builder.trace().content_digest_hex = "abc";
  Add(builder, Op("aten::mm").In(kBf16, {512, 512}).In(kBf16, {512, 512}).Out(kBf16, {512, 512}));
  Add(builder, Op("aten::mm").In(trace::DataType::kFloat64, {64, 64}).In(trace::DataType::kFloat64, {64, 64}));
  Add(builder, Op("aten::_softmax").In(kF32, {64, 512}).Int("dim", 1).Out(kF32, {64, 512}));
  Add(builder, Op("aten::native_layer_norm")
                   .In(kF32, {64, 512})
                   .Ints("normalized_shape", {512})
                   .In(kF32, {512})
                   .In(kF32, {512})
                   .Out(kF32, {64, 512}));
  Add(builder, Op("aten::add").In(kF32, {64, 512}).In(kF32, {64, 512}).Out(kF32, {64, 512}));
  Add(builder, Op("aten::sort").In(kF32, {64, 512}).Int("dim", -1));
  Add(builder, Op("aten::erfinv").In(kF32, {64, 512}).Out(kF32, {64, 512}));
  Add(builder, Op("aten::index_select").In(kF32, {64, 512}).Int("dim", 0).In(kI64, {8}));
  Add(builder, Scan());
  return builder;
}

v1::CoverageReport Report(const trace::Trace& trace, const std::vector<const silicon::SiliconClass*>& classes,
                          const v1::ReplayOptions& options = {}) {
  auto report = BuildCoverageReport(trace, TheCatalog(), classes, options);
  EXPECT_TRUE(report.ok()) << report.status();
  return report.ok() ? *std::move(report) : v1::CoverageReport();
}

// Of what does not run natively: how, on what evidence, from where.
void ExpectGrounds(const v1::ClassCoverage& row) {
  for (const v1::OperatorCoverage& entry : row.operators()) {
    const std::string what = absl::StrCat(row.silicon_class(), ", ", row.stack(), ": ", entry.name());
    EXPECT_NE(entry.support(), v1::SUPPORT_UNSPECIFIED) << what;
    EXPECT_NE(entry.support(), v1::SUPPORT_NATIVE) << what;
    // Only of what nothing is known nothing needs to be said.
    EXPECT_TRUE(entry.evidence() != v1::EVIDENCE_KIND_UNSPECIFIED || entry.support() == v1::SUPPORT_UNKNOWN) << what;
    EXPECT_EQ(entry.source().title().empty(), entry.evidence() == v1::EVIDENCE_KIND_UNSPECIFIED) << what;
    EXPECT_GE(entry.count(), 1) << what;
    EXPECT_EQ(entry.has_retained() && entry.retained() == 0, entry.support() == v1::SUPPORT_UNSUPPORTED) << what;
  }
  for (const v1::PortItem& item : row.port()) EXPECT_GE(item.names_size(), 1) << row.silicon_class();
}

// Shares add up to 1, and retained is 1 / sum(f / rho) of what the report itself says.
void ExpectSums(const v1::ClassCoverage& row, uint64_t operators) {
  double sum = 0;
  uint64_t count = 0;
  double native = 0;
  for (const v1::SupportShare& share : row.shares()) {
    sum += share.native_share();
    count += share.count();
    if (share.support() == v1::SUPPORT_NATIVE) native = share.native_share();
  }
  EXPECT_NEAR(sum, 1, 1e-9) << row.silicon_class();
  EXPECT_EQ(count, operators) << row.silicon_class();
  EXPECT_NEAR(row.covered().value(), native, 1e-12) << row.silicon_class();
  EXPECT_EQ(row.covered().unit(), "ratio");
  if (!row.has_retained() || row.retained().value() == 0) return;
  double slowed = native;
  for (const v1::OperatorCoverage& entry : row.operators()) slowed += entry.native_share() / entry.retained();
  EXPECT_NEAR(row.retained().value(), 1 / slowed, 1e-9) << row.silicon_class();
}

TEST(CoverageReportTest, EveryClassAndStackAnswersWithGrounds) {
  TraceBuilder builder = Mixture();
  const v1::CoverageReport report = Report(builder.trace(), AllClasses());
  EXPECT_EQ(report.report_version(), 1);
  EXPECT_EQ(report.trace_id(), "01TEST");
  EXPECT_EQ(report.trace_name(), "test");
  EXPECT_EQ(report.content_digest(), "abc");
  EXPECT_EQ(report.catalog_digest(), TheCatalog().digest_hex());
  EXPECT_EQ(report.coverage().operator_share(), 1);
  ASSERT_EQ(report.classes_size(), static_cast<int>(TheCatalog().classes().size()));
  for (int i = 0; i < report.classes_size(); ++i) {
    const silicon::SiliconClass& silicon = TheCatalog().classes()[static_cast<size_t>(i)];
    EXPECT_EQ(report.classes(i).silicon_class(), silicon.id);
    EXPECT_EQ(report.classes(i).display_name(), silicon.display_name);
    EXPECT_EQ(report.classes(i).stack(), silicon.stacks[0].name);
    for (const silicon::Stack& stack : silicon.stacks) {
      v1::ReplayOptions options;
      options.set_stack(stack.name);
      const v1::CoverageReport one = Report(builder.trace(), {&silicon}, options);
      ASSERT_EQ(one.classes_size(), 1);
      EXPECT_EQ(one.classes(0).stack(), stack.name);
      EXPECT_EQ(one.options().stack(), stack.name);
      ExpectGrounds(one.classes(0));
      ExpectSums(one.classes(0), 9);
    }
  }
}

TEST(CoverageReportTest, ANamedStackSelectsTheClassesThatHaveIt) {
  TraceBuilder builder = Mixture();
  v1::ReplayOptions options;
  options.set_stack("torch-compile");
  const v1::CoverageReport report = Report(builder.trace(), AllClasses(), options);
  std::vector<std::string> expected;
  for (const silicon::SiliconClass& silicon : TheCatalog().classes()) {
    if (silicon.FindStack("torch-compile") != nullptr) expected.push_back(silicon.id);
  }
  std::vector<std::string> found;
  for (const v1::ClassCoverage& row : report.classes()) {
    found.push_back(row.silicon_class());
    EXPECT_EQ(row.stack(), "torch-compile") << row.silicon_class();
  }
  EXPECT_EQ(found, expected);
  const auto has = [&](const char* id) { return std::find(found.begin(), found.end(), id) != found.end(); };
  EXPECT_TRUE(has("nvidia-h100-sxm"));
  EXPECT_TRUE(has("amd-mi300x"));
  EXPECT_FALSE(has("google-tpu-v5p"));
  EXPECT_FALSE(has("deshaw-anton3"));
}

TEST(CoverageReportTest, BadOptionsAreNamed) {
  TraceBuilder builder = Mixture();
  v1::ReplayOptions options;
  options.set_stack("tpu-magic");
  const auto unknown = BuildCoverageReport(builder.trace(), TheCatalog(), AllClasses(), options);
  EXPECT_EQ(unknown.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(unknown.status().message(),
            "option stack is \"tpu-magic\": none of the classes has it; `sandglass catalog show CLASS` names a class's "
            "stacks");
  // A stack that others have is none of this class.
  options.set_stack("xla");
  EXPECT_FALSE(BuildCoverageReport(builder.trace(), TheCatalog(), Only("nvidia-h100-sxm"), options).ok());
  v1::ReplayOptions odd;
  odd.set_precision(static_cast<v1::PrecisionPolicy>(77));
  const auto refused = BuildCoverageReport(builder.trace(), TheCatalog(), AllClasses(), odd);
  EXPECT_TRUE(absl::StrContains(std::string(refused.status().message()), "option precision is 77")) << refused.status();
  // No classes were asked of: nothing to refuse.
  EXPECT_EQ(Report(builder.trace(), {}, options).classes_size(), 0);
}

TEST(CoverageReportTest, UnitsOfWorkAreNotNeeded) {
  TraceBuilder builder = Mixture();
  builder.trace().work_done.clear();
  EXPECT_EQ(Report(builder.trace(), Only("nvidia-h100-sxm")).classes_size(), 1);
}

// XLA takes aten::square apart, and that it keeps all its speed is assumed: so is the whole, and the figure is named.
TEST(CoverageReportTest, AssumptionsAreNamed) {
  TraceBuilder builder;
  Add(builder, Op("aten::square").In(kF32, {64, 512}).Out(kF32, {64, 512}));
  Add(builder, Op("aten::add").In(kF32, {64, 512}).In(kF32, {64, 512}).Out(kF32, {64, 512}));
  const v1::ClassCoverage h100 = Report(builder.trace(), Only("nvidia-h100-sxm")).classes(0);
  EXPECT_EQ(h100.retained().value(), 1);
  EXPECT_EQ(h100.retained().provenance(), v1::ESTIMATE_PROVENANCE_MODELLED);
  EXPECT_EQ(h100.retained().assumptions_size(), 0);
  EXPECT_TRUE(h100.warnings().empty());
  const v1::ClassCoverage tpu = Report(builder.trace(), Only("google-tpu-v5p")).classes(0);
  ASSERT_EQ(tpu.operators_size(), 1);
  EXPECT_EQ(tpu.operators(0).name(), "aten::square");
  EXPECT_EQ(tpu.operators(0).op_class(), "elementwise");
  EXPECT_EQ(tpu.operators(0).element_type(), v1::DATA_TYPE_FLOAT32);
  EXPECT_EQ(tpu.operators(0).support(), v1::SUPPORT_DECOMPOSED);
  EXPECT_EQ(tpu.operators(0).evidence(), v1::EVIDENCE_KIND_DOCUMENTED);
  EXPECT_EQ(tpu.retained().provenance(), v1::ESTIMATE_PROVENANCE_ASSUMED);
  // All that the slowed operator's time rests on: the share that it keeps, its floor, and memory at its efficiency.
  EXPECT_THAT(tpu.retained().assumptions(), ElementsAre("memory.efficiency", "stacks[0].operator_floor",
                                                        "stacks[0].operators[0].retained", "vector_efficiency"));
  EXPECT_THAT(tpu.warnings(), ElementsAre("each new shape compiles anew; that time is not in these shares"));
  EXPECT_TRUE(tpu.port().empty());  // it loses nothing
  EXPECT_THAT(Report(builder.trace(), Only("aws-trainium2")).classes(0).warnings(),
              ElementsAre("only shapes that were compiled ahead of time run"));
}

// The scan: 16,384 positions of 227 FLOP, 3,719,168, and 196,608 + 16,384 + 8,192 + 1,024 B: 0.306 us of lanes on the
// TPU with its floor of 0.5 are 0.806 us; as a loop, 64 turns of 6 us more.
TEST(CoverageReportTest, AScanOnATpuByHand) {
  TraceBuilder builder;
  Add(builder, Scan());
  const v1::ClassCoverage tpu = Report(builder.trace(), Only("google-tpu-v5p")).classes(0);
  const double native = 0.5e-6 + 3719168 / (14.3e12 * 0.85);
  ASSERT_EQ(tpu.operators_size(), 1);
  EXPECT_NEAR(tpu.operators(0).native_s(), native, 1e-15);
  EXPECT_NEAR(tpu.operators(0).actual_s(), native + 384e-6, 1e-13);
  EXPECT_NEAR(tpu.retained().value(), native / (native + 384e-6), 1e-12);
  EXPECT_EQ(tpu.covered().value(), 0);
  ASSERT_EQ(tpu.port_size(), 1);
  EXPECT_EQ(tpu.port(0).op_class(), "selective_scan");
  EXPECT_EQ(tpu.port(0).support(), v1::SUPPORT_DECOMPOSED);
  EXPECT_THAT(tpu.port(0).names(), ElementsAre("sandglass::selective_scan"));
  EXPECT_EQ(tpu.port(0).kernel_language(), "Pallas");
  EXPECT_NEAR(tpu.port(0).saved_share(), 384e-6 / (native + 384e-6), 1e-12);
}

TEST(CoverageReportTest, AnMdMachineRefusesProductsAndSaysThatItCounts) {
  TraceBuilder builder = Mixture();
  const v1::ClassCoverage anton = Report(builder.trace(), Only("deshaw-anton3")).classes(0);
  EXPECT_EQ(anton.covered().value(), 0);
  ASSERT_TRUE(anton.has_retained());
  EXPECT_EQ(anton.retained().value(), 0);
  ASSERT_GE(anton.warnings_size(), 1);
  EXPECT_EQ(anton.warnings(0), "times of single operators are not modelled: shares are of operators");
}

TEST(CoverageReportTest, SameQuestionSameAnswer) {
  TraceBuilder builder = Mixture();
  EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(Report(builder.trace(), AllClasses()),
                                                                 Report(builder.trace(), AllClasses())));
}

// What has no bearing on coverage is not said to have been followed.
TEST(CoverageReportTest, MeasuredTimesAreNoPartOfIt) {
  TraceBuilder builder = Mixture();
  v1::ReplayOptions options;
  options.set_stack("pytorch-eager");
  options.set_mode(v1::REPLAY_MODE_SCALE);
  options.mutable_calibration()->set_rows_file("mine");
  const auto report = BuildCoverageReport(builder.trace(), TheCatalog(), Only("nvidia-h100-sxm"), options);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->options().stack(), "pytorch-eager");
  EXPECT_EQ(report->options().mode(), v1::REPLAY_MODE_UNSPECIFIED);
  EXPECT_FALSE(report->options().has_calibration());
}

}  // namespace
}  // namespace sandglass::report
