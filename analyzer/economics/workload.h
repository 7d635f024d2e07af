// A trace on a silicon class as economics sees it: what a unit costs there today and once ported, and what a port would
// have to write.
//
// Pure; safe from any thread. Results point into the catalog and the prepared traces.
#ifndef SANDGLASS_ANALYZER_ECONOMICS_WORKLOAD_H_
#define SANDGLASS_ANALYZER_ECONOMICS_WORKLOAD_H_

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "analyzer/economics/class_cost.h"
#include "analyzer/economics/defaults.h"
#include "analyzer/economics/ranged.h"
#include "analyzer/models/error_prior.h"
#include "analyzer/ops/op_class.h"
#include "analyzer/replay/class_coverage.h"
#include "analyzer/replay/class_replay.h"
#include "analyzer/silicon/silicon.h"

namespace sandglass::economics {

// A trace and its part in what is done.
struct WorkloadTrace {
  std::string name;
  // Where it was asked for: "lock_in.successor[0]".
  std::string path;
  replay::PreparedTrace prepared;
  // Units of work in the trace, above 0.
  double units = 1;
  // Share of what is spent, against the others'; above 0.
  double weight = 1;
};

// How everything is priced.
struct Pricebook {
  EconomicDefaults defaults;
  models::ErrorPriors priors;
  CostOptions options;
};

// With the kernels that a stack has today, or with every kernel that its users can write.
enum class Stage { kToday, kPorted };

struct TraceOnClass {
  const WorkloadTrace* trace = nullptr;
  silicon::Target target;
  replay::ClassReplay today;
  replay::ClassReplay ported;
  // nullopt: it does not run.
  std::optional<ClassCost> cost_today;
  std::optional<ClassCost> cost_ported;
  replay::ClassCoverage coverage;
  // Whether something is missing that users cannot write, for want of a kernel language.
  bool closed = false;

  const std::optional<ClassCost>& cost(Stage stage) const { return stage == Stage::kToday ? cost_today : cost_ported; }
};

// Requires: target.stack is set.
TraceOnClass Observe(const WorkloadTrace& trace, const silicon::Target& target, const Pricebook& pricebook);

// Several traces on one class.
using WorkloadOnClass = std::vector<TraceOnClass>;

// A kernel that is missing.
struct MissingKernel {
  ops::OpClass op_class = ops::OpClass::kUnknown;
  // The worst of how it runs today.
  silicon::Support support = silicon::Support::kNative;
  std::set<std::string> names;
  std::set<std::string> traces;
};

// What the traces lack on their class, each operator class once, ordered by it.
std::vector<MissingKernel> MissingKernels(const WorkloadOnClass& workload);

// Attention, scans and recurrences of the `successor` that no trace of the `incumbent` has, with their share of the
// successor's device time on that class, ported: what a new architecture brings.
struct NewOperators {
  std::vector<MissingKernel> kernels;
  double time_share = 0;
};
NewOperators NewOperatorsOf(const WorkloadOnClass& incumbent, const WorkloadOnClass& successor);

// Weighted mean over traces of cost on `a` over cost on `b`, weights being shares of what is spent on `b`.
// Errors: FailedPrecondition, naming trace and class, where one does not run or has no price.
struct CostRatio {
  double value = 1;
  Ends ends;
  // Probability of the range.
  double coverage = 0.8;
  // The assumed figures that it rests on: "nvidia-h100-sxm.power.idle".
  std::set<std::string> assumptions;
};
absl::StatusOr<CostRatio> RatioOf(const WorkloadOnClass& a, Stage a_stage, const WorkloadOnClass& b, Stage b_stage);

// Purchase in years of what the workload costs a year today; 0 where it is rented. Requires: all have a cost today.
double CapitalYears(const WorkloadOnClass& workload);

// Share of a year's cost today that ends when the machines are switched off: all but what was paid for them.
double RunningShare(const WorkloadOnClass& workload);

// Share of the ported speed that the workload has today, weights being shares of what is spent on the class of
// `reference`, which holds the same traces. 0: something does not run today. Requires: all run once ported.
double SpeedToday(const WorkloadOnClass& workload, const WorkloadOnClass& reference);

// Whether something is missing that users cannot write.
bool IsClosed(const WorkloadOnClass& workload);

// Mean cost of a unit over the traces, weights being shares of what is spent. Requires: all have a cost.
double MeanUnitCost(const WorkloadOnClass& workload, Stage stage);

// The widest range of the traces' times; nothing for those that do not run.
Ends WidestTimes(const WorkloadOnClass& workload, Stage stage);

// Widens the range of a ratio by that of the workload's costs, as an independent factor; the widest trace speaks for
// all. Requires: all have a cost.
void WidenBy(const WorkloadOnClass& workload, Stage stage, CostRatio& ratio);

// The cost of a trace at a stage. Errors: FailedPrecondition, with trace, class and reason.
absl::StatusOr<const ClassCost*> CostAt(const TraceOnClass& on, Stage stage);

}  // namespace sandglass::economics

#endif  // SANDGLASS_ANALYZER_ECONOMICS_WORKLOAD_H_
