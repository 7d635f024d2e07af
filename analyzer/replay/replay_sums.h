// What a replay on one class adds up, operator after operator.
//
// Internal to analyzer/replay.
#ifndef SANDGLASS_ANALYZER_REPLAY_REPLAY_SUMS_H_
#define SANDGLASS_ANALYZER_REPLAY_REPLAY_SUMS_H_

#include <array>
#include <cstdint>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "analyzer/models/estimate.h"
#include "analyzer/ops/work.h"
#include "analyzer/replay/class_replay.h"
#include "analyzer/replay/clocked_schedule.h"
#include "analyzer/silicon/silicon.h"

namespace sandglass::replay {

using LimitTimes = std::array<Seconds, models::kLimitCount>;

models::Limit LargestLimit(const LimitTimes& times);

// An operator, or a chain of them in one kernel, on the class: made once, and added for each time that it runs.
struct Costed {
  const ops::Work* work = nullptr;
  silicon::OperatorSupport support;
  models::OperatorEstimate estimate;
  TimeFactors factors;
  ClockedSchedule::Times times;
  // Of which each occurrence is made.
  uint64_t operators = 1;
};

// Running sums of a replay.
class Sums {
 public:
  Sums(const silicon::Stack& stack, const silicon::Power& power)
      : schedule(Seconds::Of(stack.dispatch_s.value), power.clock_hz.has_value()) {}

  void Add(const Costed& costed, uint64_t occurrences);

  // By class and support, those that take longest first.
  std::vector<ClassTotals> Totals() const;
  // By class and support, those that take time.
  std::vector<KindTime> Kinds() const;

  ClockedSchedule schedule;
  TimeTerms time;
  EnergyTerms energy;
  LimitTimes limits = {};
  std::set<silicon::Format> matrix_formats;
  std::set<silicon::Format> vector_formats;
  // Operators in chains that were fused, and the kernels that they became.
  uint64_t fused_operators = 0;
  uint64_t fused_kernels = 0;

 private:
  struct PerClass {
    ClassTotals totals;
    // By the matrix units' format.
    std::array<LimitTimes, silicon::kFormatCount> times = {};
  };
  std::map<std::pair<ops::OpClass, silicon::Support>, PerClass> classes;
};

}  // namespace sandglass::replay

#endif  // SANDGLASS_ANALYZER_REPLAY_REPLAY_SUMS_H_
