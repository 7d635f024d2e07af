// How many operators the models estimate in a second on one core.
//
//   bazel run -c opt //tests/benchmarks:estimate_benchmark
//
// Every operator's shapes are changed, so that none is the same as another: nothing is remembered. The mix is that of
// the traces in $SANDGLASS_DATA/traces/TraceLens, or without them that of one layer of a Transformer in training. Each
// window of kWindow operators ends with its clock and power solved. Goal: 10 M estimates a second on one core, without
// an allocation.
#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <new>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "analyzer/models/operator_model.h"
#include "analyzer/models/power.h"
#include "analyzer/ops/signature_builder.h"
#include "analyzer/ops/work.h"
#include "analyzer/replay/work_list.h"
#include "analyzer/silicon/catalog.h"
#include "analyzer/silicon/support.h"
#include "benchmark/benchmark.h"
#include "tests/accuracy/traced_run.h"

namespace {
std::atomic<uint64_t> allocations = 0;
}  // namespace

// NOLINTBEGIN(misc-new-delete-overloads,cppcoreguidelines-no-malloc)
void* operator new(size_t size) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, size_t) noexcept { std::free(memory); }
// NOLINTEND(misc-new-delete-overloads,cppcoreguidelines-no-malloc)

namespace sandglass {
namespace {

constexpr size_t kOperators = 1 << 16;
constexpr size_t kWindow = 1024;

// Operators of the traces that do work, as often as they occur there.
std::vector<trace::Signature> TracedMix(const std::string& folder) {
  std::vector<trace::Signature> mix;
  for (const auto& file : std::filesystem::recursive_directory_iterator(folder)) {
    if (!absl::EndsWith(file.path().string(), ".json.gz") || absl::StrContains(file.path().string(), "rocprof"))
      continue;
    const absl::StatusOr<trace::Trace> run = accuracy::ReadRun(file.path());
    if (!run.ok()) continue;
    const replay::WorkList list = replay::ListWork(*run, replay::Precision::kSource);
    for (const uint32_t index : list.costed) mix.push_back(run->signatures[run->operators[index].signature]);
  }
  return mix;
}

std::vector<trace::Signature> TransformerMix() {
  using ops::Op;
  const auto product = [](int64_t m, int64_t n, int64_t k) {
    return Op("aten::mm").In(ops::kBf16, {m, k}).In(ops::kBf16, {k, n}).Out(ops::kBf16, {m, n}).get();
  };
  const ops::Dims rows = {4096, 4096};
  return {product(4096, 12288, 4096),
          product(4096, 4096, 4096),
          product(4096, 16384, 4096),
          product(4096, 4096, 16384),
          Op("aten::add").In(ops::kBf16, rows).In(ops::kBf16, rows).Out(ops::kBf16, rows),
          Op("aten::gelu").In(ops::kBf16, rows).Out(ops::kBf16, rows),
          Op("aten::_scaled_dot_product_flash_attention")
              .In(ops::kBf16, {2, 32, 2048, 128})
              .In(ops::kBf16, {2, 32, 2048, 128})
              .In(ops::kBf16, {2, 32, 2048, 128})
              .Real("dropout_p", 0)
              .Flag("is_causal", true)
              .Out(ops::kBf16, {2, 32, 2048, 128}),
          Op("aten::_softmax").In(ops::kBf16, rows).Int("dim", -1).Flag("half_to_float", false).Out(ops::kBf16, rows)};
}

const std::vector<trace::Signature>& Mix() {
  static const auto* const mix = [] {
    const char* data = std::getenv("SANDGLASS_DATA");
    std::vector<trace::Signature> traced;
    if (data != nullptr) traced = TracedMix(absl::StrCat(data, "/traces/TraceLens"));
    if (traced.empty()) std::fprintf(stderr, "without $SANDGLASS_DATA: the mix of one layer of a Transformer\n");
    return new std::vector<trace::Signature>(traced.empty() ? TransformerMix() : std::move(traced));
  }();
  return *mix;
}

// As many works as a benchmark goes through, in the order of the mix, each scaled by a factor of its own.
const std::vector<ops::Work>& Works() {
  static const auto* const works = [] {
    std::vector<ops::Work> known;
    for (const trace::Signature& signature : Mix()) {
      if (absl::StatusOr<ops::Work> work = ops::WorkOf(signature); work.ok()) known.push_back(*std::move(work));
    }
    std::mt19937 random(1);
    std::uniform_real_distribution<double> factor(0.5, 2);
    auto* const many = new std::vector<ops::Work>();
    for (size_t i = 0; i < kOperators; ++i) {
      ops::Work work = known[i % known.size()];
      const double by = factor(random);
      const auto scaled = [by](int64_t size) {
        return std::max<int64_t>(1, static_cast<int64_t>(static_cast<double>(size) * by));
      };
      if (work.problem.has_value()) work.problem->m = scaled(work.problem->m);
      if (work.problem.has_value()) work.problem->n = scaled(work.problem->n);
      if (work.attention.has_value()) work.attention->queries = scaled(work.attention->queries);
      work.matrix *= by * by;
      work.vector *= by;
      work.read *= by;
      work.written *= by;
      work.addressed *= by;
      many->push_back(work);
    }
    return many;
  }();
  return *works;
}

silicon::Target TargetOf(const silicon::Catalog& catalog, const char* name) {
  return catalog.TargetFor(**catalog.Find(name), "");
}

const silicon::Catalog& TheCatalog() {
  static const auto* const catalog = new silicon::Catalog(*silicon::Catalog::Embedded());
  return *catalog;
}

// Operators that a class runs: refusing the others would be timed as the making of their errors.
struct Runnable {
  std::vector<ops::Work> works;
  std::vector<silicon::OperatorSupport> supports;
};

Runnable RunnableOn(const silicon::Target& target) {
  Runnable runnable;
  for (const ops::Work& work : Works()) {
    const silicon::OperatorSupport support = silicon::SupportOf(*target.stack, trace::Signature(), work.op_class);
    if (!models::EstimateOperator(work, support, *target.silicon, *target.stack, {}).ok()) continue;
    runnable.works.push_back(work);
    runnable.supports.push_back(support);
  }
  return runnable;
}

// Estimates them one after the other, and ends each window with its clock and power.
double EstimateAll(const Runnable& runnable, const silicon::Target& target) {
  const auto& [works, supports] = runnable;
  std::vector<models::OperatorEstimate> window;
  window.reserve(kWindow);
  models::WindowEnergy energy;
  double seconds = 0;
  for (size_t i = 0; i < works.size(); ++i) {
    const auto estimate = models::EstimateOperator(works[i], supports[i], *target.silicon, *target.stack, {});
    if (!estimate.ok()) continue;
    window.push_back(*estimate);
    energy.core += estimate->matrix_energy + estimate->vector_energy;
    energy.memory += estimate->memory_energy;
    if (window.size() < kWindow && i + 1 < works.size()) continue;
    const auto time_at = [&window](double clock) {
      Seconds time;
      for (const models::OperatorEstimate& in_window : window) {
        time += clock == 1 ? in_window.device : models::DeviceAt(in_window, clock);
      }
      return time;
    };
    seconds += models::SolvePower(target.silicon->power, time_at, energy, 1).wall.value();
    window.clear();
    energy = {};
  }
  return seconds;
}

void BM_Estimates(benchmark::State& state, const char* name) {
  const silicon::Target target = TargetOf(TheCatalog(), name);
  const Runnable runnable = RunnableOn(target);
  uint64_t allocated = 0;
  for (auto _ : state) {
    const uint64_t before = allocations;
    benchmark::DoNotOptimize(EstimateAll(runnable, target));
    allocated += allocations - before;
  }
  const auto estimates = static_cast<double>(state.iterations()) * static_cast<double>(runnable.works.size());
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(runnable.works.size()));
  state.counters["allocations/estimate"] = static_cast<double>(allocated) / estimates;
}
BENCHMARK_CAPTURE(BM_Estimates, gpu, "nvidia-h100-sxm")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(BM_Estimates, systolic, "tpu-v5p")->Unit(benchmark::kMillisecond);

// Work from shapes, which a replay does once for all classes.
void BM_Work(benchmark::State& state) {
  const std::vector<trace::Signature>& mix = Mix();
  for (auto _ : state) {
    for (const trace::Signature& signature : mix) benchmark::DoNotOptimize(ops::WorkOf(signature));
  }
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(mix.size()));
}
BENCHMARK(BM_Work)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace sandglass
