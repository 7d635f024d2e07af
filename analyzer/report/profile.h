// One trace's kernels on one class, summed by what they are: where the time goes, and how hard each drives the device.
//
// Pure; equal inputs give equal messages. Safe from any thread.
#ifndef SANDGLASS_ANALYZER_REPORT_PROFILE_H_
#define SANDGLASS_ANALYZER_REPORT_PROFILE_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "analyzer/silicon/catalog.h"
#include "analyzer/silicon/silicon.h"
#include "analyzer/trace/trace.h"
#include "proto/profile_report.pb.h"
#include "proto/report.pb.h"

namespace sandglass::report {

// Kernels that `group` puts together, longest time first and at most `most_kernels` of them; _UNSPECIFIED groups by
// signature. Times are at the stated clock and leave out what is not known: the kernels' times add up to less than the
// replay's wall time where the device waits, power is short, or work is unknown. A machine that runs steps as a whole
// has no kernels, and a warning says so.
// Errors: InvalidArgument (options).
absl::StatusOr<v1::ProfileReport> BuildProfile(const trace::Trace& trace, const silicon::Catalog& catalog,
                                               const silicon::SiliconClass& silicon, const v1::ReplayOptions& options,
                                               v1::ProfileGroup group, uint32_t most_kernels);

}  // namespace sandglass::report

#endif  // SANDGLASS_ANALYZER_REPORT_PROFILE_H_
