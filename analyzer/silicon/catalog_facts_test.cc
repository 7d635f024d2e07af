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

// Rows of the table that speak of a class. Some figures are those of a sister chip, and say so in their notes.
const std::map<std::string, std::set<std::string>>& TableClasses() {
  static const auto* const classes = new std::map<std::string, std::set<std::string>>{
      {"amd-mi300x", {"AMD MI300X"}},
      {"aws-trainium2", {"AWS Trainium2"}},
      {"deshaw-anton3", {"Anton 3", "Anton 2"}},
      {"google-tpu-v5e", {"Google TPU v5e"}},
      {"google-tpu-v5p", {"Google TPU v5p"}},
      {"google-tpu-v6e", {"Google TPU v6e (Trillium)"}},
      {"intel-gaudi3", {"Intel Gaudi3"}},
      {"intel-xeon-8480", {"Intel Xeon 8480+ (SPR)"}},
      {"nvidia-a100-sxm-80gb", {"NVIDIA A100-SXM-80GB", "NVIDIA A100-PCIe/SXM-80GB", "NVIDIA A100 (GA100 full die)"}},
      {"nvidia-b200-sxm", {"NVIDIA B200-SXM", "NVIDIA GB200 (per GPU)"}},
      {"nvidia-h100-sxm", {"NVIDIA H100-SXM", "NVIDIA H200-SXM"}},
      {"nvidia-h200-sxm", {"NVIDIA H200-SXM", "NVIDIA H100-SXM"}},
  };
  return *classes;
}

// Sources whose rows the table holds.
bool IsInTable(const std::string& title) {
  static const auto* const titles = new std::set<std::string>{"Epoch AI chip dataset",
                                                              "stas00/ml-engineering",
                                                              "te42kyfo/gpu-benches",
                                                              "aws-neuron/aws-neuron-sdk",
                                                              "Google Cloud TPU documentation",
                                                              "jax-ml/scaling-book",
                                                              "epoch-research/training-cost-trends",
                                                              "epoch-research/ai-chip-counts",
                                                              "skypilot-org/skypilot-catalog",
                                                              "mlco2/codecarbon",
                                                              "sitar-lab/NeuSight",
                                                              "PrincetonUniversity/LLMCompass",
                                                              "abhibambhaniya/GenZ-LLM-Analyzer",
                                                              "Amazon EC2 Capacity Blocks for ML Pricing",
                                                              "HPCwire"};
  return titles->count(title) > 0;
}

// All numbers of the rows of each table class: in the value and in the note.
std::map<std::string, std::vector<double>> NumbersByClass(std::istream& table) {
  static const std::regex number("[0-9]+(\\.[0-9]+)?");
  std::map<std::string, std::vector<double>> numbers;
  std::string line;
  while (std::getline(table, line)) {
    const std::vector<std::string> cells = absl::StrSplit(line, '\t');
    for (const size_t cell : {2, 3, 6}) {
      if (cell >= cells.size()) continue;
      for (auto it = std::sregex_iterator(cells[cell].begin(), cells[cell].end(), number); it != std::sregex_iterator();
           ++it) {
        numbers[cells[0]].push_back(std::stod(it->str()));
      }
    }
  }
  return numbers;
}

TEST(CatalogFactsTest, WhatCitesTheTableStandsInIt) {
  const char* data = std::getenv("SANDGLASS_DATA");
  std::ifstream table(absl::StrCat(data == nullptr ? "" : data, "/silicon/catalog.tsv"));
  if (data == nullptr || !table.good()) GTEST_SKIP() << "set SANDGLASS_DATA to the folder of silicon/catalog.tsv";
  const auto numbers = NumbersByClass(table);
  const auto catalog = Catalog::Embedded();
  ASSERT_TRUE(catalog.ok()) << catalog.status();
  size_t checked = 0;
  for (const v1::SiliconClass& message : catalog->protos()) {
    VisitFigures(message, [&](const std::string& path, const v1::Figure& figure) {
      const bool quoted = figure.basis() == v1::FIGURE_BASIS_MEASURED || figure.basis() == v1::FIGURE_BASIS_DATASHEET;
      if (!quoted || !IsInTable(figure.source().title())) return;
      ++checked;
      bool found = false;
      for (const std::string& name : TableClasses().at(message.id())) {
        const auto rows = numbers.find(name);
        if (rows == numbers.end()) continue;
        for (const double number : rows->second) found |= std::abs(number - figure.value()) <= 1e-9 * number;
      }
      EXPECT_TRUE(found) << message.id() << " " << path << ": " << figure.value() << " " << figure.unit()
                         << " is in no row of its class";
    });
  }
  EXPECT_GT(checked, 150);
}

}  // namespace
}  // namespace sandglass::silicon
