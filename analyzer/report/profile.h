// One trace's kernels on one class: summed by what they are, which says where the time goes and how hard each drives
// the device; and one by one, which says when each runs.
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

struct ProfileOptions {
  // _UNSPECIFIED groups by signature.
  v1::ProfileGroup group = v1::PROFILE_GROUP_UNSPECIFIED;
  // Listed; what the others take together is told.
  uint32_t most_kernels = 1000;
  // Of a timeline; 0: none.
  uint32_t timeline_bins = 0;
};

// Kernels that are put together, longest time first. Times are at the stated clock and leave out what is not known: the
// kernels' times add up to less than the replay's wall time where the device waits, power is short, or work is unknown.
// A machine that runs steps as a whole has no kernels, and a warning says so. Errors: InvalidArgument (options).
absl::StatusOr<v1::ProfileReport> BuildProfile(const trace::Trace& trace, const silicon::Catalog& catalog,
                                               const silicon::SiliconClass& silicon, const v1::ReplayOptions& options,
                                               const ProfileOptions& profile);

// The runs of kernels from index `first_run` on, at most `most_runs` of them, in the order of the schedule. Errors: as
// above.
absl::StatusOr<v1::ScheduleReport> BuildSchedule(const trace::Trace& trace, const silicon::Catalog& catalog,
                                                 const silicon::SiliconClass& silicon, const v1::ReplayOptions& options,
                                                 uint64_t first_run, uint64_t most_runs);

}  // namespace sandglass::report

#endif  // SANDGLASS_ANALYZER_REPORT_PROFILE_H_
