// Scenarios as text protos and messages: the built-in ones, those of users' files, one over another, and their check.
//
// Pure; safe from any thread. Errors are InvalidArgument, one line: the field's path, its value, and what it must be.
#ifndef SANDGLASS_ANALYZER_ECONOMICS_SCENARIO_PROTOS_H_
#define SANDGLASS_ANALYZER_ECONOMICS_SCENARIO_PROTOS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "analyzer/economics/scenario.h"
#include "proto/scenario.pb.h"

namespace sandglass::economics {

// Names of the built-in scenarios ("default", "sovereign_50b" …), sorted.
std::vector<std::string> ScenarioNames();

// A built-in scenario as it was written: all but "default" state only what differs from it.
// Errors: NotFound, naming those that there are.
absl::StatusOr<v1::Scenario> BuiltInScenario(absl::string_view name);

// The text of a built-in scenario, comments included. Errors: as above.
absl::StatusOr<std::string> BuiltInScenarioText(absl::string_view name);

// From a user's text; `file` is for messages. Errors: with line and column, for unknown fields too.
absl::StatusOr<v1::Scenario> ParseScenario(const std::string& text, absl::string_view file);

// `over` laid over `base`: an Assumption, a list of workloads, a number or a word that `over` states replaces that of
// `base` whole; other messages are laid over each other.
v1::Scenario LayOver(const v1::Scenario& base, const v1::Scenario& over);

// The default scenario under `scenario`, every assumption stated. Errors: Internal, if the built-in default is broken.
absl::StatusOr<v1::Scenario> WithDefaults(const v1::Scenario& scenario);

// One value without a spread, as a user states it.
v1::Assumption StatedValue(double value, absl::string_view unit, absl::string_view source);

// Checks a scenario that states every assumption and reads it: units, ranges, spreads, sources.
absl::StatusOr<Scenario> ReadScenario(const v1::Scenario& scenario);

}  // namespace sandglass::economics

#endif  // SANDGLASS_ANALYZER_ECONOMICS_SCENARIO_PROTOS_H_
