// How long the two large questions about money take: a simulation of stranded capital, and a matrix of moves.
//
//   bazel run -c opt //tests/benchmarks:economics_benchmark
//
// Goals: 10^6 paths in 2 s on one core, linear in paths; 45 x 45 moves over ten traces in 5 s, replays not counted.
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "analyzer/economics/lock_in/stranding.h"
#include "analyzer/economics/migration.h"
#include "analyzer/economics/scenario_protos.h"
#include "analyzer/economics/workload.h"
#include "analyzer/replay/trace_fixture.h"
#include "analyzer/silicon/catalog.h"
#include "benchmark/benchmark.h"

namespace sandglass::economics {
namespace {

using ::sandglass::testing::MakeTensor;
using ::sandglass::testing::TraceBuilder;

constexpr int kTraces = 10;
constexpr size_t kClasses = 45;
constexpr int kMovePaths = 1000;

StrandingQuestion Question() {
  StrandingQuestion question;
  question.hazard = Distribution::Gamma(2.5, 12);
  question.successor_share = Distribution::Triangular(0.25, 0.6, 1);
  question.specialised = {.retained = Distribution::Lognormal(0.45, 0.5),
                          .slow = Distribution::Triangular(0.2, 0.36, 0.8),
                          .lag = Distribution::Lognormal(0.94, 0.4),
                          .salvage = Distribution::Triangular(0, 0.02, 0.1)};
  question.general = {.retained = Distribution::Triangular(0.6, 0.85, 0.98),
                      .slow = Distribution::Point(1),
                      .lag = Distribution::Triangular(0, 0.04, 0.25),
                      .salvage = Distribution::Triangular(0.05, 0.25, 0.5)};
  return question;
}

void BM_Stranding(benchmark::State& state) {
  const StrandingQuestion question = Question();
  const auto paths = static_cast<uint64_t>(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(Simulate(question, paths, 1));
  state.SetComplexityN(state.range(0));
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(BM_Stranding)
    ->RangeMultiplier(10)
    ->Range(10000, 1000000)
    ->Unit(benchmark::kMillisecond)
    ->Complexity(benchmark::oN);

// A product and a sum, larger from trace to trace.
TraceBuilder TraceOf(int number) {
  const int64_t side = int64_t{512} * (number + 1);
  TraceBuilder builder;
  const trace::Tensor matrix = MakeTensor({side, side}, trace::DataType::kBfloat16);
  builder.trace().name = absl::StrCat("trace-", number);
  builder.AddOperator(builder.AddSignature("aten::mm", {matrix, matrix}, {matrix}));
  builder.AddOperator(builder.AddSignature("aten::cumsum", {matrix}, {matrix}));
  return builder;
}

void BM_Matrix(benchmark::State& state) {
  const auto catalog = silicon::Catalog::Embedded();
  const auto standard = WithDefaults(v1::Scenario());
  const auto scenario = ReadScenario(*standard);
  const Pricebook pricebook = {
      .defaults = *LoadDefaults(), .priors = *models::ErrorPriors::Embedded(), .options = CostOptions()};
  std::vector<TraceBuilder> builders;
  for (int i = 0; i < kTraces; ++i) builders.push_back(TraceOf(i));
  std::vector<WorkloadTrace> traces;
  for (TraceBuilder& builder : builders) {
    traces.push_back({.name = builder.trace().name,
                      .path = "traces",
                      .prepared = replay::Prepare(builder.trace(), replay::Precision::kBf16)});
  }
  std::vector<WorkloadOnClass> classes;
  for (const silicon::SiliconClass& silicon : catalog->classes()) {
    if (classes.size() == kClasses) break;
    if (silicon.generality == silicon::Generality::kSinglePurpose) continue;
    WorkloadOnClass& on = classes.emplace_back();
    for (const WorkloadTrace& trace : traces) on.push_back(Observe(trace, catalog->TargetFor(silicon, ""), pricebook));
  }
  size_t priced = 0;
  for (auto _ : state) {
    const MovePricer pricer(scenario->migration, kMovePaths, 1);
    for (const WorkloadOnClass& from : classes) {
      for (const WorkloadOnClass& to : classes) {
        const auto planned = PlanMigration(from, to, false, *scenario);
        if (planned.ok() && PriceOf(*planned, pricer).has_value()) ++priced;
      }
    }
  }
  state.counters["classes"] = static_cast<double>(classes.size());
  state.counters["priced"] = static_cast<double>(priced) / static_cast<double>(state.iterations());
}
BENCHMARK(BM_Matrix)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace sandglass::economics
