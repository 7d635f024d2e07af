#include "analyzer/check/measure.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "analyzer/analysis/engine_fixture.h"
#include "analyzer/analysis/store_fixture.h"
#include "analyzer/check/policy.h"

namespace sandglass::check {
namespace {

using ::testing::HasSubstr;

bool Always(int, int) { return true; }

class MeasureTest : public analysis::EngineFixture {
 protected:
  absl::StatusOr<Measured> Measure(const std::string& trace, const std::string& policy_text) {
    const auto policy = ParsePolicy("policy_version: 1 " + policy_text, "test");
    EXPECT_TRUE(policy.ok()) << policy.status();
    return MeasureTrace(*engine_, trace, *policy, Always, ids_);
  }

  ClassIds ids_;
};

constexpr char kRule[] = "rules { name: \"r\" metric: METRIC_KNOWN fail { at_least: 1 } }";

TEST_F(MeasureTest, FiguresAreThoseOfTheQuestions) {
  SubmitTiny("tiny", 4);
  const auto measured =
      Measure("tiny", absl::StrCat("silicon_classes: [\"H100 SXM\", \"h100-sxm\", \"anton3\"] ", kRule));
  ASSERT_TRUE(measured.ok()) << measured.status();
  EXPECT_EQ(ids_.at("H100 SXM"), "nvidia-h100-sxm");
  EXPECT_EQ(ids_.at("anton3"), "deshaw-anton3");
  ASSERT_EQ(measured->trace.classes_size(), 2);
  const v1::CheckedClass& anton = measured->trace.classes(0);
  EXPECT_EQ(anton.verdict(), v1::VERDICT_UNSUPPORTED);
  EXPECT_FALSE(anton.has_per_unit());
  EXPECT_TRUE(anton.operators().empty());
  const v1::CheckedClass& gpu = measured->trace.classes(1);
  EXPECT_EQ(gpu.known_percent(), 100);
  EXPECT_EQ(gpu.native().value(), 100);
  EXPECT_EQ(gpu.per_unit().seconds().value(), measured->replay.classes(1).per_unit().seconds().value());
  // 512 tokens: what operators take is per token, and adds up to less than the wall time.
  ASSERT_EQ(gpu.operators_size(), 2);
  double device_s = 0;
  for (const v1::OperatorUse& use : gpu.operators()) {
    EXPECT_DOUBLE_EQ(use.count_per_unit(), 4.0 / 512) << use.name();
    device_s += use.device_s_per_unit();
  }
  EXPECT_LE(device_s, gpu.per_unit().seconds().value());
  EXPECT_GT(device_s, 0.1 * gpu.per_unit().seconds().value());
}

// Work that is taken apart is not native, and what it keeps is another number.
TEST_F(MeasureTest, NativeAndRetainedAreNotMixedUp) {
  // 64-bit numbers, of which TPUs make do with narrower ones.
  analysis::FixtureTrace trace = analysis::TinyTraining("tiny", 1);
  for (v1::Tensor& tensor : *trace.operators[0].mutable_signature()->mutable_inputs()) {
    tensor.set_dtype(v1::DATA_TYPE_FLOAT64);
  }
  ASSERT_TRUE(analysis::Submit(*ingest_, trace).ok());
  const auto measured = Measure("tiny", absl::StrCat("silicon_classes: \"tpu-v6e\" ", kRule));
  ASSERT_TRUE(measured.ok()) << measured.status();
  v1::CoverageRequest request;
  request.set_trace("tiny");
  request.add_silicon_classes("tpu-v6e");
  const auto coverage = engine_->Coverage(request);
  const v1::CheckedClass& row = measured->trace.classes(0);
  EXPECT_NE(row.native().value(), row.retained().value());
  EXPECT_DOUBLE_EQ(row.native().value(), 100 * coverage->report().classes(0).covered().value());
  EXPECT_DOUBLE_EQ(row.retained().value(), 100 * coverage->report().classes(0).retained().value());
  EXPECT_EQ(row.native().unit(), "%");
  // The options are the policy's: in numbers that it computes in by itself, the class keeps another share.
  const auto narrower = Measure(
      "tiny", absl::StrCat("silicon_classes: \"tpu-v6e\" options { precision: PRECISION_POLICY_BF16 } ", kRule));
  ASSERT_TRUE(narrower.ok()) << narrower.status();
  EXPECT_NE(narrower->trace.classes(0).retained().value(), row.retained().value());
}

TEST_F(MeasureTest, MovesAreThoseThatRulesAskForOfTheTraceThatTheyName) {
  SubmitTiny("moved", 1);
  SubmitTiny("stays", 1);
  const std::string policy =
      "silicon_classes: [\"h100-sxm\", \"trainium2\"] options { precision: PRECISION_POLICY_BF16 }"
      "rules { name: \"a\" metric: METRIC_MIGRATION_USD traces: \"moved\" from_class: \"H100 SXM\" warn { at_most: 1 } "
      "}"
      "rules { name: \"b\" metric: METRIC_MIGRATION_USD traces: \"moved\" from_class: \"h100-sxm\" warn { at_most: 2 } "
      "}";
  const auto moved = Measure("moved", policy);
  ASSERT_TRUE(moved.ok()) << moved.status();
  // Each once, and none from a class to itself.
  ASSERT_EQ(moved->trace.moves_size(), 1);
  EXPECT_EQ(moved->trace.moves(0).from_class(), "nvidia-h100-sxm");
  EXPECT_EQ(moved->trace.moves(0).to_class(), "aws-trainium2");
  EXPECT_EQ(moved->trace.moves(0).verdict(), v1::VERDICT_SUPPORTED);
  EXPECT_TRUE(moved->trace.moves(0).has_go_forward());
  // The figure is that of the question asked by itself, in that direction and under the policy's options.
  v1::MigrateRequest request;
  request.add_traces("moved");
  request.set_from_class("h100-sxm");
  request.set_to_class("trainium2");
  request.mutable_scenario()->set_scenario_version(1);
  *request.mutable_options() = moved->replay.options();
  const auto asked = engine_->Migrate(request);
  ASSERT_TRUE(asked.ok()) << asked.status();
  EXPECT_EQ(moved->trace.moves(0).go_forward().value(), asked->report().go_forward().value());
  EXPECT_EQ(asked->report().scenario().replay().precision(), v1::PRECISION_POLICY_BF16);
  const auto under_source =
      Measure("moved", absl::StrReplaceAll(policy, {{"PRECISION_POLICY_BF16", "PRECISION_POLICY_FP8"}}));
  ASSERT_TRUE(under_source.ok()) << under_source.status();
  EXPECT_NE(moved->trace.moves(0).go_forward().value(), under_source->trace.moves(0).go_forward().value());
  const auto stays = Measure("stays", policy);
  ASSERT_TRUE(stays.ok()) << stays.status();
  EXPECT_TRUE(stays->trace.moves().empty());
}

TEST_F(MeasureTest, ErrorsNameTheClassOrTheRule) {
  SubmitTiny("tiny", 1);
  EXPECT_THAT(std::string(Measure("tiny", absl::StrCat("silicon_classes: \"h1000\" ", kRule)).status().message()),
              HasSubstr("on class \"h1000\" of the policy: no silicon class \"h1000\""));
  EXPECT_THAT(std::string(Measure("tiny",
                                  "silicon_classes: \"trainium2\" rules { name: \"a\" metric: METRIC_MIGRATION_USD "
                                  "from_class: \"h100-sxm\" scenario: \"absent\" warn { at_most: 1 } }")
                              .status()
                              .message()),
              HasSubstr("rule \"a\": "));
}

}  // namespace
}  // namespace sandglass::check
