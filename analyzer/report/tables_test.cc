#include <string>

#include "absl/strings/match.h"
#include "analyzer/report/catalog_table.h"
#include "analyzer/report/comparison.h"
#include "analyzer/report/explain_table.h"
#include "analyzer/report/trace_table.h"
#include "analyzer/report/words.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"

namespace sandglass::report {
namespace {

using absl::StrContains;

template <typename Message>
Message Parse(const char* text) {
  Message message;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &message));
  return message;
}

v1::ClassReplay Row(const std::string& id, double seconds, double joules) {
  v1::ClassReplay row;
  row.set_silicon_class(id);
  row.set_verdict(v1::VERDICT_SUPPORTED);
  row.set_devices(1);
  v1::Estimate& time = *row.mutable_per_unit()->mutable_seconds();
  time.set_value(seconds);
  time.set_unit("s/token");
  time.set_provenance(v1::ESTIMATE_PROVENANCE_MODELLED);
  v1::Estimate& energy = *row.mutable_per_unit()->mutable_joules();
  energy.set_value(joules);
  energy.set_low(joules / 2);
  energy.set_high(joules * 2);
  energy.set_unit("J/token");
  energy.set_provenance(v1::ESTIMATE_PROVENANCE_ASSUMED);
  return row;
}

TEST(ComparisonTest, RatiosOfTheOtherOverTheBase) {
  v1::ClassReplay base = Row("a", 2e-6, 3);
  base.mutable_per_unit()->mutable_joules()->set_provenance(v1::ESTIMATE_PROVENANCE_MODELLED);
  const v1::Comparison comparison = CompareClasses(base, Row("b", 1e-6, 6));
  EXPECT_DOUBLE_EQ(comparison.time_ratio().value(), 0.5);
  EXPECT_EQ(comparison.time_ratio().provenance(), v1::ESTIMATE_PROVENANCE_MODELLED);
  // 6/3 = 2; both ranges are a factor 2 to each side: 2·exp(±sqrt(2)·ln 2) = 2/2.665144 and 2·2.665144.
  EXPECT_DOUBLE_EQ(comparison.energy_ratio().value(), 2);
  EXPECT_NEAR(comparison.energy_ratio().low(), 0.750428, 1e-5);
  EXPECT_NEAR(comparison.energy_ratio().high(), 5.330288, 1e-5);
  EXPECT_EQ(comparison.energy_ratio().provenance(), v1::ESTIMATE_PROVENANCE_ASSUMED);
  // No money on either side: no ratio.
  EXPECT_FALSE(comparison.has_cost_ratio());
  const std::string text = ComparisonText(comparison);
  EXPECT_TRUE(StrContains(text, "2.00 us/token M  1.00 us/token M  0.500 (0.500-0.500)")) << text;
  EXPECT_TRUE(StrContains(text, "unknown")) << text;
}

TEST(ComparisonTest, UnsupportedHasNoRatio) {
  v1::ClassReplay other;
  other.set_silicon_class("anton");
  other.set_verdict(v1::VERDICT_UNSUPPORTED);
  other.set_reason("gemm");
  const v1::Comparison comparison = CompareClasses(Row("a", 1, 1), other);
  EXPECT_FALSE(comparison.has_time_ratio());
  EXPECT_TRUE(StrContains(ComparisonText(comparison), "anton: unsupported, gemm"));
}

v1::TraceManifest Manifest() {
  return Parse<v1::TraceManifest>(R"pb(
    trace_id: "01HZZZZZZZZZZZZZZZZZZZZZZZ"
    header {
      name: "tiny"
      phase: PHASE_TRAIN
      run_mode: RUN_MODE_MEASURED
      model: "d=256"
      source_format: "sandglass-torch"
      producers: "libtorch 1.13.1"
      memory { parameter_bytes: 1048576 parameter_count: 262144 }
    }
    summary {
      work_done { unit: WORK_UNIT_TOKEN count: 1024 }
      completeness {
        dropped_operators: 7
        rejected { first_operator: 3 count: 2 reason: "duration_ps is -1" }
      }
    }
    operators: 12345
    signatures: 99
    content_digest: "\001\377"
    stored_bytes: 2048
  )pb");
}

TEST(TraceListTest, OneLineATrace) {
  const std::string text = TraceList({Manifest()});
  EXPECT_TRUE(StrContains(text, "tiny  train  measured     12 345  2.00 KiB  1024 tokens")) << text;
  EXPECT_TRUE(StrContains(text, "incomplete")) << text;
}

TEST(WorkTextTest, PluralsOfWhatCanBeCounted) {
  EXPECT_EQ(WorkText(Parse<v1::WorkDone>("unit: WORK_UNIT_STEP count: 1")), "1.00 step");
  EXPECT_EQ(WorkText(Parse<v1::WorkDone>("unit: WORK_UNIT_TOKEN count: 2")), "2.00 tokens");
  EXPECT_EQ(WorkText(Parse<v1::WorkDone>("unit: WORK_UNIT_MD_NANOSECOND count: 0.0004")), "0.000400 ns of MD");
}

TEST(TraceTextTest, SaysWhatIsMissing) {
  const std::string text = TraceText(Manifest());
  EXPECT_TRUE(
      StrContains(text, "7 operators dropped while recording; 2 operators from 3 on rejected: duration_ps is -1"))
      << text;
  EXPECT_TRUE(StrContains(text, "digest         01ff\n")) << text;
  EXPECT_TRUE(StrContains(text, "weights 1.00 MiB")) << text;
  EXPECT_TRUE(StrContains(text, "source         sandglass-torch, libtorch 1.13.1\n")) << text;
  v1::TraceManifest complete = Manifest();
  complete.mutable_summary()->clear_completeness();
  EXPECT_TRUE(StrContains(TraceText(complete), "nothing that is known of"));
}

TEST(TensorTextTest, UnknownShapesAreNotScalars) {
  EXPECT_EQ(TensorText(Parse<v1::Tensor>("dtype: DATA_TYPE_FLOAT32 dims: [2, 3] shape_source: SHAPE_SOURCE_RECORDED")),
            "f32[2,3]");
  EXPECT_EQ(TensorText(Parse<v1::Tensor>("dtype: DATA_TYPE_BFLOAT16 shape_source: SHAPE_SOURCE_RECORDED")), "bf16[]");
  EXPECT_EQ(TensorText(Parse<v1::Tensor>("dtype: DATA_TYPE_BFLOAT16")), "bf16[?]");
}

TEST(OperatorTableTest, UnknownDurationIsNotZero) {
  const std::vector<v1::OpSignature> signatures = {Parse<v1::OpSignature>(R"pb(
    kind: OPERATOR_KIND_HOST_OP
    name: "aten::relu\x1b[2J"
    outputs_recorded: true
    inputs { dtype: DATA_TYPE_FLOAT32 dims: 4 shape_source: SHAPE_SOURCE_RECORDED }
    outputs { dtype: DATA_TYPE_FLOAT32 dims: 4 shape_source: SHAPE_SOURCE_RECORDED }
  )pb")};
  const OperatorTable table(signatures);
  v1::Operator op;
  op.set_id(5);
  std::string line = table.Line(op, 0);
  EXPECT_TRUE(StrContains(line, "?      1  aten::relu[2J  f32[4] -> f32[4]")) << line;
  op.set_duration_ps(1500000);
  line = table.Line(op, 0);
  EXPECT_TRUE(StrContains(line, "1.50 us")) << line;
  // A signature number that the trace does not have shows as unknown and reads nothing.
  EXPECT_TRUE(StrContains(table.Line(op, 7), "?")) << table.Line(op, 7);
}

TEST(ExplainTextTest, UnknownIsNotZero) {
  const auto response = Parse<v1::ExplainResponse>(R"pb(
    operators {
      operator_id: 1
      name: "aten::mm"
      op_class: "gemm"
      support: SUPPORT_NATIVE
      limit: LIMIT_MATRIX
      work { matrix_flop: 2e9 read_bytes: 3e6 written_bytes: 1e6 serial_steps: 1 }
      time_terms { matrix_s: 2e-6 memory_s: 1e-6 }
      device { value: 2e-6 }
    }
    operators { operator_id: 2 name: "aten::odd" op_class: "unknown" support: SUPPORT_UNSUPPORTED }
  )pb");
  const std::string text = ExplainText(response);
  EXPECT_TRUE(StrContains(text, "aten::mm ")) << text;
  const size_t odd = text.find("aten::odd");
  const std::string line = text.substr(odd, text.find('\n', odd) - odd);
  EXPECT_TRUE(StrContains(line, "unknown")) << line;
  EXPECT_EQ(line.find('0'), std::string::npos) << line;
}

TEST(CatalogClassTest, ShowsEveryFigureWithItsGround) {
  const auto silicon = Parse<v1::SiliconClass>(R"pb(
    id: "x"
    display_name: "X"
    vendor: "V"
    released: "2024"
    generality: GENERALITY_GENERAL
    version: 3
    matrix_rates {
      format: COMPUTE_FORMAT_BF16
      peak {
        value: 989
        unit: "TFLOP/s"
        basis: FIGURE_BASIS_DATASHEET
        source { title: "sheet" date: "2023" }
      }
    }
    power {
      idle {
        value: 70
        low: 50
        high: 90
        unit: "W"
        basis: FIGURE_BASIS_ASSUMED
        note: "from a peer"
        alternatives {
          value: 60
          unit: "W"
          source { title: "other" }
          note: "older"
        }
      }
    }
    stacks {
      name: "eager"
      operators {
        op_class: "*"
        support: SUPPORT_NATIVE
        source { title: "list" }
      }
      operators { op_class: "fft" support: SUPPORT_HOST_FALLBACK }
    }
  )pb");
  const std::string text = CatalogClass(silicon);
  EXPECT_TRUE(StrContains(text, "matrix_rates[0].peak  bf16    989  TFLOP/s")) << text;
  EXPECT_TRUE(StrContains(text, "power.idle                     70  W        50-90  assumed")) << text;
  EXPECT_TRUE(StrContains(text, "power.idle: from a peer\n")) << text;
  EXPECT_TRUE(StrContains(text, "power.idle: not used: 60 W (other) older\n")) << text;
  EXPECT_TRUE(StrContains(text, "fft             host fallback")) << text;
  v1::ListSiliconResponse catalog;
  *catalog.add_classes() = silicon;
  // No memory in the catalog: unknown, not 0.
  EXPECT_TRUE(StrContains(CatalogList(catalog),
                          "x      X     general  2024          989 TFLOP/s       ?          ?            ?  eager"))
      << CatalogList(catalog);
}

}  // namespace
}  // namespace sandglass::report
