// Traces of a question about money, prepared and put onto classes.
//
// Safe from any thread once made.
#ifndef SANDGLASS_ANALYZER_REPORT_ECONOMICS_PRICED_WORKLOAD_H_
#define SANDGLASS_ANALYZER_REPORT_ECONOMICS_PRICED_WORKLOAD_H_

#include <vector>

#include "absl/status/statusor.h"
#include "analyzer/economics/scenario.h"
#include "analyzer/economics/workload.h"
#include "analyzer/report/economics/reports.h"
#include "analyzer/silicon/catalog.h"
#include "proto/scenario.pb.h"

namespace sandglass::report {

// A scenario as read, and what prices everything under it.
struct PricedScenario {
  economics::Scenario scenario;
  economics::Pricebook pricebook;
  // The scenario with every default of the replay written out.
  v1::Scenario echoed;
  // The stack that was asked for; empty: each class's first.
  std::string stack;
};

// Errors: InvalidArgument for the first field that is wrong.
absl::StatusOr<PricedScenario> PriceScenario(const v1::Scenario& scenario);

// The traces prepared as the scenario wants them replayed.
// Errors: InvalidArgument where there is none, one counts no units of work, a weight is not above 0, or times are to be
// scaled that one lacks;
// FailedPrecondition where nothing is known of the work of one.
absl::StatusOr<std::vector<economics::WorkloadTrace>> PrepareTraces(const std::vector<NamedTrace>& traces,
                                                                    const silicon::Catalog& catalog,
                                                                    const v1::Scenario& scenario,
                                                                    absl::string_view field);

// The least share of one of them whose work is known.
double LeastKnownShare(const std::vector<economics::WorkloadTrace>& traces);

// All traces on one class, which must have the stack that the scenario names.
absl::StatusOr<economics::WorkloadOnClass> PutOn(const std::vector<economics::WorkloadTrace>& traces,
                                                 const silicon::SiliconClass& silicon, const silicon::Catalog& catalog,
                                                 const PricedScenario& priced);

}  // namespace sandglass::report

#endif  // SANDGLASS_ANALYZER_REPORT_ECONOMICS_PRICED_WORKLOAD_H_
