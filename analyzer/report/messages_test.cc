#include "analyzer/report/messages.h"

#include <vector>

#include "analyzer/silicon/silicon_fixture.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace sandglass::report {
namespace {

using ::sandglass::testing::MakeFigure;
using silicon::Basis;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

silicon::Figure FigureOf(Basis basis, const char* path) {
  silicon::Figure figure = MakeFigure(1);
  figure.basis = basis;
  figure.path = path;
  return figure;
}

TEST(ProvenanceOfTest, WhatStatesNoBasisIsAssumed) {
  EXPECT_EQ(ProvenanceOf(v1::FIGURE_BASIS_MEASURED), v1::ESTIMATE_PROVENANCE_MEASURED);
  EXPECT_EQ(ProvenanceOf(v1::FIGURE_BASIS_DATASHEET), v1::ESTIMATE_PROVENANCE_MODELLED);
  EXPECT_EQ(ProvenanceOf(v1::FIGURE_BASIS_DERIVED), v1::ESTIMATE_PROVENANCE_MODELLED);
  EXPECT_EQ(ProvenanceOf(v1::FIGURE_BASIS_ASSUMED), v1::ESTIMATE_PROVENANCE_ASSUMED);
  EXPECT_EQ(ProvenanceOf(v1::FIGURE_BASIS_UNSPECIFIED), v1::ESTIMATE_PROVENANCE_ASSUMED);
}

TEST(FiguresEstimateTest, OneAssumedFigureMakesItAssumed) {
  const models::ErrorBand band = {.low = 0.5, .high = 2, .coverage = 0.8, .source = "prior"};
  const silicon::Figure sheet = FigureOf(Basis::kDatasheet, "memory.bandwidth");
  const silicon::Figure derived = FigureOf(Basis::kDerived, "stacks[0].dispatch");
  const std::vector<const silicon::Figure*> known = {&sheet, &derived};
  const v1::Estimate modelled = FiguresEstimate({.value = 1, .low = 0.5, .high = 2}, "s/token", band, {&known});
  EXPECT_EQ(modelled.provenance(), v1::ESTIMATE_PROVENANCE_MODELLED);
  EXPECT_THAT(modelled.assumptions(), IsEmpty());
  EXPECT_EQ(modelled.low(), 0.5);
  EXPECT_EQ(modelled.high(), 2);
  EXPECT_EQ(modelled.coverage(), 0.8);
  EXPECT_EQ(modelled.range_source(), "prior");
  EXPECT_EQ(modelled.unit(), "s/token");
  ASSERT_EQ(modelled.sources_size(), 1) << "each once";
  EXPECT_EQ(modelled.sources(0).title(), sheet.source);

  const silicon::Figure idle = FigureOf(Basis::kAssumed, "power.idle");
  const silicon::Figure efficiency = FigureOf(Basis::kAssumed, "memory.efficiency");
  const std::vector<const silicon::Figure*> assumed = {&idle, &efficiency, &idle};
  const v1::Estimate both = FiguresEstimate({.value = 1, .low = 1, .high = 1}, "J", band, {&known, &assumed});
  EXPECT_EQ(both.provenance(), v1::ESTIMATE_PROVENANCE_ASSUMED);
  EXPECT_THAT(both.assumptions(), ElementsAre("power.idle", "memory.efficiency")) << "each once";
}

}  // namespace
}  // namespace sandglass::report
