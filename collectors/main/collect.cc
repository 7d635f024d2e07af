#include "collectors/main/collect.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "collectors/main/destination.h"
#include "collectors/main/interrupt.h"
#include "collectors/stream/ingest_writer.h"
#include "collectors/stream/spool.h"
#include "collectors/workloads/registry.h"

namespace sandglass::collectors {
namespace {

std::string ProgressLine(const std::string& name, const Progress& progress, const IngestStats& stats) {
  std::string line = absl::StrCat(name, ": step ", progress.step, " of ", progress.steps, ", ", progress.operators,
                                  " operators, ", stats.durable_operators, " on disk");
  if (progress.loss.has_value()) absl::StrAppendFormat(&line, ", loss %.4f", *progress.loss);
  if (stats.spooled_bytes > 0) absl::StrAppendFormat(&line, ", %d MiB spooled", stats.spooled_bytes >> 20);
  if (stats.resumes > 0) absl::StrAppend(&line, ", stream resumed ", stats.resumes, " times");
  if (stats.lost_chunks > 0) absl::StrAppend(&line, ", ", stats.lost_chunks, " chunks LOST BY THE SERVER sent again");
  return line;
}

absl::StatusOr<v1::TraceManifest> RunAndSend(const RunRequest& request, Workload& workload, IngestWriter& writer,
                                             ProgressPrinter& progress) {
  // Before the model is built, which may take long.
  if (absl::Status status = writer.Reach(); !status.ok()) return status;
  progress.Show(absl::StrCat(request.name, ": building the model and running one step that is not traced"));
  if (absl::Status status = workload.Prepare(); !status.ok()) return status;
  v1::TraceHeader header = workload.Header();
  header.set_name(request.name);
  header.set_command(request.command);
  progress.Show(absl::StrCat(request.name, ": ", header.model()));
  if (absl::Status status = writer.Begin(header); !status.ok()) return status;
  const absl::StatusOr<v1::TraceSummary> summary = workload.Record(writer, [&](const Progress& step) {
    const std::string line = ProgressLine(request.name, step, writer.stats());
    const double done = static_cast<double>(step.step) / static_cast<double>(std::max<int64_t>(step.steps, 1));
    step.step == step.steps ? progress.Show(line, done) : progress.Update(line, done);
  });
  if (!summary.ok()) return summary.status();
  progress.Show(absl::StrCat(request.name, ": sealing"));
  return writer.Finish(*summary);
}

SpoolOptions SpoolOf(const RunRequest& request, const Target& target) {
  SpoolOptions spool = {
      .directory = ResolveSpool(request.spool, ProcessEnvironment), .server = target.to, .store = target.store};
  if (request.spool_max_mib) spool.max_bytes = static_cast<uint64_t>(*request.spool_max_mib) << 20;
  spool.sync = request.spool_sync;
  return spool;
}

// What an interrupted run says last.
std::string LastWords(bool is_kept, const std::string& spool_directory) {
  if (!is_kept) return "interrupted: the trace was given up";
  return absl::StrCat("interrupted: the trace is kept; `sandglass-collect resume --spool ", spool_directory,
                      "` takes it up");
}

}  // namespace

absl::StatusOr<v1::TraceManifest> Collect(const RunRequest& request, ProgressPrinter& progress,
                                          const std::function<void(const std::string&)>& warn) {
  const absl::StatusOr<Target> target = ResolveTarget(request.to, request.store, ProcessEnvironment);
  if (!target.ok()) return target.status();
  const auto security = ResolveSecurity(request.security, *target, ProcessEnvironment);
  if (!security.ok()) return security.status();
  absl::StatusOr<std::unique_ptr<Workload>> workload = MakeWorkload(request.workload, request.options);
  if (!workload.ok()) return workload.status();
  absl::StatusOr<std::unique_ptr<Destination>> destination = Destination::Open(*target, *security);
  if (!destination.ok()) return destination.status();
  IngestWriterOptions options;
  options.destination = (*destination)->name();
  options.mend = (*destination)->mend();
  options.spool = SpoolOf(request, *target);
  options.warn = warn;
  const std::string spool_directory = options.spool.directory;
  IngestWriter writer((*destination)->stub(), options);
  const InterruptGuard guard([&writer] { writer.Cancel(); },
                             [&writer, &spool_directory] {
                               const bool is_kept = writer.Resumable();
                               if (!is_kept) writer.GiveUp();
                               std::fprintf(stderr, "\nsandglass-collect: error: %s\n",
                                            LastWords(is_kept, spool_directory).c_str());
                             });
  absl::StatusOr<v1::TraceManifest> manifest = RunAndSend(request, **workload, writer, progress);
  if (manifest.ok()) return manifest;
  const bool is_kept = writer.Resumable();
  is_kept ? writer.Leave() : writer.Abort();
  if (guard.interrupted()) return absl::CancelledError(LastWords(is_kept, spool_directory));
  return manifest;
}

}  // namespace sandglass::collectors
