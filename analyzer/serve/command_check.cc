// sandglass check: a batch of traces held against a policy, for CI.
#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "analyzer/check/baseline.h"
#include "analyzer/check/check_text.h"
#include "analyzer/check/judge.h"
#include "analyzer/check/junit.h"
#include "analyzer/check/measure.h"
#include "analyzer/check/policy.h"
#include "analyzer/report/json.h"
#include "analyzer/serve/cli.h"
#include "analyzer/serve/console.h"
#include "analyzer/serve/named_traces.h"
#include "analyzer/serve/output_file.h"
#include "proto/file_text.h"

namespace sandglass::serve {
namespace {

struct CheckCommand {
  std::vector<std::string> traces;
  std::string policy;
  std::string baseline;
  // Files to write; empty: none.
  std::string json;
  std::string junit;
  std::string markdown;
  std::string markdown_when = "always";
  std::string format = "text";
  bool strict = false;
  bool require_baseline = false;
  // The day of prices was given, rather than taken from the clock.
  bool price_date_given = false;
  v1::ReplayOptions options;
  FileFacts files;
};

// The policy of the file, with the command line's options over its own.
absl::StatusOr<v1::Policy> ReadPolicy(const CheckCommand& command) {
  const absl::StatusOr<std::string> text = FileText("--policy", UserPath(command.policy));
  if (!text.ok()) return text.status();
  auto policy = check::ParsePolicy(*text, command.policy);
  if (!policy.ok()) return policy.status();
  v1::ReplayOptions over = command.options;
  if (!command.price_date_given && !policy->options().price_date().empty()) over.clear_price_date();
  policy->mutable_options()->MergeFrom(over);
  return policy;
}

absl::StatusOr<std::optional<v1::CheckReport>> ReadBaseline(const CheckCommand& command) {
  if (command.baseline.empty()) return std::nullopt;
  const absl::StatusOr<std::string> text = FileText("--baseline", UserPath(command.baseline));
  if (!text.ok()) return text.status();
  auto baseline = check::ParseBaseline(*text, command.baseline);
  if (!baseline.ok()) return baseline.status();
  return *std::move(baseline);
}

bool IsWorse(const v1::CheckReport& report) {
  if (report.outcome() > v1::CHECK_OUTCOME_SKIPPED) return true;
  for (const v1::OperatorChange& change : report.changes()) {
    if (change.device_s_after() > change.device_s_before()) return true;
  }
  return false;
}

absl::Status WriteMarkdown(const v1::CheckReport& report, const CheckCommand& command) {
  if (command.markdown_when == "always" || IsWorse(report)) {
    return WriteOutput(command.markdown, check::CheckMarkdown(report));
  }
  // An older one would be taken for this check's.
  std::error_code failed;
  const std::string file = UserPath(command.markdown);
  if (!std::filesystem::is_regular_file(file, failed) || std::filesystem::remove(file, failed)) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat(command.markdown, ": an older one cannot be removed: ", failed.message()));
}

absl::Status WriteFiles(const v1::CheckReport& report, const std::string& json, const CheckCommand& command) {
  absl::Status status;
  if (!command.json.empty()) status.Update(WriteOutput(command.json, json));
  if (!command.junit.empty()) status.Update(WriteOutput(command.junit, check::CheckJunit(report)));
  if (!command.markdown.empty()) status.Update(WriteMarkdown(report, command));
  return status;
}

std::string Rendered(const v1::CheckReport& report, const std::string& json, const std::string& format) {
  if (format == "json") return json;
  if (format == "junit") return check::CheckJunit(report);
  return format == "markdown" ? check::CheckMarkdown(report) : check::CheckText(report);
}

absl::StatusOr<v1::CheckReport> MeasureBatch(const Globals& globals, const v1::Policy& policy, CheckCommand& command,
                                             check::ClassIds& ids) {
  v1::CheckReport report;
  const absl::Status status =
      ForEachTrace(globals, command.traces, command.files, [&](const NamedTrace& trace) -> absl::Status {
        const auto measured = check::MeasureTrace(trace.analysis, trace.name, policy, ReplayProgress(trace.name), ids);
        if (!measured.ok()) return measured.status();
        return check::AddTrace(*measured, policy, command.strict, trace.file_incomplete, report);
      });
  if (!status.ok()) return status;
  return report;
}

// One would take the place of the other.
absl::Status CheckOutputs(const CheckCommand& command) {
  std::set<std::string> files;
  for (const std::string& file : {command.json, command.junit, command.markdown}) {
    if (!file.empty() && !files.insert(UserPath(file)).second) {
      return absl::InvalidArgumentError(
          absl::StrCat(file, " is named twice: give --json, --junit and --markdown a file each"));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<int> Check(const Globals& globals, CheckCommand& command) {
  if (absl::Status status = CheckOutputs(command); !status.ok()) return status;
  const auto policy = ReadPolicy(command);
  if (!policy.ok()) return policy.status();
  const auto baseline = ReadBaseline(command);
  if (!baseline.ok()) return baseline.status();
  check::ClassIds ids;
  auto report = MeasureBatch(globals, *policy, command, ids);
  if (!report.ok()) return report.status();
  const v1::CheckReport* before = baseline->has_value() ? &**baseline : nullptr;
  if (before != nullptr) {
    absl::Status comparable = check::CheckComparable(*before, *report, command.baseline);
    if (!comparable.ok()) return comparable;
  }
  check::Judge(*policy, ids, {.report = before, .required = command.require_baseline}, *report);
  const auto json = report::Json(*report);
  if (!json.ok()) return json.status();
  if (absl::Status written = WriteFiles(*report, *json, command); !written.ok()) return written;
  if (absl::Status printed = Print(Rendered(*report, *json, command.format)); !printed.ok()) return printed;
  const int code = check::ExitCodeOf(report->outcome());
  // On standard output, too, only where that is text.
  if (code != kExitOk && command.format != "text") {
    Tell(code == check::ExitCodeOf(v1::CHECK_OUTCOME_FAILED) ? Level::kDenied : Level::kIncomplete,
         check::CountsText(*report));
  }
  return code;
}

void AddOutputs(CLI::App& command, CheckCommand& options) {
  command.add_option("--json", options.json, "write the report as JSON: the baseline of later checks")
      ->type_name("FILE");
  command.add_option("--junit", options.junit, "write it as JUnit XML, which CI systems show beside tests")
      ->type_name("FILE");
  command.add_option("--markdown", options.markdown, "write it as Markdown, for a comment on a pull request")
      ->type_name("FILE");
  command
      .add_option("--markdown-when", options.markdown_when,
                  "worse: only where a rule did not hold or an operator takes longer than in the baseline; else an "
                  "older file is removed")
      ->check(CLI::IsMember({"always", "worse"}))
      ->capture_default_str();
  command.add_option("--format", options.format, "of standard output: text, json, markdown or junit")
      ->check(CLI::IsMember({"text", "json", "markdown", "junit"}))
      ->capture_default_str();
}

constexpr char kFooter[] =
    "Exit codes: 0 all rules hold, warn or are skipped; 1 error; 2 a rule failed; 3 incomplete: too little is known to "
    "judge, or a rule names a trace that is not there.\n"
    "A policy is a text proto (policy.proto):\n"
    "  policy_version: 1\n"
    "  silicon_classes: [\"h100-sxm\", \"tpu-v6e\"]\n"
    "  options { precision: PRECISION_POLICY_BF16 }\n"
    "  rules { name: \"energy\" metric: METRIC_JOULES unit: \"mJ/token\"\n"
    "          fail { at_most: 300 increase_percent: 5 } warn { increase_percent: 1 } }\n"
    "Examples:\n"
    "  sandglass check --policy ci.policy --json main.json --store DIR nightly/transformer\n"
    "  sandglass check --policy ci.policy --baseline main.json --junit check.xml --markdown check.md "
    "run.pt.trace.json.gz";

}  // namespace

void AddCheckCommand(CLI::App& app, Globals& globals, Action& action) {
  auto options = std::make_shared<CheckCommand>();
  CLI::App* command = app.add_subcommand(
      "check", "Hold traces against a policy on time, energy, money, coverage and migration; for CI.");
  command->add_option("TRACE", options->traces, kTracesHelp)->required();
  command->add_option("--policy", options->policy, "the rules, a text proto")->type_name("FILE")->required();
  command->add_option("--baseline", options->baseline, "what an earlier check wrote by --json, to compare with")
      ->type_name("FILE");
  command
      ->add_flag(
          "--require-baseline", options->require_baseline,
          "incomplete where a limit on change cannot be judged: the baseline does not have the trace or class, or "
          "counts it otherwise; without this the rule is skipped")
      ->needs("--baseline");
  AddOutputs(*command, *options);
  AddReplayOptions(*command, options->options);
  command->add_option_function<double>(
      "--coverage-floor", [options](const double& share) { options->options.set_coverage_floor(share); },
      "least share of operators and of time whose work is known, 0 to 1; below it the check is incomplete");
  command->add_flag("--strict", options->strict,
                    "incomplete where operators were dropped or rejected, or something of a file is missing");
  AddFileFacts(*command, options->files);
  command->footer(kFooter);
  command->callback([command, options, &globals, &action] {
    options->price_date_given = command->count("--price-date") > 0;
    action = [options, &globals] { return Check(globals, *options); };
  });
}

}  // namespace sandglass::serve
