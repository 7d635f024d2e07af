// Runs another program and waits for it. Safe from any thread.
#ifndef SANDGLASS_COLLECTORS_WORKLOADS_CHILD_PROCESS_H_
#define SANDGLASS_COLLECTORS_WORKLOADS_CHILD_PROCESS_H_

#include <string>
#include <vector>

#include "absl/status/status.h"

namespace sandglass::collectors {

// Runs `arguments[0]`, looked up in PATH, in `directory`; no shell comes between. What it prints goes to the file
// `output` in that directory. Errors: NotFound if there is no such program; Internal with the program's last lines if
// it fails.
absl::Status RunChild(const std::vector<std::string>& arguments, const std::string& directory,
                      const std::string& output);

}  // namespace sandglass::collectors

#endif  // SANDGLASS_COLLECTORS_WORKLOADS_CHILD_PROCESS_H_
