// The workloads by name: one explicit list.
#ifndef SANDGLASS_COLLECTORS_WORKLOADS_REGISTRY_H_
#define SANDGLASS_COLLECTORS_WORKLOADS_REGISTRY_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "collectors/workloads/workload.h"

namespace sandglass::collectors {

// What a user may want to know before choosing.
struct WorkloadDescription {
  std::string name;
  // One line.
  std::string what;
};

// All workloads, in the order in which help lists them.
std::vector<WorkloadDescription> ListWorkloads();

// Errors: NotFound, with the names that exist.
absl::StatusOr<std::unique_ptr<Workload>> MakeWorkload(absl::string_view name, const WorkloadOptions& options);

}  // namespace sandglass::collectors

#endif  // SANDGLASS_COLLECTORS_WORKLOADS_REGISTRY_H_
