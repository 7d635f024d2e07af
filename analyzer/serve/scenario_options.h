// What the commands about money share: where the scenario comes from, and how the answer is written.
//
// Used from the main thread only.
#ifndef SANDGLASS_ANALYZER_SERVE_SCENARIO_OPTIONS_H_
#define SANDGLASS_ANALYZER_SERVE_SCENARIO_OPTIONS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "analyzer/report/result_document.h"
#include "google/protobuf/message.h"
#include "proto/report.pb.h"
#include "proto/scenario.pb.h"

namespace CLI {
class App;
}  // namespace CLI

namespace sandglass::serve {

struct ScenarioOptions {
  // A built-in scenario's name, or a file.
  std::string scenario;
  // Text protos of a scenario over it, in order.
  std::vector<std::string> settings;
  std::optional<double> budget_usd;
  std::optional<double> equal_units;
  std::optional<uint64_t> seed;
  std::optional<uint64_t> paths;
  v1::ReplayOptions replay;
  std::string format = "text";
  // Only the answer and what it rests on first.
  bool brief = false;
};

// Adds --scenario, --set, --budget, --equal-units, --seed, --paths and the options of a replay.
void AddScenarioInputs(CLI::App& command, ScenarioOptions& options);

// The same, and how the answer is written: --format, with formats of the command's own, and --brief.
void AddScenarioOptions(CLI::App& command, ScenarioOptions& options, std::vector<std::string> more_formats = {});

// What the user stated: the scenario, under --set, under the other options. Errors: NotFound for a scenario that is
// neither built in nor a file; InvalidArgument with line and column for one that does not parse.
absl::StatusOr<v1::Scenario> StatedScenario(const ScenarioOptions& options);

// Prints the report as JSON, or the document that `document` makes of it.
absl::Status PrintReport(const google::protobuf::Message& report, report::ResultDocument document,
                         const ScenarioOptions& options);

// "a,b" as {"a", "b"}.
std::vector<std::string> SplitNames(absl::string_view names);

}  // namespace sandglass::serve

#endif  // SANDGLASS_ANALYZER_SERVE_SCENARIO_OPTIONS_H_
