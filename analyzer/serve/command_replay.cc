#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "analyzer/report/completeness.h"
#include "analyzer/report/csv.h"
#include "analyzer/report/json.h"
#include "analyzer/report/plain_text.h"
#include "analyzer/report/replay_table.h"
#include "analyzer/report/summary.h"
#include "analyzer/serve/cli.h"
#include "analyzer/serve/console.h"
#include "analyzer/serve/named_traces.h"

namespace sandglass::serve {
namespace {

struct ReplayCommand {
  std::vector<std::string> traces;
  std::string on = "all";
  std::string format = "text";
  bool summary = false;
  bool strict = false;
  bool brief = false;
  v1::ReplayOptions options;
  FileFacts files;
};

// "all" is no names; otherwise the names between the commas.
absl::StatusOr<std::vector<std::string>> ClassNames(const std::string& on) {
  if (on == "all") return std::vector<std::string>();
  std::vector<std::string> names;
  for (const absl::string_view name : absl::StrSplit(on, ',')) {
    names.emplace_back(absl::StripAsciiWhitespace(name));
    if (names.back().empty()) {
      return absl::InvalidArgumentError(absl::StrCat(
          "--on ", report::PlainText(on), " has an empty name in it: give all, or ids with commas between them"));
    }
  }
  return names;
}

absl::StatusOr<std::string> JsonOf(const std::vector<v1::ReplayReport>& reports) {
  if (reports.size() == 1) return report::Json(reports.front());
  std::string text = "[\n";
  for (size_t i = 0; i < reports.size(); ++i) {
    const auto json = report::Json(reports[i]);
    if (!json.ok()) return json.status();
    absl::StrAppend(&text, absl::StripTrailingAsciiWhitespace(*json), i + 1 < reports.size() ? ",\n" : "\n");
  }
  return absl::StrCat(text, "]\n");
}

absl::StatusOr<std::string> Render(const std::vector<v1::ReplayReport>& reports, const ReplayCommand& command) {
  if (command.summary) return report::SummaryText(report::Summarize(reports));
  if (command.format == "json") return JsonOf(reports);
  std::string text = command.format == "csv" ? report::CsvHeader() : "";
  for (const v1::ReplayReport& report : reports) {
    const bool first = &report == &reports.front();
    if (command.format == "csv") {
      absl::StrAppend(&text, report::CsvRows(report));
    } else {
      absl::StrAppend(&text, first ? "" : "\n",
                      command.format == "markdown"
                          ? report::ReplayMarkdown(report)
                          : report::ReplayText(report, command.brief ? report::Detail::kBrief : report::Detail::kFull));
    }
  }
  return text;
}

// A report, and what of it only its file tells.
struct Replayed {
  v1::ReplayReport report;
  // Something of the file was lost or is missing.
  bool file_incomplete = false;
};

absl::StatusOr<std::vector<Replayed>> ReplayAll(const Globals& globals, ReplayCommand& command) {
  const auto names = ClassNames(command.on);
  if (!names.ok()) return names.status();
  std::vector<Replayed> reports;
  const absl::Status status =
      ForEachTrace(globals, command.traces, command.files, [&](const NamedTrace& trace) -> absl::Status {
        v1::ReplayRequest request;
        request.set_trace(trace.name);
        for (const std::string& name : *names) request.add_silicon_classes(name);
        *request.mutable_options() = command.options;
        auto report = trace.analysis.Replay(request, ReplayProgress(trace.name));
        if (!report.ok()) return report.status();
        reports.push_back({*std::move(report), trace.file_incomplete});
        return absl::OkStatus();
      });
  if (!status.ok()) return status;
  return reports;
}

absl::StatusOr<int> Replay(const Globals& globals, ReplayCommand& command) {
  if (command.summary && command.format != "text") {
    return absl::InvalidArgumentError("--summary is text only: leave --format out");
  }
  const auto replayed = ReplayAll(globals, command);
  if (!replayed.ok()) return replayed.status();
  std::vector<v1::ReplayReport> reports;
  for (const Replayed& one : *replayed) reports.push_back(one.report);
  const auto text = Render(reports, command);
  if (!text.ok()) return text.status();
  if (absl::Status status = Print(*text); !status.ok()) return status;
  int exit_code = kExitOk;
  for (const Replayed& one : *replayed) {
    const std::string reason = report::WhyIncomplete(one.report, command.options, command.strict, one.file_incomplete);
    if (reason.empty()) continue;
    Tell(Level::kIncomplete, absl::StrCat("trace ", one.report.trace_name(), ": ", reason));
    exit_code = kExitIncomplete;
  }
  return exit_code;
}

}  // namespace

void AddReplayCommand(CLI::App& app, Globals& globals, Action& action) {
  auto options = std::make_shared<ReplayCommand>();
  CLI::App* command =
      app.add_subcommand("replay", "Time, energy and cost per unit of work of traces on silicon classes.");
  command->add_option("TRACE", options->traces, kTracesHelp)->required();
  command->add_option("--on", options->on, "all, or ids or aliases of classes with commas between them")
      ->type_name("CLASS[,CLASS...]")
      ->capture_default_str();
  command->add_option("--format", options->format, "text, json, csv or markdown")
      ->check(CLI::IsMember({"text", "json", "csv", "markdown"}))
      ->capture_default_str();
  AddReplayOptions(*command, options->options);
  command->add_option_function<double>(
      "--coverage-floor", [options](const double& share) { options->options.set_coverage_floor(share); },
      "least share of operators and of time whose work is known, 0 to 1; below it the exit code is 3");
  command->add_flag("--strict", options->strict,
                    "exit with 3 where operators were dropped or rejected, or something of a file is missing");
  command->add_flag("--brief", options->brief, "text: only the tables, without assumptions and legend");
  command->add_flag("--summary", options->summary,
                    "only which class is cheapest for each trace, and what the best specialised class for the first "
                    "trace keeps of its advantage on the others");
  AddFileFacts(*command, options->files);
  command->footer(
      "JSON is report.proto's ReplayReport: one object for one trace, an array for several. Exit codes: 0 "
      "ok, 1 error, 3 incomplete.");
  command->callback(
      [options, &globals, &action] { action = [options, &globals] { return Replay(globals, *options); }; });
}

}  // namespace sandglass::serve
