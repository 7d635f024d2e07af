// A silicon class with round numbers, for tests that work examples by hand.
#ifndef SANDGLASS_ANALYZER_SILICON_SILICON_FIXTURE_H_
#define SANDGLASS_ANALYZER_SILICON_SILICON_FIXTURE_H_

#include "analyzer/silicon/silicon.h"

namespace sandglass::testing {

// A figure of that value, without a range, from a datasheet.
inline silicon::Figure MakeFigure(double value) {
  return {.value = value,
          .low = value,
          .high = value,
          .basis = silicon::Basis::kDatasheet,
          .path = "test.figure",
          .source = "made for a test"};
}

// A rate in FLOP/s that costs `pj` picojoules a FLOP.
inline silicon::ComputeRate MakeRate(silicon::Format format, double flop_per_s, double pj) {
  return {.format = format, .flop_per_s = MakeFigure(flop_per_s), .joule_per_flop = MakeFigure(pj * 1e-12)};
}

// A statement of a stack on one class of operators, or on all.
inline silicon::SupportStatement Says(std::optional<ops::OpClass> op_class, silicon::Support support) {
  silicon::SupportStatement statement;
  statement.op_class = op_class;
  statement.support = {.support = support, .evidence = silicon::Evidence::kDocumented, .source = "made for a test"};
  return statement;
}

// A chip of one engine with BF16 100 TFLOP/s (1 pJ/FLOP), TF32 50 TFLOP/s, vector FP32 10 TFLOP/s (2 pJ/FLOP), memory
// of 1 GB at 1 TB/s (10 pJ/B), 100 W limit over 20 W idle, 30 W host, floor 1 us, dispatch 2 us, loop turn 0.5 us;
// eight of them joined at 100 GB/s; USD 1,000, or USD 1 an hour. All efficiencies are 1, and everything runs natively.
inline silicon::SiliconClass RoundChip() {
  using silicon::Format;
  silicon::SiliconClass chip;
  chip.id = "round-chip";
  chip.display_name = "Round chip";
  chip.generality = silicon::Generality::kGeneral;
  chip.matrix_rates = {MakeRate(Format::kBf16, 100e12, 1), MakeRate(Format::kTf32, 50e12, 2)};
  chip.vector_rates = {MakeRate(Format::kFp32, 10e12, 2)};
  chip.matrix_efficiency = MakeFigure(1);
  chip.vector_efficiency = MakeFigure(1);
  chip.memory = silicon::Memory{.capacity_bytes = MakeFigure(1e9),
                                .bandwidth_bytes_per_s = MakeFigure(1e12),
                                .efficiency = MakeFigure(1),
                                .joule_per_byte = MakeFigure(10e-12),
                                .on_chip_bytes = MakeFigure(1e6)};
  chip.power = {.limit_w = MakeFigure(100), .idle_w = MakeFigure(20), .host_share_w = MakeFigure(30)};
  chip.link = silicon::Link{.bytes_per_s = MakeFigure(100e9),
                            .latency_s = MakeFigure(1e-6),
                            .max_chips = MakeFigure(8),
                            .topology = "switch"};
  chip.chip = silicon::MatrixVectorEngines{
      .matrix_engines = MakeFigure(1), .tile_rows = MakeFigure(16), .tile_columns = MakeFigure(16)};
  silicon::Stack stack;
  stack.name = "test";
  stack.dispatch_s = MakeFigure(2e-6);
  stack.operator_floor_s = MakeFigure(1e-6);
  stack.loop_turn_s = MakeFigure(0.5e-6);
  stack.statements = {Says(std::nullopt, silicon::Support::kNative)};
  chip.stacks = {stack};
  chip.prices = {{.basis = silicon::PriceBasis::kPurchase, .usd = MakeFigure(1000), .region = "", .as_of = "2026-01"},
                 {.basis = silicon::PriceBasis::kOnDemand, .usd = MakeFigure(1), .region = "", .as_of = "2026-01"}};
  return chip;
}

}  // namespace sandglass::testing

#endif  // SANDGLASS_ANALYZER_SILICON_SILICON_FIXTURE_H_
