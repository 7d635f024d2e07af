// What the profiler says of a kernel or a copy in words: "grid:4,64,1 block:256,1,1", "kind:Unknown size:655360".
//
// Pure; safe from any thread.
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_XPLANE_WORK_DETAILS_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_XPLANE_WORK_DETAILS_H_

#include <cstdint>
#include <optional>

#include "absl/strings/string_view.h"
#include "proto/trace.pb.h"

namespace sandglass::collectors::xplane {

struct LaunchDetails {
  v1::KernelLaunch launch;
  // Whether registers and shared memory were left out, since no device has as many: ROCm's profilers before 2026 wrote
  // whatever was in memory.
  bool implausible = false;
};

// The launch of a kernel. What is not said is left unset.
LaunchDetails ParseKernelDetails(absl::string_view details);

// Bytes of a copy or a fill; nullopt: not said, or 0, which some writers put for it.
std::optional<int64_t> ParseSize(absl::string_view details);

}  // namespace sandglass::collectors::xplane

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_XPLANE_WORK_DETAILS_H_
