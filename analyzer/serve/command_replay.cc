#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "analyzer/report/csv.h"
#include "analyzer/report/json.h"
#include "analyzer/report/messages.h"
#include "analyzer/report/numbers.h"
#include "analyzer/report/plain_text.h"
#include "analyzer/report/replay_table.h"
#include "analyzer/report/summary.h"
#include "analyzer/serve/cli.h"
#include "analyzer/serve/imported_trace.h"
#include "collectors/main/import_options.h"

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
  // Of traces that are files.
  collectors::ImportRequest facts;
  collectors::FileWords words;
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

absl::StatusOr<v1::ReplayReport> ReplayOne(analysis::Analysis& analysis, const std::string& trace,
                                           const ReplayCommand& command) {
  const auto names = ClassNames(command.on);
  if (!names.ok()) return names.status();
  v1::ReplayRequest request;
  request.set_trace(trace);
  for (const std::string& name : *names) request.add_silicon_classes(name);
  *request.mutable_options() = command.options;
  const bool show = isatty(STDERR_FILENO) != 0;
  auto report = analysis.Replay(request, [show, &trace](int done, int total) {
    if (show) {
      std::fprintf(stderr, "\r%s: %d of %d classes%s", report::PlainText(trace).c_str(), done, total,
                   done == total ? "\r\x1b[K" : "");
    }
    return true;
  });
  return report;
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

// Why the report is incomplete by what the user asked for; empty: it is complete.
std::string Incomplete(const Replayed& replayed, const ReplayCommand& command) {
  const v1::ReplayReport& report = replayed.report;
  for (const v1::ClassReplay& row : report.classes()) {
    std::string below = report::BelowFloor(report::LeastKnownShare(row.coverage()), command.options);
    if (!below.empty()) return below;
  }
  const v1::Completeness& completeness = report.completeness();
  if (command.strict && (completeness.dropped_operators() > 0 || completeness.truncated() ||
                         completeness.writer_cap_hit() || !completeness.rejected().empty())) {
    return "operators were dropped or rejected on the way: record it again, or leave --strict out";
  }
  if (command.strict && replayed.file_incomplete) {
    return "something of the file was lost or is missing: `sandglass-collect import` says what; or leave --strict out";
  }
  return "";
}

absl::StatusOr<Replayed> ReplayFile(const Globals& globals, const std::string& path, const ReplayCommand& command) {
  const auto imported = ImportedTrace::Import(path, command.facts);
  if (!imported.ok()) return imported.status();
  Globals of_import;
  of_import.store = (*imported)->directory();
  of_import.catalog = globals.catalog;
  const auto session = Session::Open(of_import);
  if (!session.ok()) return session.status();
  auto report = ReplayOne((*session)->analysis(), (*imported)->name(), command);
  if (!report.ok()) return report.status();
  return Replayed{*std::move(report), (*imported)->incomplete()};
}

// Where a name may be that of a stored trace, too, the user is told what it was taken for.
void SayThatItIsAFile(const Globals& globals, const std::string& path) {
  if (globals.store.empty() && globals.server.empty()) return;
  std::fprintf(stderr,
               "sandglass: note: %s is a file here, and is imported; a stored trace of that name goes by its id\n",
               report::PlainText(path).c_str());
}

// Opened once, for the first trace that is no file.
absl::Status OpenFor(const std::string& trace, const Globals& globals, std::unique_ptr<Session>& session) {
  if (session != nullptr) return absl::OkStatus();
  auto opened = Session::Open(globals);
  // The user may have meant a file.
  if (absl::IsInvalidArgument(opened.status())) {
    return absl::InvalidArgumentError(
        absl::StrCat(trace, " is no file here; to replay a stored trace: ", opened.status().message()));
  }
  if (!opened.ok()) return opened.status();
  session = *std::move(opened);
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Replayed>> ReplayAll(const Globals& globals, const ReplayCommand& command) {
  const auto files =
      static_cast<size_t>(std::count_if(command.traces.begin(), command.traces.end(), ImportedTrace::IsFile));
  if (files == 0 && collectors::HasFileFacts(command.facts)) {
    return absl::InvalidArgumentError(
        "--phase, --device, --work, --execution-trace and --capture are for trace files, and none was given: leave "
        "them out, or check the file's path");
  }
  if (absl::Status status = collectors::CheckSecondFiles(command.facts, files); !status.ok()) return status;
  std::vector<Replayed> reports;
  // Files need no store.
  std::unique_ptr<Session> session;
  for (const std::string& trace : command.traces) {
    if (ImportedTrace::IsFile(trace)) {
      SayThatItIsAFile(globals, trace);
      auto replayed = ReplayFile(globals, trace, command);
      if (!replayed.ok()) return replayed.status();
      reports.push_back(*std::move(replayed));
      continue;
    }
    if (absl::Status status = OpenFor(trace, globals, session); !status.ok()) return status;
    auto report = ReplayOne(session->analysis(), trace, command);
    if (!report.ok()) return report.status();
    reports.push_back({*std::move(report)});
  }
  return reports;
}

absl::StatusOr<int> Replay(const Globals& globals, ReplayCommand& command) {
  if (command.summary && command.format != "text") {
    return absl::InvalidArgumentError("--summary is text only: leave --format out");
  }
  if (absl::Status status = collectors::TranslateFileFacts(command.words, command.facts); !status.ok()) return status;
  const auto replayed = ReplayAll(globals, command);
  if (!replayed.ok()) return replayed.status();
  std::vector<v1::ReplayReport> reports;
  for (const Replayed& one : *replayed) reports.push_back(one.report);
  const auto text = Render(reports, command);
  if (!text.ok()) return text.status();
  if (absl::Status status = Print(*text); !status.ok()) return status;
  int exit_code = kExitOk;
  for (const Replayed& one : *replayed) {
    const std::string reason = Incomplete(one, command);
    if (reason.empty()) continue;
    std::fprintf(stderr, "sandglass: incomplete: trace %s: %s\n", report::PlainText(one.report.trace_name()).c_str(),
                 reason.c_str());
    exit_code = kExitIncomplete;
  }
  return exit_code;
}

}  // namespace

void AddReplayCommand(CLI::App& app, Globals& globals, Action& action) {
  auto options = std::make_shared<ReplayCommand>();
  CLI::App* command =
      app.add_subcommand("replay", "Time, energy and cost per unit of work of traces on silicon classes.");
  command
      ->add_option("TRACE", options->traces,
                   "traces' ids or names; or trace files of other programs, which are imported for this replay alone, "
                   "and need no store")
      ->required();
  command->add_option("--on", options->on, "all, or ids or aliases of classes with commas between them")
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
  collectors::AddFileFacts(*command, options->facts, options->words);
  command->footer(
      "JSON is report.proto's ReplayReport: one object for one trace, an array for several. Exit codes: 0 "
      "ok, 1 error, 3 incomplete.");
  command->callback(
      [options, &globals, &action] { action = [options, &globals] { return Replay(globals, *options); }; });
}

}  // namespace sandglass::serve
