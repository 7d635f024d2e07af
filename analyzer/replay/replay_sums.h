// What a replay on one class adds up, operator after operator.
//
// Internal to analyzer/replay.
#ifndef SANDGLASS_ANALYZER_REPLAY_REPLAY_SUMS_H_
#define SANDGLASS_ANALYZER_REPLAY_REPLAY_SUMS_H_

#include <algorithm>
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

inline models::Limit LargestLimit(const LimitTimes& times) {
  const auto largest = std::max_element(times.begin(), times.end());
  return static_cast<models::Limit>(largest - times.begin());
}

// Running sums of a replay.
class Sums {
 public:
  Sums(const silicon::Stack& stack, const silicon::Power& power)
      : schedule(Seconds::Of(stack.dispatch_s.value), power.clock_hz.has_value()) {}

  // `operators`: of which each occurrence is made.
  void Add(const ops::Work& work, const silicon::OperatorSupport& support, const models::OperatorEstimate& estimate,
           uint64_t occurrences, const TimeFactors& factors, uint64_t operators = 1) {
    const auto n = static_cast<double>(occurrences);
    const Seconds device = factors.both() * estimate.device;
    schedule.Add(estimate, occurrences, factors.both());
    time.correction += n * (factors.correction - 1) * estimate.device;
    time.calibration += n * factors.correction * (factors.calibration - 1) * estimate.device;
    time.launch += n * estimate.floor;
    time.matrix += n * estimate.matrix;
    time.vector += n * (estimate.vector + estimate.addressing);
    time.memory += n * estimate.memory;
    time.serial += n * (estimate.serial + estimate.waiting);
    time.communication += n * estimate.link;
    time.host += n * estimate.host;
    time.host_transfer += n * estimate.host_transfer;
    energy.matrix += n * estimate.matrix_energy;
    energy.vector += n * estimate.vector_energy;
    energy.memory += n * estimate.memory_energy;
    limits[static_cast<size_t>(estimate.limit)] += n * device;
    if (estimate.matrix_format != silicon::Format::kUnspecified) matrix_formats.insert(estimate.matrix_format);
    if (estimate.vector_format != silicon::Format::kUnspecified) vector_formats.insert(estimate.vector_format);
    PerClass& entry = classes[{work.op_class, support.support}];
    if (entry.totals.count == 0) entry.totals.support = support;
    entry.totals.count += occurrences * operators;
    entry.totals.device += n * device;
    entry.totals.matrix += n * work.matrix;
    entry.totals.vector += n * work.vector;
    entry.totals.bytes += n * (work.read + work.written);
    entry.limits[static_cast<size_t>(estimate.limit)] += n * device;
  }

  std::vector<ClassTotals> Totals() const {
    std::vector<ClassTotals> result;
    for (const auto& [key, entry] : classes) {
      result.push_back(entry.totals);
      result.back().op_class = key.first;
      result.back().limit = LargestLimit(entry.limits);
    }
    std::stable_sort(result.begin(), result.end(),
                     [](const ClassTotals& a, const ClassTotals& b) { return a.device > b.device; });
    return result;
  }

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
    LimitTimes limits = {};
  };
  std::map<std::pair<ops::OpClass, silicon::Support>, PerClass> classes;
};

}  // namespace sandglass::replay

#endif  // SANDGLASS_ANALYZER_REPLAY_REPLAY_SUMS_H_
