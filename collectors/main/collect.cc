#include "collectors/main/collect.h"

#include <cstdio>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "collectors/main/destination.h"
#include "collectors/main/interrupt.h"
#include "collectors/stream/ingest_writer.h"
#include "collectors/workloads/registry.h"

namespace sandglass::collectors {
namespace {

std::string ProgressLine(const std::string& name, const Progress& progress, const IngestStats& stats) {
  std::string line = absl::StrCat(name, ": step ", progress.step, " of ", progress.steps, ", ", progress.operators,
                                  " operators, ", stats.durable_operators, " on disk");
  if (progress.loss.has_value()) absl::StrAppendFormat(&line, ", loss %.4f", *progress.loss);
  if (stats.resumes > 0) absl::StrAppend(&line, ", stream resumed ", stats.resumes, " times");
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
    step.step == step.steps ? progress.Show(line) : progress.Update(line);
  });
  if (!summary.ok()) return summary.status();
  progress.Show(absl::StrCat(request.name, ": sealing"));
  return writer.Finish(*summary);
}

}  // namespace

absl::StatusOr<v1::TraceManifest> Collect(const RunRequest& request, ProgressPrinter& progress) {
  const absl::StatusOr<Target> target = ResolveTarget(request.to, request.store, ProcessEnvironment);
  if (!target.ok()) return target.status();
  absl::StatusOr<std::unique_ptr<Workload>> workload = MakeWorkload(request.workload, request.options);
  if (!workload.ok()) return workload.status();
  absl::StatusOr<std::unique_ptr<Destination>> destination = Destination::Open(*target);
  if (!destination.ok()) return destination.status();
  IngestWriterOptions options;
  options.destination = (*destination)->name();
  options.mend = (*destination)->mend();
  IngestWriter writer((*destination)->stub(), options);
  const InterruptGuard guard([&writer] { writer.Cancel(); },
                             [&writer] {
                               writer.GiveUp();
                               std::fputs("\nsandglass-collect: error: interrupted: the trace was given up\n", stderr);
                             });
  absl::StatusOr<v1::TraceManifest> manifest = RunAndSend(request, **workload, writer, progress);
  if (manifest.ok()) return manifest;
  writer.Abort();
  if (guard.interrupted()) return absl::CancelledError("interrupted: the trace was given up");
  return manifest;
}

}  // namespace sandglass::collectors
