// The catalog against the table of facts that it was carried over from, where that table is at hand.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <map>
#include <regex>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "analyzer/silicon/catalog.h"
#include "analyzer/silicon/validator.h"

namespace sandglass::silicon {
namespace {

// Classes of the table whose rows speak of a class of the catalog. Some figures are those of a sister chip, and say so
// in their notes; the table has no rows for some classes.
const std::map<std::string, std::set<std::string>>& TableClasses() {
  static const auto* const classes = new std::map<std::string, std::set<std::string>>{
      {"amd-epyc-9654", {"AMD EPYC 9654 (Genoa)"}},
      {"amd-mi100", {}},
      {"amd-mi210", {"AMD MI210"}},
      {"amd-mi250x", {"AMD MI250X", "AMD MI250"}},
      {"amd-mi300x", {"AMD MI300X"}},
      {"amd-mi325x", {"AMD MI325X"}},
      {"amd-mi355x", {"AMD MI355X"}},
      {"aws-inferentia2", {"AWS Inferentia2", "AWS Trainium1"}},
      {"aws-trainium1", {"AWS Trainium1"}},
      {"aws-trainium2", {"AWS Trainium2"}},
      {"aws-trainium3", {"AWS Trainium3"}},
      {"cerebras-wse3", {"Cerebras WSE-3", "Cerebras WSE-2 (CS-2)"}},
      {"deshaw-anton1", {"Anton 1"}},
      {"deshaw-anton2", {"Anton 2"}},
      {"deshaw-anton3", {"Anton 3", "Anton 2"}},
      {"google-tpu-v2", {"Google TPU v2", "Google TPU (all)"}},
      {"google-tpu-v3", {"Google TPU v3", "Google TPU (all)"}},
      {"google-tpu-v4", {"Google TPU v4", "Google TPU (all)"}},
      {"google-tpu-v5e", {"Google TPU v5e", "Google TPU (all)"}},
      {"google-tpu-v5p", {"Google TPU v5p", "Google TPU (all)"}},
      {"google-tpu-v6e", {"Google TPU v6e (Trillium)", "Google TPU (all)"}},
      {"google-tpu-v7", {"Google TPU v7 (Ironwood)", "Google TPU (all)"}},
      {"graphcore-ipu-mk2", {"Graphcore IPU Mk2"}},
      {"groq-lpu-v1", {"Groq LPU v1"}},
      {"intel-b60", {}},
      {"intel-gaudi2", {"Intel Gaudi2"}},
      {"intel-gaudi3", {"Intel Gaudi3"}},
      {"intel-xeon-8480", {"Intel Xeon 8480+ (SPR)"}},
      {"nvidia-a100-pcie-40gb",
       {"NVIDIA A100-PCIe-80GB", "NVIDIA A100-SXM-40GB", "NVIDIA A100-SXM-80GB", "NVIDIA A100 (GA100 full die)"}},
      {"nvidia-a100-pcie-80gb",
       {"NVIDIA A100-PCIe-80GB", "NVIDIA A100-PCIe/SXM-80GB", "NVIDIA A100-SXM-80GB", "NVIDIA A100 (GA100 full die)"}},
      {"nvidia-a100-sxm-40gb", {"NVIDIA A100-SXM-40GB", "NVIDIA A100-SXM-80GB", "NVIDIA A100 (GA100 full die)"}},
      {"nvidia-a100-sxm-80gb", {"NVIDIA A100-SXM-80GB", "NVIDIA A100-PCIe/SXM-80GB", "NVIDIA A100 (GA100 full die)"}},
      {"nvidia-a10g", {"NVIDIA A10G"}},
      {"nvidia-a40", {}},
      {"nvidia-b200-sxm", {"NVIDIA B200-SXM", "NVIDIA GB200 (per GPU)"}},
      {"nvidia-b300-sxm", {"NVIDIA B300-SXM"}},
      {"nvidia-gb200", {"NVIDIA GB200 (per GPU)", "NVIDIA GB200-NVL2 (2 GPUs)", "NVIDIA B200-SXM"}},
      {"nvidia-gb300", {"NVIDIA GB300 NVL72", "NVIDIA B300-SXM"}},
      {"nvidia-grace", {"NVIDIA Grace Superchip"}},
      {"nvidia-h100-pcie", {"NVIDIA H100-PCIe", "NVIDIA H100-SXM"}},
      {"nvidia-h100-sxm", {"NVIDIA H100-SXM", "NVIDIA H200-SXM"}},
      {"nvidia-h200-sxm", {"NVIDIA H200-SXM", "NVIDIA H100-SXM"}},
      {"nvidia-l4", {"NVIDIA L4"}},
      {"nvidia-l40s", {"NVIDIA L40S", "NVIDIA L40"}},
      {"nvidia-p100-pcie", {"NVIDIA P100", "NVIDIA P100-SXM2"}},
      {"nvidia-p4", {}},
      {"nvidia-rtx-pro-6000", {}},
      {"nvidia-t4", {"NVIDIA T4"}},
      {"nvidia-v100-pcie-32gb", {"NVIDIA V100-PCIe-32GB", "NVIDIA V100", "NVIDIA V100-SXM2-32GB"}},
      {"nvidia-v100-sxm2-32gb",
       {"NVIDIA V100-SXM2-32GB", "NVIDIA V100", "NVIDIA V100-PCIe-32GB", "NVIDIA V100-SXM3-32GB"}},
      {"sambanova-sn40l", {"SambaNova SN40L"}},
      {"tenstorrent-blackhole-p150a", {"Tenstorrent Blackhole p150a"}},
      {"tenstorrent-wormhole-n300",
       {"Tenstorrent Wormhole n300", "Tenstorrent Wormhole n150s", "Tenstorrent Wormhole"}},
  };
  return *classes;
}

// Titles of sources whose rows the table holds, and how it names them.
const std::map<std::string, std::string>& TableSources() {
  static const auto* const sources = new std::map<std::string, std::string>{
      {"Amazon EC2 Capacity Blocks for ML Pricing", "Amazon EC2 Capacity Blocks"},
      {"Anton 2 paper, SC14", "SC14"},
      {"Encyclopedia article 'Anton (computer)'", "article"},
      {"Epoch AI chip dataset", "Epoch AI chip dataset"},
      {"Google Cloud TPU documentation", "cloud.google.com/tpu/docs"},
      {"HPCwire", "hpcwire.com"},
      {"Hot Chips 2024, SambaNova SN40L", "Hot Chips 2024 SN40L slides"},
      {"Hugging Face blog", "huggingface.co/blog"},
      {"Intel Gaudi documentation", "docs.habana.ai"},
      {"PrincetonUniversity/LLMCompass", "PrincetonUniversity/LLMCompass"},
      {"abhibambhaniya/GenZ-LLM-Analyzer", "abhibambhaniya/GenZ-LLM-Analyzer"},
      {"areuther/ai-accelerators", "areuther/ai-accelerators"},
      {"aws-neuron/aws-neuron-sdk", "aws-neuron/aws-neuron-sdk"},
      {"epoch-research/ai-chip-counts", "epoch-research/ai-chip-counts"},
      {"epoch-research/training-cost-trends", "data/Hardware prices.csv"},
      {"hardwaretimes.com, NVIDIA announces Grace", "hardwaretimes.com"},
      {"jax-ml/scaling-book", "jax-ml/scaling-book"},
      {"mlco2/codecarbon", "mlco2/codecarbon"},
      {"sitar-lab/NeuSight", "sitar-lab/NeuSight"},
      {"skypilot-org/skypilot-catalog", "skypilot-org/skypilot-catalog"},
      {"stas00/ml-engineering", "stas00/ml-engineering"},
      {"te42kyfo/gpu-benches", "te42kyfo/gpu-benches"},
      {"tenstorrent/tenstorrent.github.io", "tenstorrent/tenstorrent.github.io"},
      {"tenstorrent/tt-isa-documentation", "tenstorrent/tt-isa-documentation"},
  };
  return *sources;
}

// Figures of those sources that were read at the source itself, because the table prints something else of it.
const std::set<std::string>& ReadAtTheSource() {
  static const auto* const figures = new std::set<std::string>{
      // A server of eight: the table has its bandwidth, or the seven peers.
      "amd-mi300x link.chips: 8 count",
      "intel-gaudi2 link.chips: 8 count",
      "intel-gaudi3 link.chips: 8 count",
      "nvidia-a100-sxm-40gb link.chips: 8 count",
      "nvidia-a100-sxm-80gb link.chips: 8 count",
      "nvidia-h100-sxm link.chips: 8 count",
      "nvidia-h200-sxm link.chips: 8 count",
      // Two TensorCores with two and four matrix units.
      "google-tpu-v3 systolic.arrays: 4 count",
      "google-tpu-v4 systolic.arrays: 8 count",
      // In the table from another source.
      "google-tpu-v4 memory.bandwidth: 1200 GB/s",
      "google-tpu-v4 memory.capacity: 32 GiB",
      "google-tpu-v6e matrix_rates[0].peak.alternatives[1]: 926 TFLOP/s",
      "tenstorrent-blackhole-p150a dataflow.cores.alternatives[0]: 140 count",
      // Not in the table.
      "intel-gaudi3 power.limit.alternatives[0]: 850 W",
  };
  return *figures;
}

struct Row {
  std::string source;
  std::vector<double> numbers;
};

void AddNumbers(const std::string& text, const std::regex& pattern, std::vector<double>& numbers) {
  for (auto it = std::sregex_iterator(text.begin(), text.end(), pattern); it != std::sregex_iterator(); ++it) {
    numbers.push_back(std::stod((*it)[1]));
  }
}

// All rows of each table class, with the numbers in the value, its unit and the note, and those that are words of the
// field's name ("md_rate_dhfr_23558_atoms").
std::map<std::string, std::vector<Row>> ReadTable(std::istream& table) {
  static const std::regex number("([0-9]+(?:\\.[0-9]+)?)");
  static const std::regex number_in_name("_([0-9]+)(?=_|$)");
  std::map<std::string, std::vector<Row>> rows;
  std::string line;
  while (std::getline(table, line)) {
    const std::vector<std::string> cells = absl::StrSplit(line, '\t');
    if (cells.size() < 7) continue;
    Row row = {.source = cells[4], .numbers = {}};
    AddNumbers(absl::StrCat(cells[2], " ", cells[3], " ", cells[6]), number, row.numbers);
    AddNumbers(cells[1], number_in_name, row.numbers);
    rows[cells[0]].push_back(std::move(row));
  }
  return rows;
}

// Whether they are the same, be it with another prefix of the unit (1.4 kW, 1400 W) or in per cent.
bool IsSame(const v1::Figure& figure, double number) {
  std::vector<double> factors = {1, 1e3, 1e-3};
  if (figure.unit() == "ratio") factors = {1, 100};
  for (const double factor : factors) {
    if (std::abs(number - figure.value() * factor) <= 1e-9 * number) return true;
  }
  return false;
}

bool IsIn(const std::vector<Row>& rows, const v1::Figure& figure) {
  const std::string& source = TableSources().at(figure.source().title());
  for (const Row& row : rows) {
    if (!absl::StrContains(row.source, source)) continue;
    for (const double number : row.numbers) {
      if (IsSame(figure, number)) return true;
    }
  }
  return false;
}

TEST(CatalogFactsTest, WhatCitesTheTableStandsInIt) {
  const char* data = std::getenv("SANDGLASS_DATA");
  std::ifstream table(absl::StrCat(data == nullptr ? "" : data, "/silicon/catalog.tsv"));
  if (data == nullptr || !table.good()) GTEST_SKIP() << "set SANDGLASS_DATA to the folder of silicon/catalog.tsv";
  const auto rows = ReadTable(table);
  const auto catalog = Catalog::Embedded();
  ASSERT_TRUE(catalog.ok()) << catalog.status();
  size_t checked = 0;
  std::set<std::string> at_the_source = ReadAtTheSource();
  for (const v1::SiliconClass& message : catalog->protos()) {
    const auto names = TableClasses().find(message.id());
    ASSERT_NE(names, TableClasses().end()) << message.id() << ": say which rows of the table speak of it";
    std::vector<Row> its_rows;
    for (const std::string& name : names->second) {
      ASSERT_EQ(rows.count(name), 1) << name;
      its_rows.insert(its_rows.end(), rows.at(name).begin(), rows.at(name).end());
    }
    VisitFigures(message, [&](const std::string& path, const v1::Figure& figure) {
      const bool quoted = figure.basis() == v1::FIGURE_BASIS_MEASURED || figure.basis() == v1::FIGURE_BASIS_DATASHEET;
      if (!quoted || TableSources().count(figure.source().title()) == 0) return;
      ++checked;
      if (IsIn(its_rows, figure)) return;
      const std::string line = absl::StrCat(message.id(), " ", path, ": ", figure.value(), " ", figure.unit());
      EXPECT_EQ(at_the_source.erase(line), 1) << line << " is in no row of its class and source";
    });
  }
  EXPECT_EQ(TableClasses().size(), catalog->classes().size());
  EXPECT_EQ(at_the_source, std::set<std::string>()) << "is in the table after all, or no longer in the catalog";
  EXPECT_GT(checked, 650);
}

}  // namespace
}  // namespace sandglass::silicon
