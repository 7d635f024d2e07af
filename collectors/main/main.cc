// The sandglass-collect binary: runs beside the model.
#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "collectors/main/cli.h"
#include "collectors/main/collect.h"
#include "collectors/main/destination.h"
#include "collectors/main/import.h"
#include "collectors/main/progress.h"
#include "collectors/main/resume.h"
#include "collectors/stream/ingest_writer.h"
#include "collectors/workloads/registry.h"
#include "grpc/support/log.h"
#include "proto/plain_text.h"

namespace sandglass::collectors {
namespace {

// Exit code where something incomplete was left.
constexpr int kIncomplete = 3;

int Fail(absl::string_view message) {
  std::fprintf(stderr, "sandglass-collect: error: %s\n", PlainText(message).c_str());
  return 1;
}

// In a line of its own, also where a terminal shows the progress.
void Warn(const std::string& message) {
  const char* before = isatty(STDERR_FILENO) == 1 ? "\n" : "";
  std::fprintf(stderr, "%ssandglass-collect: warning: %s\n", before, PlainText(message).c_str());
}

int Print(absl::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0) return 0;
  return Fail("standard output cannot be written: is the disk full, or the reader gone?");
}

// gRPC's own log lines would stand between the user and the one line that says what is wrong.
void QuietGrpc() {
  if (std::getenv("GRPC_VERBOSITY") == nullptr) gpr_set_log_function([](gpr_log_func_args*) {});
}

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

int ResumeAll(const ResumeRequest& request) {
  ProgressPrinter progress = StandardErrorProgress();
  int printed = 0;
  const absl::StatusOr<ResumeCounts> counts = Resume(
      request, ProcessEnvironment, IngestWriterOptions(), progress,
      [&printed](const std::string& line) {
        // What cannot be printed is said once; the traces are sent all the same.
        if (printed == 0) printed = Print(absl::StrCat(PlainText(line), "\n"));
      },
      Warn);
  if (!counts.ok()) return Fail(counts.status().message());
  if (counts->failed > 0)
    return Fail(absl::StrCat("traces that were not sent: ", counts->failed, "; see the warnings above"));
  if (printed != 0) return printed;
  return counts->kept > 0 ? kIncomplete : 0;
}

int ImportAll(const ImportRequest& request) {
  ProgressPrinter progress = StandardErrorProgress();
  int printed = 0;
  const absl::StatusOr<ImportCounts> counts = ImportFiles(
      request, ProcessEnvironment, progress, [&](const std::string& text) { printed |= Print(text); }, Warn);
  progress.EndLine();
  if (!counts.ok()) return Fail(counts.status().message());
  if (counts->failed > 0) {
    return Fail(absl::StrCat("files that were not imported: ", counts->failed, "; see the warnings above"));
  }
  if (printed != 0) return printed;
  return request.strict && counts->incomplete > 0 ? kIncomplete : 0;
}

int Main(const std::vector<std::string>& arguments) {
  // A reader that has gone shows as a failed write, which is reported.
  signal(SIGPIPE, SIG_IGN);
  QuietGrpc();
  const absl::StatusOr<Invocation> invocation = ParseCommandLine(arguments);
  if (!invocation.ok()) return Fail(invocation.status().message());
  switch (invocation->kind) {
    case Invocation::Kind::kPrint:
      return Print(invocation->text);
    case Invocation::Kind::kListWorkloads:
      return ListThem();
    case Invocation::Kind::kRun:
      return Run(invocation->run);
    case Invocation::Kind::kResume:
      return ResumeAll(invocation->resume);
    case Invocation::Kind::kImport:
      return ImportAll(invocation->import);
  }
  return 1;
}

}  // namespace
}  // namespace sandglass::collectors

int main(int argc, char** argv) {
  try {
    return sandglass::collectors::Main(std::vector<std::string>(argv + 1, argv + argc));
  } catch (const std::exception& error) {
    // Libraries throw where memory runs out.
    return sandglass::collectors::Fail(error.what());
  }
}
