// The sandglass-workloads binary: the commands of sandglass-collect that need PyTorch, for sandglass-collect to call.
#include <cstdio>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "collectors/main/cli.h"
#include "collectors/main/collect.h"
#include "collectors/main/console.h"
#include "collectors/main/progress.h"
#include "collectors/workloads/registry.h"

namespace sandglass::collectors {
namespace {

int ListThem() {
  std::string text;
  for (const WorkloadDescription& workload : ListWorkloads()) {
    absl::StrAppendFormat(&text, "%-12s %s\n", workload.name, workload.what);
  }
  return Print(text);
}

int Run(const RunRequest& request) {
  ProgressPrinter progress = StandardErrorProgress();
  const absl::StatusOr<v1::TraceManifest> manifest = Collect(request, progress, Warn);
  progress.EndLine();
  if (!manifest.ok()) return Fail(manifest.status().message());
  const uint64_t dropped = manifest->summary().completeness().dropped_operators();
  if (dropped > 0) {
    std::fprintf(stderr, "sandglass-collect: warning: %llu operators were dropped because the store was slow\n",
                 static_cast<unsigned long long>(dropped));
  }
  return Print(absl::StrCat("sealed ", manifest->header().name(), " ", manifest->trace_id(), " ", manifest->operators(),
                            " operators ", absl::BytesToHexString(manifest->content_digest()), "\n"));
}

int RunWorkloads(const std::vector<std::string>& arguments) {
  const absl::StatusOr<Invocation> invocation = ParseCommandLine(arguments);
  if (!invocation.ok()) return Fail(invocation.status().message());
  if (invocation->kind == Invocation::Kind::kRun) return Run(invocation->run);
  if (invocation->kind == Invocation::Kind::kListWorkloads) return ListThem();
  return Fail("this program is called by sandglass-collect: call that");
}

}  // namespace
}  // namespace sandglass::collectors

int main(int argc, char** argv) {
  return sandglass::collectors::RunProgram(argc, argv, sandglass::collectors::RunWorkloads);
}
