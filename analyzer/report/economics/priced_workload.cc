#include "analyzer/report/economics/priced_workload.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "analyzer/economics/defaults.h"
#include "analyzer/economics/scenario_protos.h"
#include "analyzer/models/error_prior.h"
#include "analyzer/report/messages.h"
#include "analyzer/report/replay_options.h"
#include "analyzer/report/replay_report.h"

namespace sandglass::report {

absl::StatusOr<PricedScenario> PriceScenario(const v1::Scenario& scenario) {
  if (absl::Status status = ValidateOptions(scenario.replay()); !status.ok()) {
    return absl::InvalidArgumentError(absl::StrCat("scenario.replay: ", status.message()));
  }
  absl::StatusOr<economics::Scenario> read = economics::ReadScenario(scenario);
  if (!read.ok()) return read.status();
  absl::StatusOr<economics::EconomicDefaults> defaults = economics::LoadDefaults();
  if (!defaults.ok()) return defaults.status();
  absl::StatusOr<models::ErrorPriors> priors = models::ErrorPriors::Embedded();
  if (!priors.ok()) return priors.status();
  PricedScenario priced;
  priced.scenario = *std::move(read);
  priced.echoed = scenario;
  *priced.echoed.mutable_replay() = EffectiveOptions(scenario.replay(), *defaults);
  priced.echoed.set_seed(priced.scenario.seed);
  priced.echoed.set_paths(priced.scenario.paths);
  priced.stack = scenario.replay().stack();
  priced.pricebook = {
      .defaults = *std::move(defaults), .priors = *std::move(priors), .options = CostOptionsOf(scenario.replay())};
  return priced;
}

absl::StatusOr<std::vector<economics::WorkloadTrace>> PrepareTraces(const std::vector<NamedTrace>& traces,
                                                                    const silicon::Catalog& catalog,
                                                                    const v1::Scenario& scenario,
                                                                    absl::string_view field) {
  if (traces.empty()) return absl::InvalidArgumentError(absl::StrCat(field, " is empty: name at least one trace"));
  std::vector<economics::WorkloadTrace> prepared;
  for (const NamedTrace& named : traces) {
    const trace::Trace& trace = *named.trace;
    if (!(named.weight > 0) || !std::isfinite(named.weight)) {
      return absl::InvalidArgumentError(
          absl::StrCat(named.path, ".weight is ", named.weight, ": it must be above 0 and finite"));
    }
    if (trace.work_done.empty() || !(trace.work_done.front().count > 0)) {
      return absl::InvalidArgumentError(absl::StrCat(named.path, ": trace ", trace.name,
                                                     " counts no units of work: record it again with a producer that "
                                                     "states them"));
    }
    absl::StatusOr<replay::PreparedTrace> replayed = PrepareFor(trace, catalog, scenario.replay());
    if (!replayed.ok()) return replayed.status();
    economics::WorkloadTrace workload = {.name = trace.name,
                                         .path = named.path,
                                         .prepared = *std::move(replayed),
                                         .units = trace.work_done.front().count,
                                         .weight = named.weight};
    if (workload.prepared.work.coverage.known == 0) {
      return absl::FailedPreconditionError(absl::StrCat(named.path, ": nothing is known of the work of trace ",
                                                        trace.name, ", so it has no coverage: see `sandglass coverage ",
                                                        trace.name, "`"));
    }
    prepared.push_back(std::move(workload));
  }
  return prepared;
}

double LeastKnownShare(const std::vector<economics::WorkloadTrace>& traces) {
  double least = 1;
  for (const economics::WorkloadTrace& trace : traces) {
    least = std::min(least, LeastKnownShare(CoverageMessage(trace.prepared.work.coverage)));
  }
  return least;
}

absl::StatusOr<economics::WorkloadOnClass> PutOn(const std::vector<economics::WorkloadTrace>& traces,
                                                 const silicon::SiliconClass& silicon, const silicon::Catalog& catalog,
                                                 const PricedScenario& priced) {
  const silicon::Target target = catalog.TargetFor(silicon, priced.stack);
  if (target.stack == nullptr) {
    return absl::InvalidArgumentError(absl::StrCat("option stack is \"", priced.stack, "\": ", silicon.id,
                                                   " has none of that name; `sandglass catalog show ", silicon.id,
                                                   "` names its stacks"));
  }
  economics::WorkloadOnClass workload;
  for (const economics::WorkloadTrace& trace : traces) {
    workload.push_back(economics::Observe(trace, target, priced.pricebook));
  }
  return workload;
}

}  // namespace sandglass::report
