// What the header of a trace says about any run of libtorch in this process: who recorded it, and what it runs on.
//
// The functions may be called from several threads at once.
#ifndef SANDGLASS_COLLECTORS_TORCH_RUN_HEADER_H_
#define SANDGLASS_COLLECTORS_TORCH_RUN_HEADER_H_

#include "absl/status/status.h"
#include "proto/trace.pb.h"

namespace sandglass::collectors {

// Of a run that begins now. Device 0 is this machine's processor; shape runs have no device and no clock. Name, phase,
// model, command and memory are left to the caller.
v1::TraceHeader HeaderOfRun(bool shapes_only);

// FailedPrecondition where libtorch has devices whose work this process only starts: what an observer reads on its
// clock would be the time of the start, not that of the work.
absl::Status CheckClockSeesWork();

}  // namespace sandglass::collectors

#endif  // SANDGLASS_COLLECTORS_TORCH_RUN_HEADER_H_
