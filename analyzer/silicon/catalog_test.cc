#include "analyzer/silicon/catalog.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>

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
  const std::vector<std::string> expected = {"amd-mi300x",      "aws-trainium2",   "deshaw-anton3",
                                             "google-tpu-v5e",  "google-tpu-v5p",  "google-tpu-v6e",
                                             "intel-gaudi3",    "intel-xeon-8480", "nvidia-a100-sxm-80gb",
                                             "nvidia-b200-sxm", "nvidia-h100-sxm", "nvidia-h200-sxm"};
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

TEST(CatalogTest, DigestFollowsContentsAndNotOrder) {
  const std::string h100 = Embedded().protos()[10].DebugString();
  const std::string mi300x = Embedded().protos()[0].DebugString();
  const auto one = Catalog::FromFiles({{"nvidia-h100-sxm.textproto", h100}, {"amd-mi300x.textproto", mi300x}});
  const auto two = Catalog::FromFiles({{"amd-mi300x.textproto", mi300x}, {"nvidia-h100-sxm.textproto", h100}});
  const auto three = Catalog::FromFiles({{"amd-mi300x.textproto", mi300x + "#"}, {"nvidia-h100-sxm.textproto", h100}});
  ASSERT_TRUE(one.ok() && two.ok() && three.ok()) << one.status() << two.status() << three.status();
  EXPECT_EQ(one->digest_hex(), two->digest_hex());
  EXPECT_NE(one->digest_hex(), three->digest_hex());
}

TEST(CatalogTest, TextErrorsNameFileLineAndColumn) {
  const auto catalog = Catalog::FromFiles({{"x.textproto", "id: \"x\"\nmemory {\n  capacty { value: 1 }\n}\n"}});
  EXPECT_EQ(catalog.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(std::string(catalog.status().message()),
            "x.textproto:3:11: Message type \"sandglass.v1.Memory\" has no field named \"capacty\".");
}

TEST(CatalogTest, FolderIsReadAndMissingOnesAreReported) {
  const std::filesystem::path folder = std::filesystem::path(::testing::TempDir()) / "catalog_test";
  std::filesystem::create_directories(folder);
  EXPECT_EQ(Catalog::FromDirectory(folder.string()).status().code(), absl::StatusCode::kNotFound);
  std::ofstream(folder / "amd-mi300x.textproto") << Embedded().protos()[0].DebugString();
  std::ofstream(folder / "notes.txt") << "not a spec";
  const auto catalog = Catalog::FromDirectory(folder.string());
  ASSERT_TRUE(catalog.ok()) << catalog.status();
  EXPECT_EQ(catalog->classes().size(), 1);
  EXPECT_EQ(Catalog::FromDirectory((folder / "none").string()).status().code(), absl::StatusCode::kNotFound);
}

// Values read by hand from the rows of the fact table, converted by hand.
TEST(CatalogTest, H100ByHand) {
  const SiliconClass& h100 = Class("H100-SXM");
  EXPECT_EQ(h100.MatrixRate(Format::kBf16)->flop_per_s.value, 989e12);
  EXPECT_EQ(h100.MatrixRate(Format::kTf32)->flop_per_s.value, 494.5e12);
  EXPECT_EQ(h100.MatrixRate(Format::kFp8)->flop_per_s.value, 1979e12);
  EXPECT_EQ(h100.MatrixRate(Format::kFp32), nullptr);
  EXPECT_DOUBLE_EQ(h100.MatrixRate(Format::kBf16)->joule_per_flop.value, 0.77e-12);
  EXPECT_EQ(h100.VectorRate(Format::kFp32)->flop_per_s.value, 66.91e12);
  EXPECT_EQ(h100.memory->capacity_bytes.value, 80e9);
  EXPECT_EQ(h100.memory->bandwidth_bytes_per_s.value, 3350e9);
  EXPECT_EQ(h100.memory->on_chip_bytes->value, 50.0 * 1024 * 1024);
  EXPECT_EQ(h100.power.limit_w.value, 700);
  EXPECT_EQ(h100.power.idle_w.value, 120);
  EXPECT_EQ(h100.link->bytes_per_s.value, 450e9);
  EXPECT_EQ(std::get<GpuCores>(h100.chip).cores.value, 132);
  EXPECT_DOUBLE_EQ(h100.stacks[0].operator_floor_s.value, 2.5e-6);
  // 794.5 / 989 = 0.8033.
  EXPECT_NEAR(h100.matrix_efficiency->value, 794.5 / 989, 5e-4);
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

TEST(CatalogTest, WhoRunsWhat) {
  using ops::OpClass;
  const std::tuple<const char*, OpClass, Support> kTable[] = {
      {"H100", OpClass::kGemm, Support::kNative},
      {"H100", OpClass::kSelectiveScan, Support::kNative},
      {"H100", OpClass::kMdPairs, Support::kNative},
      {"MI300X", OpClass::kSelectiveScan, Support::kNative},
      {"MI300X", OpClass::kMdConstraints, Support::kNative},
      {"v5e", OpClass::kAttention, Support::kNative},
      {"v5p", OpClass::kSelectiveScan, Support::kDecomposed},
      {"v6e", OpClass::kFft, Support::kHostFallback},
      {"v6e", OpClass::kTriangularSolve, Support::kNative},
      {"v6e", OpClass::kMdFft, Support::kUnsupported},
      {"trn2", OpClass::kSelectiveScan, Support::kNative},
      {"trn2", OpClass::kFft, Support::kUnknown},
      {"trn2", OpClass::kMdPairs, Support::kUnsupported},
      {"Gaudi3", OpClass::kSelectiveScan, Support::kDecomposed},
      {"Gaudi3", OpClass::kTriangularSolve, Support::kHostFallback},
      {"Gaudi3", OpClass::kMdOther, Support::kUnsupported},
      {"anton3", OpClass::kMdPairs, Support::kNative},
      {"anton3", OpClass::kGemm, Support::kUnsupported},
      {"cpu", OpClass::kOdeStep, Support::kNative},
  };
  for (const auto& [name, op_class, support] : kTable) {
    const OperatorSupport got = Class(name).stacks.front().SupportFor(op_class);
    EXPECT_EQ(got.support, support) << name << " " << ops::OpClassName(op_class);
    EXPECT_FALSE(got.source.empty());
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
    size_t purchases = 0;
    for (const Price& price : silicon.prices) purchases += price.basis == PriceBasis::kPurchase ? 1 : 0;
    EXPECT_EQ(purchases, 1) << silicon.id;
  }
}

}  // namespace
}  // namespace sandglass::silicon
