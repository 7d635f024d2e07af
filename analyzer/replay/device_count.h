// How many devices a footprint needs, and what they must tell each other.
//
// Rules and assumptions: class_replay.h, item 1. Pure; safe from any thread.
#ifndef SANDGLASS_ANALYZER_REPLAY_DEVICE_COUNT_H_
#define SANDGLASS_ANALYZER_REPLAY_DEVICE_COUNT_H_

#include "absl/status/statusor.h"
#include "analyzer/quantities/quantities.h"
#include "analyzer/replay/footprint.h"
#include "analyzer/replay/work_list.h"
#include "analyzer/silicon/silicon.h"
#include "analyzer/trace/trace.h"

namespace sandglass::replay {

// The least number of devices whose memory holds the footprint.
// Errors: OutOfRange, with the sizes, where the class's link does not join as many.
absl::StatusOr<int> LeastDevices(const Footprint& footprint, const silicon::SiliconClass& silicon);

// Training steps in the trace; 1 where the trace does not count steps.
double StepsOf(const trace::Trace& trace);

// Time of the transfers of the whole trace on `devices` devices; zero for one. Ring algorithms: a gather or scatter of
// B bytes takes B·(n−1)/n at the link's bandwidth and n−1 latencies, an all-reduce twice that.
Seconds CommunicationTime(const trace::Trace& trace, const WorkList& work, const Footprint& footprint,
                          const silicon::SiliconClass& silicon, int devices);

}  // namespace sandglass::replay

#endif  // SANDGLASS_ANALYZER_REPLAY_DEVICE_COUNT_H_
