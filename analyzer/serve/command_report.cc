// sandglass report: one trace as a page of plots, in one file.
#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/types/span.h"
#include "analyzer/report/html_page.h"
#include "analyzer/report/json.h"
#include "analyzer/report/summary.h"
#include "analyzer/serve/cli.h"
#include "analyzer/serve/imported_trace.h"
#include "analyzer/serve/named_traces.h"
#include "analyzer/serve/output_file.h"
#include "analyzer/serve/scenario_options.h"

namespace sandglass::serve {
namespace {

constexpr uint32_t kReportVersion = 1;
// Rows of a profile and bins of a timeline that a page shows; more would be dots on dots.
constexpr uint32_t kKernels = 2000;
constexpr uint32_t kBins = 400;
// Classes that are looked at where none ranks.
constexpr size_t kFastest = 4;

struct ReportCommand {
  std::string trace;
  std::string on = "all";
  std::string close;
  std::string moves;
  std::vector<std::string> successors;
  std::string specialised;
  std::string general;
  std::string output;
  std::string format = "html";
  ScenarioOptions scenario;
  FileFacts files;
};

void AddOnce(const std::string& name, std::vector<std::string>& names) {
  if (!name.empty() && std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
}

// Where nothing ranks: the fastest ones that can do the work.
std::vector<std::string> Fastest(const v1::ReplayReport& replay) {
  std::vector<const v1::ClassReplay*> rows;
  for (const v1::ClassReplay& row : replay.classes()) {
    if (row.verdict() == v1::VERDICT_SUPPORTED) rows.push_back(&row);
  }
  std::stable_sort(rows.begin(), rows.end(), [](const v1::ClassReplay* a, const v1::ClassReplay* b) {
    return a->per_unit().seconds().value() < b->per_unit().seconds().value();
  });
  std::vector<std::string> names;
  for (size_t i = 0; i < std::min(rows.size(), kFastest); ++i) names.push_back(rows[i]->silicon_class());
  return names;
}

// The best general and the best specialised class, in joules and in dollars, and the one that was traced on.
std::vector<std::string> ClassesToLookAt(const v1::ReplayReport& replay) {
  std::vector<std::string> names;
  const report::Summary summary = report::Summarize(absl::MakeConstSpan(&replay, 1));
  for (const auto& advantage : {summary.joules, summary.dollars}) {
    if (!advantage.has_value()) continue;
    AddOnce(advantage->general.silicon_class, names);
    AddOnce(advantage->specialised.silicon_class, names);
  }
  for (const v1::Device& device : replay.devices()) {
    // A trace may come from a machine that the catalog does not have.
    const bool known = std::any_of(replay.classes().begin(), replay.classes().end(), [&device](const auto& row) {
      return row.silicon_class() == device.silicon_class();
    });
    if (known) AddOnce(device.silicon_class(), names);
  }
  if (names.empty()) names = Fastest(replay);
  return names;
}

// Who answers, about which trace, under which options: those of the replay, every default written out, for all
// questions of a page.
struct Subject {
  analysis::Analysis& analysis;
  const std::string& trace_id;
  const v1::ReplayOptions& options;
  const v1::Scenario& scenario;
};

absl::Status AddProfiles(const Subject& subject, const ReportCommand& command, v1::TraceReport& report) {
  const std::vector<std::string> names =
      command.close.empty() ? ClassesToLookAt(report.replay()) : SplitNames(command.close);
  v1::ProfileRequest request;
  request.set_trace(subject.trace_id);
  request.set_most_kernels(kKernels);
  request.set_timeline_bins(kBins);
  *request.mutable_options() = subject.options;
  for (const std::string& name : names) {
    request.set_silicon_class(name);
    auto response = subject.analysis.Profile(request);
    if (!response.ok()) return response.status();
    *report.add_profiles() = std::move(*response->mutable_report());
  }
  return absl::OkStatus();
}

absl::Status AddMoves(const Subject& subject, const ReportCommand& command, v1::TraceReport& report) {
  const std::vector<std::string> names = SplitNames(command.moves);
  if (names.empty()) return absl::OkStatus();
  if (names.size() < 2) return absl::InvalidArgumentError("--moves names one class: give two at least, with commas");
  v1::MigrateRequest request;
  request.add_traces(subject.trace_id);
  request.set_from_class(names[0]);
  request.set_to_class(names[1]);
  for (const std::string& name : names) request.add_matrix_classes(name);
  *request.mutable_scenario() = subject.scenario;
  *request.mutable_options() = subject.options;
  auto response = subject.analysis.Migrate(request);
  if (!response.ok()) return response.status();
  *report.mutable_migration() = std::move(*response->mutable_report());
  return absl::OkStatus();
}

absl::Status AddLockIn(const Subject& subject, const ReportCommand& command, v1::TraceReport& report) {
  if (command.successors.empty()) return absl::OkStatus();
  v1::LockInRequest request;
  request.add_incumbent_traces(subject.trace_id);
  for (const std::string& successor : command.successors) request.add_successor_traces(successor);
  request.set_specialised_class(command.specialised);
  request.set_general_class(command.general);
  const report::Summary summary = report::Summarize(absl::MakeConstSpan(&report.replay(), 1));
  if (summary.dollars.has_value() && command.specialised.empty()) {
    request.set_specialised_class(summary.dollars->specialised.silicon_class);
  }
  if (summary.dollars.has_value() && command.general.empty()) {
    request.set_general_class(summary.dollars->general.silicon_class);
  }
  *request.mutable_scenario() = subject.scenario;
  *request.mutable_options() = subject.options;
  auto response = subject.analysis.LockIn(request);
  if (!response.ok()) return response.status();
  *report.mutable_lock_in() = std::move(*response->mutable_report());
  return absl::OkStatus();
}

absl::StatusOr<v1::TraceReport> Gather(const NamedTrace& trace, const ReportCommand& command) {
  const absl::StatusOr<v1::Scenario> scenario = StatedScenario(command.scenario);
  if (!scenario.ok()) return scenario.status();
  v1::TraceReport report;
  report.set_report_version(kReportVersion);
  report.set_program_version(kProgramVersion);
  v1::ReplayRequest replay;
  replay.set_trace(trace.name);
  if (command.on != "all") {
    for (const std::string& name : SplitNames(command.on)) replay.add_silicon_classes(name);
  }
  // A scenario that the user names brings options of its own, and those of the command line lie over them.
  *replay.mutable_options() = scenario->replay();
  auto replayed = trace.analysis.Replay(replay, ReplayProgress(trace.name));
  if (!replayed.ok()) return replayed.status();
  *report.mutable_replay() = *std::move(replayed);
  const Subject subject = {.analysis = trace.analysis,
                           .trace_id = report.replay().trace_id(),
                           .options = report.replay().options(),
                           .scenario = *scenario};
  v1::CoverageRequest coverage;
  coverage.set_trace(subject.trace_id);
  *coverage.mutable_silicon_classes() = replay.silicon_classes();
  *coverage.mutable_options() = subject.options;
  auto covered = trace.analysis.Coverage(coverage);
  if (!covered.ok()) return covered.status();
  *report.mutable_coverage() = std::move(*covered->mutable_report());
  for (const auto add : {AddProfiles, AddMoves, AddLockIn}) {
    if (absl::Status status = add(subject, command, report); !status.ok()) return status;
  }
  return report;
}

absl::Status Write(const v1::TraceReport& report, const ReportCommand& command) {
  const auto text = command.format == "json" ? report::Json(report) : report::TraceReportPage(report);
  if (!text.ok()) return text.status();
  return command.output.empty() ? Print(*text) : WriteOutput(command.output, *text);
}

absl::StatusOr<int> Report(const Globals& globals, ReportCommand& command) {
  if (command.format == "html") {
    const absl::Status fits = CheckNotForTerminal(command.output, "a page is for a browser");
    if (!fits.ok()) return fits;
  }
  if (!command.successors.empty() && ImportedTrace::IsFile(command.trace)) {
    return absl::InvalidArgumentError(
        "--successor names a stored trace, and the report is of a file: bring both into one store first, by "
        "`sandglass-collect import FILE --store DIR`");
  }
  const absl::Status status =
      ForEachTrace(globals, {command.trace}, command.files, [&command](const NamedTrace& trace) -> absl::Status {
        const auto report = Gather(trace, command);
        return report.ok() ? Write(*report, command) : report.status();
      });
  if (!status.ok()) return status;
  return kExitOk;
}

}  // namespace

void AddReportCommand(CLI::App& app, Globals& globals, Action& action) {
  auto options = std::make_shared<ReportCommand>();
  CLI::App* command = app.add_subcommand(
      "report", "One trace as a page of plots in one HTML file, which needs no network and can be sent around.");
  AddTraceArgument(*command, options->trace);
  command->add_option("--output,-o", options->output, "write to this file (default: standard output)")
      ->type_name("FILE");
  command->add_option("--on", options->on, "all, or ids or aliases of classes with commas between them")
      ->type_name("CLASS[,CLASS...]")
      ->capture_default_str();
  command
      ->add_option("--close", options->close,
                   "classes to look at kernel by kernel; default: the best general and the best specialised ones, and "
                   "the one that was traced on")
      ->type_name("CLASS[,CLASS...]");
  command->add_option("--moves", options->moves, "also what it costs to move among these classes")
      ->type_name("CLASS,CLASS[,CLASS...]");
  command
      ->add_option("--successor", options->successors,
                   "a trace of what may come: also what it risks to stay on specialised silicon; may be repeated")
      ->type_name("TRACE")
      ->allow_extra_args(false);
  command
      ->add_option("--specialised,--specialized", options->specialised,
                   "the specialised class of that question; default: the cheapest")
      ->type_name("CLASS");
  command->add_option("--general", options->general, "the general one; default: the cheapest")->type_name("CLASS");
  command->add_option("--format", options->format, "html, or json: all that the page is made from")
      ->check(CLI::IsMember({"html", "json"}))
      ->capture_default_str();
  AddScenarioInputs(*command, options->scenario);
  AddFileFacts(*command, options->files);
  command->footer(
      "Examples:\n"
      "  sandglass report demo/transformer-7b-train --precision bf16 -o transformer.html\n"
      "  sandglass report run.pt.trace.json.gz --work 1 step --on h100-sxm,tpu-v6e,trainium2 -o run.html\n"
      "  sandglass report demo/transformer-7b-train --successor demo/mamba-7b-train --moves h100-sxm,tpu-v6e -o "
      "all.html\n"
      "JSON is trace_report.proto's TraceReport.");
  command->callback(
      [options, &globals, &action] { action = [options, &globals] { return Report(globals, *options); }; });
}

}  // namespace sandglass::serve
