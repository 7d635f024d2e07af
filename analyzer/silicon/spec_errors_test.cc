// Broken specs, each by one edit of a good one, and what is said of them.
#include <gtest/gtest.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "analyzer/silicon/catalog.h"

namespace sandglass::silicon {
namespace {

constexpr char kSource[] = "source { title: \"a test\" date: \"2026-11\" }";

std::string Datasheet(absl::string_view name, double value, absl::string_view unit) {
  return absl::StrCat(name, " { value: ", value, " unit: \"", unit,
                      "\" basis: FIGURE_BASIS_DATASHEET confidence: CONFIDENCE_HIGH ", kSource, " }\n");
}

std::string Good() {
  return absl::StrCat(
      "id: \"chip\"\ndisplay_name: \"Chip\"\nvendor: \"Maker\"\nreleased: \"2026\"\ngenerality: GENERALITY_GENERAL\n",
      "aliases: \"Small Chip\"\n",                                                                         //
      "matrix_rates { format: COMPUTE_FORMAT_BF16\n", Datasheet("peak", 100, "TFLOP/s"),                   //
      Datasheet("energy", 1, "pJ/FLOP"), "}\n", Datasheet("matrix_efficiency", 0.8, "ratio"),              //
      "memory {\n", Datasheet("capacity", 16, "GB"), Datasheet("bandwidth", 900, "GB/s"),                  //
      Datasheet("efficiency", 0.9, "ratio"), Datasheet("energy", 60, "pJ/B"), "}\n",                       //
      "power {\n", Datasheet("limit", 300, "W"), Datasheet("idle", 50, "W"),                               //
      "host_share { value: 80 low: 40 high: 120 unit: \"W\" basis: FIGURE_BASIS_ASSUMED ",                 //
      "confidence: CONFIDENCE_LOW note: \"a guess\" ", kSource, " }\n}\n",                                 //
      "gpu {\n", Datasheet("cores", 10, "count"), Datasheet("tile_rows", 128, "count"),                    //
      Datasheet("tile_columns", 64, "count"), "}\n",                                                       //
      "stacks { name: \"eager\"\n", Datasheet("dispatch", 5, "us"), Datasheet("operator_floor", 2, "us"),  //
      Datasheet("loop_turn", 1, "us"),
      "operators { op_class: \"*\" support: SUPPORT_NATIVE evidence: EVIDENCE_KIND_DOCUMENTED ", kSource, " }\n}\n",
      "prices { basis: PRICE_BASIS_PURCHASE as_of: \"2026-11-23\"\n", Datasheet("price", 1000, "USD"), "}\n",
      "version: 1\n");
}

absl::StatusOr<Catalog> Parse(Files classes) {
  return Catalog::FromFiles({.classes = std::move(classes), .stacks = {}, .lists = {}, .shared = {}});
}

struct Fault {
  const char* from;
  const char* to;
  const char* message;
};

TEST(SpecErrorsTest, TheGoodOneIsGood) {
  const auto catalog = Parse({{"chip.textproto", Good()}});
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
  std::string text = Good();
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
    {"title: \"a test\"", "", "chip.textproto: matrix_rates[0].peak: source.title is missing; say who or what says so"},
    {"date: \"2026-11\"", "date: \"last week\"",
     "chip.textproto: matrix_rates[0].peak: source.date \"last week\" is not YYYY, YYYY-MM or YYYY-MM-DD"},
    {"date: \"2026-11\"", "date: \"2026-13\"",
     "chip.textproto: matrix_rates[0].peak: source.date \"2026-13\" is not YYYY, YYYY-MM or YYYY-MM-DD"},
    {"value: 900", "value: nan", "chip.textproto: memory.bandwidth: nan is not a finite number"},
    {"value: 900", "value: inf", "chip.textproto: memory.bandwidth: inf is not a finite number"},
    {"value: 900", "value: -900", "chip.textproto: memory.bandwidth: -900 is negative: must be above zero"},
    {"value: 900", "value: 0",
     "chip.textproto: memory.bandwidth: value 0: must be above zero; leave out what is unknown"},
    {"low: 40", "low: 90", "chip.textproto: power.host_share: low 90 is above the value 80"},
    {"high: 120", "high: 70", "chip.textproto: power.host_share: high 70 is below the value 80"},
    {"low: 40", "", "chip.textproto: power.host_share: is assumed without a range; give low and high"},
    {"high: 120", "", "chip.textproto: power.host_share: is assumed without a range; give low and high"},
    {"note: \"a guess\"", "", "chip.textproto: power.host_share: is derived or assumed without a note; say how or why"},
    {"basis: FIGURE_BASIS_DATASHEET", "",
     "chip.textproto: matrix_rates[0].peak: basis is missing; one of measured, datasheet, derived, assumed"},
    {"confidence: CONFIDENCE_HIGH", "",
     "chip.textproto: matrix_rates[0].peak: confidence is missing; one of low, medium, high"},
    {"unit: \"TFLOP/s\"", "", "chip.textproto: matrix_rates[0].peak: unit is missing"},
    {"value: 0.8", "value: 1.2", "chip.textproto: matrix_efficiency: 1.2 is above 1, and a share of the peak"},
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
     "chip.textproto: power.idle: 300 is not below power.limit, 300"},
    {"aliases: \"Small Chip\"", "aliases: \"CHIP\"", "chip.textproto: aliases: \"CHIP\" is already a name of chip"},
    {"version: 1", "", "chip.textproto: version: is missing; it starts at 1"},
    {"gpu {", "cpu {",
     "chip.textproto:25:11: Message type \"sandglass.v1.CpuCores\" has no field named \"tile_rows\"."},
};

INSTANTIATE_TEST_SUITE_P(Faults, SpecErrorsTest, ::testing::ValuesIn(kFaults));

TEST(SpecErrorsTest, MissingPartsAreNamed) {
  std::string text = Good();
  const std::string dispatch = Datasheet("dispatch", 5, "us");
  text.replace(text.find(dispatch), dispatch.size(), "");
  EXPECT_EQ(std::string(Parse({{"chip.textproto", text}}).status().message()),
            "chip.textproto: stacks[0].dispatch: is missing; give a figure in s (such as us)");
  text = Good();
  const size_t stack = text.find("stacks {");
  text.replace(stack, text.find("prices {") - stack, "");
  EXPECT_EQ(std::string(Parse({{"chip.textproto", text}}).status().message()),
            "chip.textproto: stacks: is empty; at least one software stack is needed");
  text = Good();
  const size_t gpu = text.find("gpu {");
  text.replace(gpu, text.find("stacks {") - gpu, "");
  EXPECT_EQ(std::string(Parse({{"chip.textproto", text}}).status().message()),
            "chip.textproto: chip: is missing; give one of gpu, systolic, neuron, matrix_vector, dataflow, md, cpu");
}

TEST(SpecErrorsTest, NamesAreSharedByNoTwoClasses) {
  const std::string other = absl::StrReplaceAll(Good(), {{"id: \"chip\"", "id: \"other\""}});
  const auto catalog = Parse({{"chip.textproto", Good()}, {"other.textproto", other}});
  EXPECT_EQ(std::string(catalog.status().message()),
            "other.textproto: aliases: \"Small Chip\" is already a name of chip");
  // Separators and case do not make another name.
  const std::string third = absl::StrReplaceAll(other, {{"Small Chip", "SMALL_CHIP"}});
  EXPECT_FALSE(Parse({{"chip.textproto", Good()}, {"other.textproto", third}}).ok());
  const std::string fourth = absl::StrReplaceAll(other, {{"Small Chip", "Large Chip"}});
  EXPECT_TRUE(Parse({{"chip.textproto", Good()}, {"other.textproto", fourth}}).ok());
}

TEST(SpecErrorsTest, ADispatchMayBeZeroIfItIsDerived) {
  const std::string zero = absl::StrReplaceAll(
      Good(), {{"dispatch { value: 5 unit: \"us\" basis: FIGURE_BASIS_DATASHEET",
                "dispatch { value: 0 unit: \"us\" note: \"compiled\" basis: FIGURE_BASIS_DERIVED"}});
  EXPECT_TRUE(Parse({{"chip.textproto", zero}}).ok());
  const std::string assumed =
      absl::StrReplaceAll(zero, {{"basis: FIGURE_BASIS_DERIVED", "low: 0 high: 1 basis: FIGURE_BASIS_ASSUMED"}});
  EXPECT_EQ(std::string(Parse({{"chip.textproto", assumed}}).status().message()),
            "chip.textproto: stacks[0].dispatch: value 0: must be above zero; leave out what is unknown");
}

}  // namespace
}  // namespace sandglass::silicon
