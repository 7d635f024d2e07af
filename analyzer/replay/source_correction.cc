#include "analyzer/replay/source_correction.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <variant>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "analyzer/models/operator_model.h"

namespace sandglass::replay {
namespace {

constexpr double kShared = 0.5;
// Beyond this an operator was not what its record says: the first call of a library, a page fault.
constexpr double kMostCorrection = 4;

double FactorOf(Seconds measured, Seconds predicted) {
  if (measured <= Seconds() || predicted <= Seconds()) return 1;
  return std::pow(std::clamp(measured / predicted, 1 / kMostCorrection, kMostCorrection), kShared);
}

}  // namespace

absl::StatusOr<silicon::Target> SourceOf(const trace::Trace& trace, const silicon::Catalog& catalog) {
  const std::string ran_on = trace.devices.empty() ? "" : trace.devices.front().silicon_class;
  if (ran_on.empty()) return absl::FailedPreconditionError("nobody says what it ran on");
  const auto source = catalog.Find(ran_on);
  if (source.ok()) return catalog.TargetFor(**source, "");
  return absl::FailedPreconditionError(absl::StrCat("the catalog lacks ", ran_on, ", which it ran on"));
}

absl::StatusOr<std::vector<double>> SourceCorrection(const trace::Trace& trace, const silicon::Target& source) {
  // In the formats that it was measured in, whatever the replay's are.
  const PreparedTrace prepared = Prepare(trace, Precision::kSource);
  if (std::holds_alternative<silicon::MdMachine>(source.silicon->chip)) {
    return absl::FailedPreconditionError("a machine for molecular dynamics is not modelled operator by operator");
  }
  const WorkList& list = prepared.work;
  if (!list.of_device && !std::holds_alternative<silicon::CpuCores>(source.silicon->chip)) {
    return absl::FailedPreconditionError("the trace does not say how long operators took on the device");
  }
  const ClassReplay replay = ReplayOn(prepared, source);
  if (replay.verdict != Verdict::kSupported) {
    return absl::FailedPreconditionError(
        absl::StrCat("the trace cannot be replayed on ", source.silicon->id, ", on which it ran: ", replay.reason));
  }
  std::vector<Seconds> measured(trace.signatures.size());
  std::vector<double> occurrences(measured.size());
  for (size_t i = 0; i < list.costed.size(); ++i) {
    const trace::Operator& op = trace.operators[list.costed[i]];
    // What launched nothing, as far as the trace says, was not measured.
    if (!list.measured[i].has_value() || *list.measured[i] <= Seconds()) continue;
    measured[op.signature] += *list.measured[i];
    occurrences[op.signature] += static_cast<double>(op.occurrences);
  }
  if (std::all_of(occurrences.begin(), occurrences.end(), [](double count) { return count == 0; })) {
    return absl::FailedPreconditionError("the trace does not say how long operators took on the device");
  }
  const models::OperatorOptions options = ModelOptions(prepared, source, replay.devices);
  std::vector<double> factors(measured.size(), 1);
  for (uint32_t signature = 0; signature < measured.size(); ++signature) {
    if (occurrences[signature] == 0) continue;
    const auto estimate = models::EstimateOperator(*list.work[signature], SupportOn(prepared, source, signature),
                                                   *source.silicon, *source.stack, options);
    if (!estimate.ok()) continue;
    factors[signature] =
        FactorOf(measured[signature], occurrences[signature] * models::DeviceAt(*estimate, replay.clock));
  }
  return factors;
}

}  // namespace sandglass::replay
