// Small traces and round prices, for tests of what work costs on several classes.
#ifndef SANDGLASS_ANALYZER_ECONOMICS_WORKLOAD_FIXTURE_H_
#define SANDGLASS_ANALYZER_ECONOMICS_WORKLOAD_FIXTURE_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "analyzer/economics/workload.h"
#include "analyzer/models/error_prior.h"
#include "analyzer/ops/op_class.h"
#include "analyzer/ops/signature_builder.h"
#include "analyzer/replay/class_replay.h"
#include "analyzer/replay/precision.h"
#include "analyzer/replay/trace_fixture.h"
#include "analyzer/silicon/silicon_fixture.h"
#include "analyzer/trace/trace.h"

namespace sandglass::testing {

// `count` BF16 products of square matrices. On the round class one of 1024 takes 22.47483648 us.
inline void AddProducts(TraceBuilder& builder, int64_t side, uint64_t count) {
  const trace::Tensor matrix = MakeTensor({side, side}, trace::DataType::kBfloat16);
  const uint32_t op = builder.AddOperator(builder.AddSignature("aten::mm", {matrix, matrix}, {matrix}));
  builder.trace().operators[op].occurrences = count;
}

// `count` selective scans over `steps` positions of 1000 channels with 10 states. On the round class one over 100 takes
// 2.43 us natively; decomposed it takes 100 turns of 10.5 us more (class_coverage_test.cc).
inline void AddScans(TraceBuilder& builder, int64_t steps, uint64_t count) {
  const trace::Tensor u = MakeTensor({1, 1000, steps});
  const trace::Tensor b = MakeTensor({1, 10, steps});
  const uint32_t op = builder.AddOperator(
      builder.AddSignature("sandglass::selective_scan", {u, u, MakeTensor({1000, 10}), b, b, MakeTensor({1000})}, {u}));
  builder.trace().operators[op].occurrences = count;
}

// `count` causal attentions of 8 heads over 1024 positions of 128.
inline void AddAttention(TraceBuilder& builder, uint64_t count) {
  const ops::Dims heads = {1, 8, 1024, 128};
  builder.trace().signatures.push_back(ops::Op("aten::_scaled_dot_product_flash_attention")
                                           .In(ops::kBf16, heads)
                                           .In(ops::kBf16, heads)
                                           .In(ops::kBf16, heads)
                                           .Real("dropout_p", 0)
                                           .Flag("is_causal", true)
                                           .Out(ops::kBf16, heads));
  const uint32_t op = builder.AddOperator(static_cast<uint32_t>(builder.trace().signatures.size() - 1));
  builder.trace().operators[op].occurrences = count;
}

// `steps` steps of molecular dynamics of that many atoms, as their pair forces.
inline void AddPairForces(TraceBuilder& builder, int64_t atoms, uint64_t steps) {
  trace::Signature pairs;
  pairs.kind = trace::Kind::kMdPhase;
  pairs.name = "md::nonbonded_pairs";
  pairs.op_class = "md_pairs";
  pairs.stated_flop = 1e4 * static_cast<double>(atoms);
  pairs.attributes = {{.position = 0, .name = "atoms", .value = atoms}};
  builder.trace().signatures.push_back(pairs);
  const auto signature = static_cast<uint32_t>(builder.trace().signatures.size() - 1);
  builder.trace().operators[builder.AddOperator(signature)].occurrences = steps;
}

// The round chip with 1 kW, so that no power limit stretches it, and with kernels that users may write in "CUDA". What
// is decomposed without a loop keeps 0.5.
inline silicon::SiliconClass RoundClass(std::string id, silicon::Generality generality) {
  silicon::SiliconClass chip = RoundChip();
  chip.id = std::move(id);
  chip.vendor = chip.id;
  chip.generality = generality;
  chip.power.limit_w = MakeFigure(1000);
  chip.stacks[0].kernel_language = "CUDA";
  chip.stacks[0].decomposed_retained = MakeFigure(0.5);
  return chip;
}

// The class without a kernel for one kind of operators: it runs them as `support` says.
inline silicon::SiliconClass Lacking(silicon::SiliconClass chip, ops::OpClass op_class, silicon::Support support) {
  auto& statements = chip.stacks[0].statements;
  statements.insert(statements.begin(), Says(op_class, support));
  return chip;
}

// Round defaults, and times that are right within a factor of 2 with a probability of 0.8.
inline economics::Pricebook RoundPricebook(economics::CostBasis basis = economics::CostBasis::kOwned) {
  economics::Pricebook book;
  book.defaults = {.server_over_chip = MakeFigure(1.6),
                   .network_share = MakeFigure(0.2),
                   .life_years = MakeFigure(5),
                   .discount_rate = MakeFigure(0.1),
                   .residual_general = MakeFigure(0.15),
                   .residual_specialised = MakeFigure(0.1),
                   .hosting_usd_per_kw_month = MakeFigure(190),
                   .operations = MakeFigure(0.05),
                   .pue = MakeFigure(1.25),
                   .utilization = MakeFigure(0.7),
                   .goodput = MakeFigure(0.9),
                   .electricity_usd_per_kwh = MakeFigure(0.08)};
  book.priors = *models::ErrorPriors::Parse("priors { chip: '*' low: 0.5 high: 2 coverage: 0.8 source: 'test' }");
  book.options.basis = basis;
  return book;
}

// The trace of `builder`, which must outlive the result, as a part of a workload.
inline economics::WorkloadTrace Part(TraceBuilder& builder, const std::string& path, double weight = 1) {
  return {.name = builder.trace().name,
          .path = path,
          .prepared = replay::Prepare(builder.trace(), replay::Precision::kSource),
          .units = builder.trace().work_done.front().count,
          .weight = weight};
}

// `parts` on a class with its first stack; all must outlive the result.
inline economics::WorkloadOnClass On(const std::vector<economics::WorkloadTrace>& parts,
                                     const silicon::SiliconClass& chip, const economics::Pricebook& book) {
  economics::WorkloadOnClass workload;
  for (const economics::WorkloadTrace& part : parts) {
    workload.push_back(economics::Observe(part, {.silicon = &chip, .stack = &chip.stacks.front()}, book));
  }
  return workload;
}

}  // namespace sandglass::testing

#endif  // SANDGLASS_ANALYZER_ECONOMICS_WORKLOAD_FIXTURE_H_
