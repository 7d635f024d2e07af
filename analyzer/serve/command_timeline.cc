// sandglass timeline: the schedule of a replay, for Perfetto and chrome://tracing.
#include <memory>
#include <string>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "analyzer/export/chrome_trace.h"
#include "analyzer/report/words.h"
#include "analyzer/serve/cli.h"
#include "analyzer/serve/console.h"
#include "analyzer/serve/named_traces.h"
#include "analyzer/serve/output_file.h"

namespace sandglass::serve {
namespace {

struct TimelineCommand {
  std::string trace;
  std::string output;
  v1::ScheduleRequest request;
  FileFacts files;
};

absl::Status WriteSchedule(const NamedTrace& trace, TimelineCommand& command) {
  command.request.set_trace(trace.name);
  const auto output = OutputFile::Begin(command.output);
  if (!output.ok()) return output.status();
  chrome_trace::ChromeTraceWriter writer([&output](absl::string_view piece) { return (*output)->Write(piece); });
  uint64_t written = 0;
  do {
    const auto page = trace.analysis.Schedule(command.request);
    if (!page.ok()) return page.status();
    const v1::ScheduleReport& part = page->report();
    if (part.verdict() != v1::VERDICT_SUPPORTED) {
      return absl::FailedPreconditionError(absl::StrCat(part.silicon_class(), " has no timeline of ", part.trace_name(),
                                                        ": ", report::Word(part.verdict()), ", ", part.reason()));
    }
    if (part.runs_total() == 0) {
      return absl::FailedPreconditionError(absl::StrCat(part.silicon_class(), " has no timeline of ", part.trace_name(),
                                                        ": it is modelled by whole steps, without kernels"));
    }
    // By id, so that all pages are of one trace even if a newer one takes its name meanwhile.
    command.request.set_trace(part.trace_id());
    if (absl::Status status = writer.Add(part); !status.ok()) return status;
    written += part.runs().kind_size();
    ShowProgress(absl::StrCat(written, " of ", part.runs_total(), " kernels"), written == part.runs_total());
    command.request.set_page_token(page->next_page_token());
  } while (!command.request.page_token().empty());
  if (absl::Status status = writer.Finish(); !status.ok()) return status;
  return (*output)->Finish();
}

absl::StatusOr<int> Timeline(const Globals& globals, TimelineCommand& command) {
  if (absl::Status fits = CheckNotForTerminal(command.output, "a timeline is for a viewer"); !fits.ok()) return fits;
  const absl::Status status =
      ForEachTrace(globals, {command.trace}, command.files,
                   [&command](const NamedTrace& trace) { return WriteSchedule(trace, command); });
  if (!status.ok()) return status;
  return kExitOk;
}

}  // namespace

void AddTimelineCommand(CLI::App& app, Globals& globals, Action& action) {
  auto options = std::make_shared<TimelineCommand>();
  CLI::App* command = app.add_subcommand(
      "timeline", "When each kernel of a trace runs on one class, as a file for ui.perfetto.dev or chrome://tracing.");
  AddTraceArgument(*command, options->trace);
  command->add_option("--on", *options->request.mutable_silicon_class(), "the class, by id or alias")
      ->type_name("CLASS")
      ->required();
  command->add_option("--output,-o", options->output, "write to this file (default: standard output)")
      ->type_name("FILE");
  AddReplayOptions(*command, *options->request.mutable_options());
  AddFileFacts(*command, options->files);
  command->footer("Example: sandglass timeline demo/mamba-7b-train --on tpu-v6e --precision bf16 -o mamba.json");
  command->callback(
      [options, &globals, &action] { action = [options, &globals] { return Timeline(globals, *options); }; });
}

}  // namespace sandglass::serve
