#include "analyzer/silicon/catalog.h"

#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "analyzer/silicon/statistics.h"
#include "analyzer/silicon/validator.h"

namespace sandglass::silicon {
namespace {

const Catalog& Embedded() {
  static const auto* const catalog = new absl::StatusOr<Catalog>(Catalog::Embedded());
  EXPECT_TRUE(catalog->ok()) << catalog->status();
  return **catalog;
}

const SiliconClass& Class(absl::string_view name) {
  const absl::StatusOr<const SiliconClass*> found = Embedded().Find(name);
  EXPECT_TRUE(found.ok()) << found.status();
  return **found;
}

TEST(CatalogTest, EmbeddedOneHoldsTheClasses) {
  std::vector<std::string> ids;
  for (const SiliconClass& silicon : Embedded().classes()) ids.push_back(silicon.id);
  // The classes that were asked for, by name.
  const std::vector<std::string> expected = {"amd-epyc-9654",
                                             "amd-mi100",
                                             "amd-mi210",
                                             "amd-mi250x",
                                             "amd-mi300x",
                                             "amd-mi325x",
                                             "amd-mi355x",
                                             "aws-inferentia2",
                                             "aws-trainium1",
                                             "aws-trainium2",
                                             "aws-trainium3",
                                             "cerebras-wse3",
                                             "deshaw-anton1",
                                             "deshaw-anton2",
                                             "deshaw-anton3",
                                             "google-tpu-v2",
                                             "google-tpu-v3",
                                             "google-tpu-v4",
                                             "google-tpu-v5e",
                                             "google-tpu-v5p",
                                             "google-tpu-v6e",
                                             "google-tpu-v7",
                                             "graphcore-ipu-mk2",
                                             "groq-lpu-v1",
                                             "intel-b60",
                                             "intel-gaudi2",
                                             "intel-gaudi3",
                                             "intel-xeon-8480",
                                             "nvidia-a100-pcie-40gb",
                                             "nvidia-a100-pcie-80gb",
                                             "nvidia-a100-sxm-40gb",
                                             "nvidia-a100-sxm-80gb",
                                             "nvidia-a10g",
                                             "nvidia-a40",
                                             "nvidia-b200-sxm",
                                             "nvidia-b300-sxm",
                                             "nvidia-gb200",
                                             "nvidia-gb300",
                                             "nvidia-grace",
                                             "nvidia-h100-pcie",
                                             "nvidia-h100-sxm",
                                             "nvidia-h200-sxm",
                                             "nvidia-l4",
                                             "nvidia-l40s",
                                             "nvidia-p100-pcie",
                                             "nvidia-p4",
                                             "nvidia-rtx-pro-6000",
                                             "nvidia-t4",
                                             "nvidia-v100-pcie-32gb",
                                             "nvidia-v100-sxm2-32gb",
                                             "sambanova-sn40l",
                                             "tenstorrent-blackhole-p150a",
                                             "tenstorrent-wormhole-n300"};
  EXPECT_EQ(ids, expected);
  ASSERT_EQ(Embedded().protos().size(), expected.size());
  for (size_t i = 0; i < expected.size(); ++i) EXPECT_EQ(Embedded().protos()[i].id(), expected[i]);
  EXPECT_EQ(Embedded().digest_hex().size(), 64);
}

TEST(CatalogTest, NamesThatUsersWriteAreFound) {
  const std::pair<const char*, const char*> kNames[] = {
      {"H100-SXM", "nvidia-h100-sxm"},
      {"h100", "nvidia-h100-sxm"},
      {"B200-SXM", "nvidia-b200-sxm"},
      {"H200-SXM", "nvidia-h200-sxm"},
      {"A100-SXM-80GB", "nvidia-a100-sxm-80gb"},
      {"MI300X", "amd-mi300x"},
      {"TPU v5e", "google-tpu-v5e"},
      {"TPU-v5e", "google-tpu-v5e"},
      {"tpu_v5p", "google-tpu-v5p"},
      {"TPU v6e", "google-tpu-v6e"},
      {"Trillium", "google-tpu-v6e"},
      {"Trainium2", "aws-trainium2"},
      {"trn2", "aws-trainium2"},
      {"Gaudi3", "intel-gaudi3"},
      {"Gaudi 3", "intel-gaudi3"},
      {"Anton 3", "deshaw-anton3"},
      {"anton3", "deshaw-anton3"},
      {" cpu ", "intel-xeon-8480"},
      {"google-tpu-v5p", "google-tpu-v5p"},
  };
  for (const auto& [name, id] : kNames) {
    const auto found = Embedded().Find(name);
    ASSERT_TRUE(found.ok()) << found.status();
    EXPECT_EQ((*found)->id, id) << name;
  }
}

TEST(CatalogTest, AnUnknownNameNamesTheNearest) {
  const auto found = Embedded().Find("H101-SXM");
  EXPECT_EQ(found.status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(std::string(found.status().message()),
            "no silicon class \"H101-SXM\"; nearest are nvidia-h100-sxm, nvidia-a100-sxm-80gb, nvidia-h200-sxm; "
            "`sandglass catalog ls` lists all");
  EXPECT_EQ(Embedded().Find("").status().code(), absl::StatusCode::kNotFound);
}

// Resolved sources keep their key, which a catalog without its list of sources does not know.
void ForgetKeys(google::protobuf::Message& message) {
  if (auto* source = dynamic_cast<v1::Source*>(&message)) source->clear_ref();
  std::vector<const google::protobuf::FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  for (const auto* field : fields) {
    if (field->cpp_type() != google::protobuf::FieldDescriptor::CPPTYPE_MESSAGE) continue;
    if (!field->is_repeated()) {
      ForgetKeys(*message.GetReflection()->MutableMessage(&message, field));
      continue;
    }
    for (int i = 0; i < message.GetReflection()->FieldSize(message, field); ++i) {
      ForgetKeys(*message.GetReflection()->MutableRepeatedMessage(&message, field, i));
    }
  }
}

absl::StatusOr<Catalog> FromClasses(Files classes) {
  return Catalog::FromFiles({.classes = std::move(classes), .stacks = {}, .lists = {}, .shared = {}});
}

// The class alone, without what it refers to.
std::string TextOf(absl::string_view id) {
  for (v1::SiliconClass message : Embedded().protos()) {
    if (message.id() != id) continue;
    for (v1::SoftwareStack& stack : *message.mutable_stacks()) stack.clear_operator_lists();
    message.clear_host();
    // Of one class alone only the first stack needs no host.
    message.mutable_stacks()->DeleteSubrange(1, message.stacks_size() - 1);
    for (v1::SoftwareStack& stack : *message.mutable_stacks()) stack.clear_extends();
    ForgetKeys(message);
    return message.DebugString();
  }
  return "";
}

TEST(CatalogTest, DigestFollowsContentsAndNotOrder) {
  const std::string h100 = TextOf("nvidia-h100-sxm");
  const std::string mi300x = TextOf("amd-mi300x");
  const auto one = FromClasses({{"nvidia-h100-sxm.textproto", h100}, {"amd-mi300x.textproto", mi300x}});
  const auto two = FromClasses({{"amd-mi300x.textproto", mi300x}, {"nvidia-h100-sxm.textproto", h100}});
  const auto three = FromClasses({{"amd-mi300x.textproto", mi300x + "#"}, {"nvidia-h100-sxm.textproto", h100}});
  ASSERT_TRUE(one.ok() && two.ok() && three.ok()) << one.status() << two.status() << three.status();
  EXPECT_EQ(one->digest_hex(), two->digest_hex());
  EXPECT_NE(one->digest_hex(), three->digest_hex());
}

TEST(CatalogTest, TextErrorsNameFileLineAndColumn) {
  const auto catalog = FromClasses({{"x.textproto", "id: \"x\"\nmemory {\n  capacty { value: 1 }\n}\n"}});
  EXPECT_EQ(catalog.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(std::string(catalog.status().message()),
            "x.textproto:3:11: Message type \"sandglass.v1.Memory\" has no field named \"capacty\".");
}

TEST(CatalogTest, AFolderLiesOverTheEmbeddedCatalog) {
  const std::filesystem::path folder = std::filesystem::path(::testing::TempDir()) / "catalog_test";
  std::filesystem::create_directories(folder);
  EXPECT_EQ(Catalog::WithOverlay(folder.string()).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(Catalog::WithOverlay((folder / "none").string()).status().code(), absl::StatusCode::kNotFound);
  std::string slower = TextOf("nvidia-h100-sxm");
  slower.replace(slower.find("value: 3350"), 11, "value: 3000");
  std::ofstream(folder / "nvidia-h100-sxm.textproto") << slower;
  std::ofstream(folder / "notes.txt") << "not a spec";
  const auto catalog = Catalog::WithOverlay(folder.string());
  ASSERT_TRUE(catalog.ok()) << catalog.status();
  EXPECT_EQ(catalog->classes().size(), Embedded().classes().size());
  EXPECT_EQ((*catalog->Find("h100"))->memory->bandwidth_bytes_per_s.value, 3000e9);
  EXPECT_EQ(catalog->shadowed(), std::vector<std::string>{"nvidia-h100-sxm"});
  EXPECT_NE(catalog->digest_hex(), Embedded().digest_hex());
}

// Values read by hand from the rows of the fact table, converted by hand.
TEST(CatalogTest, H100ByHand) {
  const SiliconClass& h100 = Class("H100-SXM");
  EXPECT_EQ(h100.MatrixRate(Format::kBf16)->flop_per_s.value, 989e12);
  EXPECT_EQ(h100.MatrixRate(Format::kTf32)->flop_per_s.value, 494.5e12);
  EXPECT_EQ(h100.MatrixRate(Format::kFp8)->flop_per_s.value, 1979e12);
  EXPECT_EQ(h100.MatrixRate(Format::kFp32), nullptr);
  EXPECT_DOUBLE_EQ(h100.MatrixRate(Format::kBf16)->joule_per_flop.value, 1e-12);
  EXPECT_EQ(h100.VectorRate(Format::kFp32)->flop_per_s.value, 66.91e12);
  EXPECT_EQ(h100.memory->capacity_bytes.value, 80e9);
  EXPECT_EQ(h100.memory->bandwidth_bytes_per_s.value, 3350e9);
  EXPECT_EQ(h100.memory->on_chip_bytes->value, 50.0 * 1024 * 1024);
  EXPECT_EQ(h100.power.limit_w.value, 700);
  EXPECT_EQ(h100.power.idle_w.value, 120);
  EXPECT_EQ(h100.link->bytes_per_s.value, 450e9);
  EXPECT_EQ(std::get<GpuCores>(h100.chip).cores.value, 132);
  EXPECT_DOUBLE_EQ(h100.stacks[0].operator_floor_s.value, 2.5e-6);
  EXPECT_EQ(h100.matrix_efficiency->value, 0.95);
  EXPECT_EQ(h100.power.clock_hz->value, 1.83e9);
  EXPECT_EQ(h100.power.top_clock_hz->value, 1.98e9);
  // 7110 / 8 - 700 + 930 / 8 = 305.0.
  EXPECT_NEAR(h100.power.host_share_w.value, 7110.0 / 8 - 700 + 930.0 / 8, 0.5);
  // 31905 / 1.64 = 19454.3.
  EXPECT_NEAR(h100.prices.back().usd.value, 31905 / 1.64, 1);
  EXPECT_EQ(h100.prices.back().basis, PriceBasis::kPurchase);
  EXPECT_EQ(h100.memory->bandwidth_bytes_per_s.path, "memory.bandwidth");
  EXPECT_EQ(h100.power.limit_w.source,
            "stas00/ml-engineering, 744d01e compute/accelerator/README.md, tables citing the vendor spec page "
            "(2026-08-22)");
}

TEST(CatalogTest, TpuV5eByHand) {
  const SiliconClass& v5e = Class("TPU v5e");
  EXPECT_EQ(v5e.MatrixRate(Format::kBf16)->flop_per_s.value, 197e12);
  // Three and six passes: 197 / 3 = 65.6667, 197 / 6 = 32.8333.
  EXPECT_NEAR(v5e.MatrixRate(Format::kTf32)->flop_per_s.value, 65.6667e12, 1e9);
  EXPECT_NEAR(v5e.MatrixRate(Format::kFp32)->flop_per_s.value, 32.8333e12, 1e9);
  EXPECT_EQ(v5e.memory->capacity_bytes.value, 16e9);
  EXPECT_EQ(v5e.memory->bandwidth_bytes_per_s.value, 819e9);
  EXPECT_EQ(v5e.power.limit_w.basis, Basis::kAssumed);
  const auto& arrays = std::get<SystolicArrays>(v5e.chip);
  EXPECT_EQ(arrays.arrays.value, 4);
  EXPECT_EQ(arrays.side.value, 128);
  EXPECT_EQ(v5e.stacks[0].dispatch_s.value, 0);
  EXPECT_DOUBLE_EQ(v5e.stacks[0].step_launch_s->value, 50e-6);
  EXPECT_TRUE(v5e.stacks[0].fuses);
  EXPECT_TRUE(v5e.stacks[0].fuses_into_products);
}

TEST(CatalogTest, OthersByHand) {
  EXPECT_EQ(Class("MI300X").MatrixRate(Format::kFp32)->flop_per_s.value, 163.4e12);
  EXPECT_EQ(Class("trn2").MatrixRate(Format::kFp32)->flop_per_s.value, 181e12);
  EXPECT_EQ(Class("trn2").memory->capacity_bytes.value, 96.0 * 1024 * 1024 * 1024);
  EXPECT_EQ(Class("trn2").memory->bandwidth_bytes_per_s.value, 2.9e12);
  EXPECT_EQ(Class("Gaudi3").MatrixRate(Format::kFp32)->flop_per_s.value, 229e12);
  EXPECT_EQ(Class("Gaudi3").VectorRate(Format::kFp32)->flop_per_s.value, 14.3e12);
  EXPECT_EQ(Class("B200").memory->capacity_bytes.value, 180e9);
  EXPECT_EQ(Class("A100").memory->bandwidth_bytes_per_s.value, 2039e9);
  EXPECT_EQ(Class("v5p").prices.front().usd.value, 4.2);
  // 56 cores of 2048 FLOP a clock at 2 GHz: 229.4 TFLOP/s.
  EXPECT_NEAR(Class("cpu").MatrixRate(Format::kBf16)->flop_per_s.value, 56 * 2048 * 2e9, 1e11);
  // 212 us a day is 212e-6 / 86400 s/s.
  const auto& anton = std::get<MdMachine>(Class("Anton 3").chip);
  ASSERT_EQ(anton.references.size(), 2);
  EXPECT_DOUBLE_EQ(anton.references[0].rate.value, 212e-6 / 86400);
  EXPECT_DOUBLE_EQ(anton.references[0].step_s.value, 2.5e-15);
}

// Peaks of one design stand in the ratios of its operand widths.
TEST(CatalogTest, RatiosOfPeaks) {
  for (const char* name : {"H100", "H200", "B200", "A100"}) {
    const SiliconClass& gpu = Class(name);
    const double bf16 = gpu.MatrixRate(Format::kBf16)->flop_per_s.value;
    EXPECT_EQ(gpu.MatrixRate(Format::kFp16)->flop_per_s.value, bf16) << name;
    EXPECT_NEAR(gpu.MatrixRate(Format::kTf32)->flop_per_s.value / bf16, 0.5, 1e-3) << name;
    EXPECT_NEAR(gpu.MatrixRate(Format::kInt8)->flop_per_s.value / bf16, 2, 2e-3) << name;
    EXPECT_NEAR(gpu.VectorRate(Format::kFp32)->flop_per_s.value / gpu.VectorRate(Format::kFp64)->flop_per_s.value, 2,
                0.17)
        << name;
  }
  // 132 cores of 128 FMA lanes at 1980 MHz: 66.9 TFLOP/s.
  EXPECT_NEAR(Class("H100").VectorRate(Format::kFp32)->flop_per_s.value, 132 * 128 * 2 * 1.98e9, 5e10);
  // Arrays, side and clock give the peak.
  for (const char* name : {"v5e", "v5p", "v6e"}) {
    const auto& chip = std::get<SystolicArrays>(Class(name).chip);
    const double peak = chip.arrays.value * chip.side.value * chip.side.value * 2 * chip.clock_hz.value;
    EXPECT_NEAR(peak / Class(name).MatrixRate(Format::kBf16)->flop_per_s.value, 1, 0.005) << name;
  }
}

TEST(CatalogTest, EnergiesFitThePowerLimit) {
  for (const SiliconClass& silicon : Embedded().classes()) {
    EXPECT_LT(silicon.power.idle_w.value, silicon.power.limit_w.value) << silicon.id;
    for (const ComputeRate& rate : silicon.matrix_rates) {
      // Where the clock follows the power, models/power_test.cc says what is left of it.
      if (silicon.power.clock_hz.has_value()) continue;
      // The cheapest end at the share of the peak that is reached may not need more than half as much again as there
      // is.
      const double watts =
          rate.joule_per_flop.low * rate.flop_per_s.value * silicon.matrix_efficiency->value + silicon.power.idle_w.low;
      EXPECT_LT(watts, 1.5 * silicon.power.limit_w.high) << silicon.id << " format " << int(rate.format);
    }
    if (!silicon.memory.has_value()) continue;
    const double watts = silicon.memory->joule_per_byte.value * silicon.memory->bandwidth_bytes_per_s.value *
                         silicon.memory->efficiency.value;
    EXPECT_LT(watts + silicon.power.idle_w.value, silicon.power.limit_w.high) << silicon.id;
  }
}

// Walks every message, so that no figure escapes the rules of the validator by where it stands.
TEST(CatalogTest, EveryFigureSaysWhatItRestsOn) {
  size_t figures = 0;
  for (const v1::SiliconClass& message : Embedded().protos()) {
    VisitFigures(message, [&](const std::string& path, const v1::Figure& figure) {
      ++figures;
      EXPECT_FALSE(figure.unit().empty()) << message.id() << " " << path;
      EXPECT_FALSE(figure.source().title().empty()) << message.id() << " " << path;
      EXPECT_NE(figure.basis(), v1::FIGURE_BASIS_UNSPECIFIED) << message.id() << " " << path;
      EXPECT_NE(figure.confidence(), v1::CONFIDENCE_UNSPECIFIED) << message.id() << " " << path;
    });
  }
  EXPECT_GT(figures, 400);
}

TEST(CatalogTest, EveryClassCanBeOwned) {
  for (const SiliconClass& silicon : Embedded().classes()) {
    size_t owned = 0;
    for (const Price& price : silicon.prices) {
      owned += price.basis == PriceBasis::kPurchase || price.basis == PriceBasis::kOwnCost ? 1 : 0;
    }
    EXPECT_GE(owned, 1) << silicon.id;
  }
}

// Nothing is unaccounted for: each number is cited or assumed with a range.
TEST(CatalogTest, EveryNumberIsCitedOrAssumed) {
  const CatalogStatistics statistics = CountFigures(Embedded().protos());
  EXPECT_GE(statistics.classes, 40);
  EXPECT_EQ(statistics.figures.cited() + statistics.figures.assumed, statistics.figures.total());
  uint64_t by_field = 0;
  for (const auto& [field, counts] : statistics.fields) by_field += counts.total();
  EXPECT_EQ(by_field, statistics.figures.total());
  for (const v1::SiliconClass& message : Embedded().protos()) {
    VisitFigures(message, [&](const std::string& path, const v1::Figure& figure) {
      if (figure.basis() == v1::FIGURE_BASIS_ASSUMED) {
        EXPECT_TRUE(figure.has_low() && figure.has_high()) << message.id() << " " << path;
      }
    });
  }
  // What is measured or printed by the maker for nearly every class must not slide into assumption.
  EXPECT_EQ(statistics.fields.at("memory.bandwidth").assumed, 0);
  EXPECT_LT(statistics.fields.at("matrix_rates.peak").assumed, statistics.fields.at("matrix_rates.peak").total() / 10);
}

TEST(CatalogTest, ClaimsSayWhatWasFound) {
  ASSERT_GE(Embedded().claims().size(), 3);
  for (const v1::Claim& claim : Embedded().claims()) {
    EXPECT_FALSE(claim.finding().empty()) << claim.id();
    EXPECT_FALSE(claim.evidence().empty()) << claim.id();
  }
}

}  // namespace
}  // namespace sandglass::silicon
