#include "analyzer/replay/device_count.h"

#include <algorithm>
#include <cmath>

#include "absl/status/status.h"
#include "absl/strings/str_format.h"
#include "analyzer/models/link_time.h"

namespace sandglass::replay {
namespace {

// Gathers of the parameters in forward and in backward, and one scatter of the gradients.
constexpr double kShardedTrainingTransfers = 3;
// Only every second product (the row-parallel one) ends in an all-reduce.
constexpr double kProductsPerAllReduce = 2;

constexpr double kGibi = 1024.0 * 1024 * 1024;

Seconds TensorParallelTime(const trace::Trace& trace, const WorkList& work, const silicon::SiliconClass& silicon,
                           int devices) {
  Seconds all;
  for (const uint32_t index : work.costed) {
    const trace::Operator& op = trace.operators[index];
    if (work.classes[op.signature].op_class != ops::OpClass::kGemm) continue;
    const Bytes result = work.work[op.signature]->written;
    all += models::AllReduceTime(result, devices, silicon).total() * static_cast<double>(op.occurrences);
  }
  return all / kProductsPerAllReduce;
}

}  // namespace

absl::StatusOr<int> LeastDevices(const Footprint& footprint, const silicon::SiliconClass& silicon) {
  if (!silicon.memory.has_value()) return 1;
  const double capacity = silicon.memory->capacity_bytes.value;
  const double needed = std::max(1.0, std::ceil(footprint.Total().value() / capacity));
  const double most = silicon.link.has_value() ? silicon.link->max_chips.value : 1;
  if (needed > most) {
    return absl::OutOfRangeError(absl::StrFormat("needs %.1f GiB, and %.0f devices of %.1f GiB hold %.1f GiB",
                                                 footprint.Total().value() / kGibi, most, capacity / kGibi,
                                                 most * capacity / kGibi));
  }
  return static_cast<int>(needed);
}

double StepsOf(const trace::Trace& trace) {
  for (const trace::WorkDone& done : trace.work_done) {
    if (done.unit == trace::WorkUnit::kStep) return done.count;
  }
  return 1;
}

Seconds CommunicationTime(const trace::Trace& trace, const WorkList& work, const Footprint& footprint,
                          const silicon::SiliconClass& silicon, int devices) {
  if (devices <= 1) return Seconds();
  if (trace.phase != trace::Phase::kTrain) return TensorParallelTime(trace, work, silicon, devices);
  const Bytes parameters = trace.declared_parameter_bytes.has_value()
                               ? Bytes::Of(static_cast<double>(*trace.declared_parameter_bytes))
                               : footprint.persistent.value_or(Bytes());
  return StepsOf(trace) * models::RingTime(parameters, kShardedTrainingTransfers, devices, silicon).total();
}

}  // namespace sandglass::replay
