// What it costs to record operators:
//   - nanoseconds that the model's thread spends on one operator;
//   - run time of a training step traced, divided by untraced: a Transformer of width 256, 4 layers, batch 8 × 128
//     tokens, where operators are small. The goal is 1.10 at most.
// Traced and untraced steps take turns in one process, so that whatever else the machine does falls on both; the median
// of the ratios of neighbours is printed. The sink packs operators into columns, as the one that sends them does.
//
//   bazel run //tests/benchmarks:observer_benchmark [-- PAIRS]
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "collectors/trace_sink.h"
#include "collectors/workloads/registry.h"
#include "proto/operator_columns.h"

namespace sandglass::collectors {
namespace {

constexpr int kDefaultPairs = 15;

class PackingSink final : public TraceSink {
 public:
  absl::Status Begin(const v1::TraceHeader&) override { return absl::OkStatus(); }
  absl::Status Add(const v1::Operator& op) override {
    ++operators;
    builder_.Add(op);
    if (builder_.rows() == 4096) bytes += builder_.Take().SerializeAsString().size();
    return absl::OkStatus();
  }
  absl::StatusOr<v1::TraceManifest> Finish(const v1::TraceSummary&) override { return v1::TraceManifest(); }
  void Abort() override {}

  uint64_t operators = 0;
  size_t bytes = 0;

 private:
  ColumnBuilder builder_;
};

double Seconds(const std::function<void()>& body) {
  const auto start = std::chrono::steady_clock::now();
  body();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

[[noreturn]] void Fail(const absl::Status& status) {
  std::fprintf(stderr, "observer_benchmark: %s\n", std::string(status.message()).c_str());
  std::exit(1);
}

// A workload that is ready, with one step a Record.
std::unique_ptr<Workload> Ready(const char* name, const WorkloadOptions& options) {
  auto workload = MakeWorkload(name, options);
  if (!workload.ok()) Fail(workload.status());
  if (absl::Status status = (*workload)->Prepare(); !status.ok()) Fail(status);
  return *std::move(workload);
}

struct Cost {
  double untraced_seconds = 0;
  double ratio = 0;
  double operators = 0;
};

Cost Measure(Workload& workload, int pairs) {
  std::vector<double> untraced;
  std::vector<double> ratios;
  PackingSink sink;
  for (int i = 0; i < pairs; ++i) {
    double plain = 0;
    double traced = 0;
    const auto run_plain = [&] {
      plain = Seconds([&] {
        if (absl::Status status = workload.Rehearse(); !status.ok()) Fail(status);
      });
    };
    const auto run_traced = [&] {
      traced = Seconds([&] {
        if (auto summary = workload.Record(sink, nullptr); !summary.ok()) Fail(summary.status());
      });
    };
    // In turn first and second, so that neither gains from the other's warm caches.
    if (i % 2 == 0) {
      run_plain();
      run_traced();
    } else {
      run_traced();
      run_plain();
    }
    untraced.push_back(plain);
    ratios.push_back(traced / plain);
  }
  return {.untraced_seconds = Median(untraced),
          .ratio = Median(ratios),
          .operators = static_cast<double>(sink.operators) / pairs};
}

void Report(const char* what, const Cost& cost) {
  std::printf("%-34s %10.2f ms untraced %8.0f operators   traced/untraced %.3f   %6.0f ns an operator\n", what,
              1e3 * cost.untraced_seconds, cost.operators, cost.ratio,
              1e9 * cost.untraced_seconds * (cost.ratio - 1) / cost.operators);
}

int Main(int pairs) {
  WorkloadOptions goal;
  goal.phase = v1::PHASE_TRAIN;
  goal.steps = 1;
  Report("transformer d=256 L=4 8x128 train", Measure(*Ready("transformer", goal), pairs));

  // One thread and next to no arithmetic: what is left is the cost of dispatch and of recording.
  WorkloadOptions tiny = goal;
  tiny.threads = 1;
  tiny.width = 8;
  tiny.batch = 1;
  tiny.tokens = 64;
  Report("liquid d=8 1x64 train", Measure(*Ready("liquid", tiny), pairs));
  return 0;
}

}  // namespace
}  // namespace sandglass::collectors

int main(int argc, char** argv) {
  const int pairs = argc > 1 ? std::atoi(argv[1]) : sandglass::collectors::kDefaultPairs;
  if (pairs < 1) {
    std::fprintf(stderr, "observer_benchmark: PAIRS must be a number from 1; got %s\n", argv[1]);
    return 1;
  }
  return sandglass::collectors::Main(pairs);
}
