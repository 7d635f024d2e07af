#include "analyzer/replay/replay_sums.h"

#include <algorithm>

namespace sandglass::replay {

models::Limit LargestLimit(const LimitTimes& times) {
  const auto largest = std::max_element(times.begin(), times.end());
  return static_cast<models::Limit>(largest - times.begin());
}

void Sums::Add(const Costed& costed, uint64_t occurrences) {
  const auto& [work, support, estimate, factors, times, operators] = costed;
  const auto n = static_cast<double>(occurrences);
  const Seconds device = factors.both() * estimate.device;
  schedule.Add(times, occurrences);
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
  PerClass& entry = classes[{work->op_class, support.support}];
  if (entry.totals.count == 0) entry.totals.support = support;
  entry.totals.count += occurrences * operators;
  entry.totals.device += n * device;
  entry.totals.matrix += n * work->matrix;
  entry.totals.vector += n * work->vector;
  entry.totals.bytes += n * (work->read + work->written);
  entry.times[static_cast<size_t>(estimate.matrix_format)][static_cast<size_t>(estimate.limit)] += n * device;
}

std::vector<ClassTotals> Sums::Totals() const {
  std::vector<ClassTotals> result;
  for (const auto& [key, entry] : classes) {
    result.push_back(entry.totals);
    result.back().op_class = key.first;
    LimitTimes limits = {};
    for (const LimitTimes& times : entry.times) {
      for (size_t limit = 0; limit < limits.size(); ++limit) limits[limit] += times[limit];
    }
    result.back().limit = LargestLimit(limits);
  }
  std::stable_sort(result.begin(), result.end(),
                   [](const ClassTotals& a, const ClassTotals& b) { return a.device > b.device; });
  return result;
}

std::vector<KindTime> Sums::Kinds() const {
  std::vector<KindTime> result;
  for (const auto& [key, entry] : classes) {
    for (size_t format = 0; format < entry.times.size(); ++format) {
      for (size_t limit = 0; limit < entry.times[format].size(); ++limit) {
        const Seconds device = entry.times[format][limit];
        if (device <= Seconds()) continue;
        result.push_back({{.op_class = key.first,
                           .matrix_format = static_cast<silicon::Format>(format),
                           .limit = static_cast<models::Limit>(limit)},
                          device});
      }
    }
  }
  return result;
}

}  // namespace sandglass::replay
