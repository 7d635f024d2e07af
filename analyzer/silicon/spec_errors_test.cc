// Broken specs, each by one edit of a good one, and what is said of them.
#include <gtest/gtest.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "analyzer/silicon/catalog.h"
#include "analyzer/silicon/spec_text_fixture.h"

namespace sandglass::silicon {
namespace {

absl::StatusOr<Catalog> Parse(Files classes) {
  return Catalog::FromFiles({.classes = std::move(classes), .stacks = {}, .lists = {}, .shared = {}});
}

struct Fault {
  const char* from;
  const char* to;
  const char* message;
};

TEST(SpecErrorsTest, TheGoodOneIsGood) {
  const auto catalog = Parse({{"chip.textproto", GoodSpec()}});
  ASSERT_TRUE(catalog.ok()) << catalog.status();
  const SiliconClass& chip = catalog->classes().front();
  EXPECT_EQ(chip.matrix_rates.front().flop_per_s.value, 100e12);
  EXPECT_EQ(chip.power.host_share_w.low, 40);
  EXPECT_EQ(chip.power.host_share_w.high, 120);
  // Without a range, the value is its own ends.
  EXPECT_EQ(chip.power.limit_w.low, 300);
  EXPECT_EQ(chip.power.limit_w.high, 300);
  EXPECT_EQ(chip.power.limit_w.source, "a test (2026-11)");
  EXPECT_FALSE(chip.link.has_value());
  EXPECT_FALSE(chip.stacks.front().step_launch_s.has_value());
}

class SpecErrorsTest : public ::testing::TestWithParam<Fault> {};

TEST_P(SpecErrorsTest, IsRefusedWithOneLine) {
  const Fault& fault = GetParam();
  std::string text = GoodSpec();
  const size_t at = text.find(fault.from);
  ASSERT_NE(at, std::string::npos) << fault.from;
  text.replace(at, std::string(fault.from).size(), fault.to);
  const auto catalog = Parse({{"chip.textproto", text}});
  EXPECT_EQ(catalog.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(std::string(catalog.status().message()), fault.message);
}

const Fault kFaults[] = {
    {"900 unit: \"GB/s\"", "900 unit: \"W\"",
     "chip.textproto: memory.bandwidth: unit \"W\" does not fit; expected byte/s (such as GB/s)"},
    {"1000 unit: \"USD\"", "1000 unit: \"USD/h\"",
     "chip.textproto: prices[0].price: unit \"USD/h\" does not fit; expected USD"},
    {"title: \"a test\"", "",
     "chip.textproto: matrix_rates[0].peak: 100 TFLOP/s: source.title is missing; say who or what says so"},
    {"date: \"2026-11\"", "date: \"last week\"",
     "chip.textproto: matrix_rates[0].peak: 100 TFLOP/s: source.date \"last week\" is not YYYY, YYYY-MM or YYYY-MM-DD"},
    {"date: \"2026-11\"", "date: \"2026-13\"",
     "chip.textproto: matrix_rates[0].peak: 100 TFLOP/s: source.date \"2026-13\" is not YYYY, YYYY-MM or YYYY-MM-DD"},
    {"value: 900", "value: nan", "chip.textproto: memory.bandwidth: nan is not a finite number"},
    {"value: 900", "value: inf", "chip.textproto: memory.bandwidth: inf is not a finite number"},
    {"value: 900", "value: -900", "chip.textproto: memory.bandwidth: -900 is negative: must be above zero"},
    {"value: 900", "value: 0",
     "chip.textproto: memory.bandwidth: value 0: must be above zero; leave out what is unknown"},
    {"low: 40", "low: 90", "chip.textproto: power.host_share: low 90 is above the value 80"},
    {"high: 120", "high: 70", "chip.textproto: power.host_share: high 70 is below the value 80"},
    {"low: 40", "", "chip.textproto: power.host_share: 80 W: is assumed without a range; give low and high"},
    {"high: 120", "", "chip.textproto: power.host_share: 80 W: is assumed without a range; give low and high"},
    {"note: \"a guess\"", "",
     "chip.textproto: power.host_share: 80 W: is derived or assumed without a note; say how or why"},
    {"basis: FIGURE_BASIS_DATASHEET", "",
     "chip.textproto: matrix_rates[0].peak: 100 TFLOP/s: basis is missing; one of measured, datasheet, derived, "
     "assumed"},
    {"confidence: CONFIDENCE_HIGH", "",
     "chip.textproto: matrix_rates[0].peak: 100 TFLOP/s: confidence is missing; one of low, medium, high"},
    {"unit: \"TFLOP/s\"", "", "chip.textproto: matrix_rates[0].peak: 100: unit is missing"},
    {"value: 0.8", "value: 1.2", "chip.textproto: matrix_efficiency: 1.2 is above 1, and a share"},
    {"op_class: \"*\"", "op_class: \"gem\"",
     "chip.textproto: stacks[0].operators[0].op_class: \"gem\" is no operator class; see analyzer/ops/op_class.h"},
    {"support: SUPPORT_NATIVE", "", "chip.textproto: stacks[0].operators[0].support: is missing"},
    {"id: \"chip\"", "id: \"chop\"", "chip.textproto: id: \"chop\" is not the file's name, \"chip\""},
    {"vendor: \"Maker\"", "", "chip.textproto: vendor: is missing"},
    {"released: \"2026\"", "released: \"soon\"",
     "chip.textproto: released: \"soon\" is not YYYY, YYYY-MM or YYYY-MM-DD"},
    {"generality: GENERALITY_GENERAL", "",
     "chip.textproto: generality: is missing; one of general, specialised, single_purpose"},
    {"format: COMPUTE_FORMAT_BF16", "", "chip.textproto: matrix_rates[0].format: is missing"},
    {"matrix_efficiency", "vector_efficiency", "chip.textproto: matrix_efficiency: is missing beside matrix_rates"},
    {"as_of: \"2026-11-23\"", "as_of: \"2026-11-32\"",
     "chip.textproto: prices[0].as_of: \"2026-11-32\" is not YYYY, YYYY-MM or YYYY-MM-DD"},
    {"PRICE_BASIS_PURCHASE", "PRICE_BASIS_SPOT",
     "chip.textproto: prices: has no purchase and no own cost; give one, assumed with a range if nobody sells it"},
    {"value: 50 unit: \"W\"", "value: 300 unit: \"W\"",
     "chip.textproto: power.idle: 300 W is not below power.limit, 300 W"},
    {"value: 50 unit: \"W\"", "value: 0.4 unit: \"kW\"",
     "chip.textproto: power.idle: 0.4 kW is not below power.limit, 300 W"},
    {"aliases: \"Small Chip\"", "aliases: \"CHIP\"", "chip.textproto: aliases: \"CHIP\" is already a name of chip"},
    {"version: 1", "", "chip.textproto: version: is missing; it starts at 1"},
    {"unit: \"TFLOP/s\"",
     "unit: \"TFLOP/s\" alternatives { value: 99 unit: \"W\" basis: FIGURE_BASIS_DATASHEET "
     "confidence: CONFIDENCE_LOW source { title: \"another\" date: \"2026\" } }",
     "chip.textproto: matrix_rates[0].peak.alternatives[0]: unit \"W\" does not fit; expected FLOP/s (such as "
     "TFLOP/s)"},
    {"evidence: EVIDENCE_KIND_DOCUMENTED", "",
     "chip.textproto: stacks[0].operators[0].evidence: is missing; one of measured, kernel_library, operator_list, "
     "documented"},
    {"evidence: EVIDENCE_KIND_DOCUMENTED", "evidence: EVIDENCE_KIND_DOCUMENTED retained { value: 1.2 }",
     "chip.textproto: stacks[0].operators[0].retained: 1.2 is above 1, and a share"},
    {"evidence: EVIDENCE_KIND_DOCUMENTED", "evidence: EVIDENCE_KIND_DOCUMENTED retained { value: 0.5 high: 2 }",
     "chip.textproto: stacks[0].operators[0].retained: 2 is above 1, and a share"},
    {"name: \"eager\"", "name: \"eager\" decomposed_retained { value: 3 }",
     "chip.textproto: stacks[0].decomposed_retained: 3 is above 1, and a share"},
    {"name: \"eager\"", "", "chip.textproto: stacks[0].name: is missing"},
    {"support: SUPPORT_NATIVE", "support: SUPPORT_HOST_FALLBACK",
     "chip.textproto: host: is missing, and stacks[0] (eager) falls back to it"},
    {"name: \"eager\"", "name: \"eager\" fp64: SUPPORT_HOST_FALLBACK",
     "chip.textproto: host: is missing, and stacks[0] (eager) falls back to it"},
    {"gpu {", "cpu {",
     "chip.textproto:25:11: Message type \"sandglass.v1.CpuCores\" has no field named \"tile_rows\"."},
};

INSTANTIATE_TEST_SUITE_P(Faults, SpecErrorsTest, ::testing::ValuesIn(kFaults));

TEST(SpecErrorsTest, MissingPartsAreNamed) {
  std::string text = GoodSpec();
  const std::string dispatch = Datasheet("dispatch", 5, "us");
  text.replace(text.find(dispatch), dispatch.size(), "");
  EXPECT_EQ(std::string(Parse({{"chip.textproto", text}}).status().message()),
            "chip.textproto: stacks[0].dispatch: is missing; give a figure in s (such as us)");
  text = GoodSpec();
  const size_t stack = text.find("stacks {");
  text.replace(stack, text.find("prices {") - stack, "");
  EXPECT_EQ(std::string(Parse({{"chip.textproto", text}}).status().message()),
            "chip.textproto: stacks: is empty; at least one software stack is needed");
  text = GoodSpec();
  const size_t gpu = text.find("gpu {");
  text.replace(gpu, text.find("stacks {") - gpu, "");
  EXPECT_EQ(std::string(Parse({{"chip.textproto", text}}).status().message()),
            "chip.textproto: chip: is missing; give one of gpu, systolic, neuron, matrix_vector, dataflow, md, cpu");
}

TEST(SpecErrorsTest, NamesAreSharedByNoTwoClasses) {
  const std::string other = absl::StrReplaceAll(GoodSpec(), {{"id: \"chip\"", "id: \"other\""}});
  const auto catalog = Parse({{"chip.textproto", GoodSpec()}, {"other.textproto", other}});
  EXPECT_EQ(std::string(catalog.status().message()),
            "other.textproto: aliases: \"Small Chip\" is already a name of chip");
  // Separators and case do not make another name.
  const std::string third = absl::StrReplaceAll(other, {{"Small Chip", "SMALL_CHIP"}});
  EXPECT_FALSE(Parse({{"chip.textproto", GoodSpec()}, {"other.textproto", third}}).ok());
  const std::string fourth = absl::StrReplaceAll(other, {{"Small Chip", "Large Chip"}});
  EXPECT_TRUE(Parse({{"chip.textproto", GoodSpec()}, {"other.textproto", fourth}}).ok());
}

TEST(SpecErrorsTest, ADispatchMayBeZeroIfItIsDerived) {
  const std::string zero = absl::StrReplaceAll(
      GoodSpec(), {{"dispatch { value: 5 unit: \"us\" basis: FIGURE_BASIS_DATASHEET",
                    "dispatch { value: 0 unit: \"us\" note: \"compiled\" basis: FIGURE_BASIS_DERIVED"}});
  EXPECT_TRUE(Parse({{"chip.textproto", zero}}).ok());
  const std::string assumed =
      absl::StrReplaceAll(zero, {{"basis: FIGURE_BASIS_DERIVED", "low: 0 high: 1 basis: FIGURE_BASIS_ASSUMED"}});
  EXPECT_EQ(std::string(Parse({{"chip.textproto", assumed}}).status().message()),
            "chip.textproto: stacks[0].dispatch: value 0: must be above zero; leave out what is unknown");
}

// With a second rate in the matrix units.
std::string WithRate(absl::string_view format, absl::string_view peak_and_unit, absl::string_view note) {
  const std::string rate =
      absl::StrCat("matrix_rates { format: COMPUTE_FORMAT_", format, " peak { value: ", peak_and_unit, " note: \"",
                   note, "\" basis: FIGURE_BASIS_DATASHEET confidence: CONFIDENCE_HIGH ", kTestSource, " }\n",
                   Datasheet("energy", 1, "pJ/FLOP"), "}\nmatrix_efficiency");
  return absl::StrReplaceAll(GoodSpec(), {{"matrix_efficiency", rate}});
}

TEST(SpecErrorsTest, ANarrowerFormatIsAsFastOrANoteSaysWhy) {
  EXPECT_EQ(std::string(Parse({{"chip.textproto", WithRate("FP8", "50 unit: \"TFLOP/s\"", "")}}).status().message()),
            "chip.textproto: matrix_rates[1].peak: 50 TFLOP/s in COMPUTE_FORMAT_FP8 is below the 100 of the wider "
            "COMPUTE_FORMAT_BF16; if that is so, say why in a note");
  // The wider one comes second; 0.2 PFLOP/s are 200 TFLOP/s.
  EXPECT_EQ(std::string(Parse({{"chip.textproto", WithRate("FP32", "0.2 unit: \"PFLOP/s\"", "")}}).status().message()),
            "chip.textproto: matrix_rates[0].peak: 100 TFLOP/s in COMPUTE_FORMAT_BF16 is below the 0.2 of the wider "
            "COMPUTE_FORMAT_FP32; if that is so, say why in a note");
  EXPECT_EQ(std::string(Parse({{"chip.textproto", WithRate("BF16", "100 unit: \"TFLOP/s\"", "")}}).status().message()),
            "chip.textproto: matrix_rates[1].format: COMPUTE_FORMAT_BF16 is there twice");
  for (const std::string& good :
       {WithRate("FP8", "50 unit: \"TFLOP/s\"", "no unit of its own"), WithRate("FP8", "100 unit: \"TFLOP/s\"", ""),
        WithRate("FP8", "0.2 unit: \"PFLOP/s\"", ""), WithRate("FP32", "200 unit: \"TFLOP/s\"", "odd, but so"),
        // As wide.
        WithRate("FP16", "50 unit: \"TFLOP/s\"", "")}) {
    const auto catalog = Parse({{"chip.textproto", good}});
    EXPECT_TRUE(catalog.ok()) << catalog.status();
  }
}

// Class "proc", a processor.
std::string Processor() {
  std::string text = absl::StrReplaceAll(GoodSpec(), {{"id: \"chip\"", "id: \"proc\""}, {"Small Chip", "Processor"}});
  const size_t gpu = text.find("gpu {");
  text.replace(gpu, text.find("stacks {") - gpu,
               absl::StrCat("cpu {\n", Datasheet("cores", 8, "count"), Datasheet("clock", 3, "GHz"), "}\n"));
  return text;
}

TEST(SpecErrorsTest, AHostIsAProcessorOfTheCatalog) {
  const auto with_host = [](absl::string_view host_class) {
    return absl::StrCat(absl::StrReplaceAll(GoodSpec(), {{"SUPPORT_NATIVE", "SUPPORT_HOST_FALLBACK"}}), "host {\n",
                        Datasheet("bandwidth", 60, "GB/s"), Datasheet("sync", 10, "us"), "host_class: \"", host_class,
                        "\" }\n");
  };
  // Itself, which is a GPU; and none at all.
  for (const char* host_class : {"chip", "prok", ""}) {
    EXPECT_EQ(
        std::string(
            Parse({{"chip.textproto", with_host(host_class)}, {"proc.textproto", Processor()}}).status().message()),
        absl::StrCat("chip.textproto: host.host_class: \"", host_class, "\" is no processor of the catalog"));
  }
  const auto catalog = Parse({{"chip.textproto", with_host("proc")}, {"proc.textproto", Processor()}});
  ASSERT_TRUE(catalog.ok()) << catalog.status();
  EXPECT_EQ(catalog->TargetFor(**catalog->Find("chip"), "").host, *catalog->Find("proc"));
}

TEST(SpecErrorsTest, StacksOfOneClassHaveNamesOfTheirOwn) {
  std::string text = GoodSpec();
  const size_t stack = text.find("stacks {");
  text += text.substr(stack, text.find("prices {") - stack);
  EXPECT_EQ(std::string(Parse({{"chip.textproto", text}}).status().message()),
            "chip.textproto: stacks[1].name: \"eager\" is there twice");
}

TEST(SpecErrorsTest, AnIdIsNoOtherClassesAlias) {
  const std::string other =
      absl::StrReplaceAll(GoodSpec(), {{"id: \"chip\"", "id: \"small-chip\""}, {"Small Chip", "Another"}});
  EXPECT_EQ(std::string(Parse({{"chip.textproto", GoodSpec()}, {"small-chip.textproto", other}}).status().message()),
            "small-chip.textproto: aliases: \"small-chip\" is already a name of chip");
}

}  // namespace
}  // namespace sandglass::silicon
