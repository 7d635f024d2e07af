// Parts of messages that several reports have.
//
// Pure; safe from any thread.
#ifndef SANDGLASS_ANALYZER_REPORT_MESSAGES_H_
#define SANDGLASS_ANALYZER_REPORT_MESSAGES_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "analyzer/economics/ranged.h"
#include "analyzer/economics/unit_cost.h"
#include "analyzer/models/error_prior.h"
#include "analyzer/replay/class_replay.h"
#include "analyzer/silicon/silicon.h"
#include "analyzer/trace/trace.h"
#include "proto/report.pb.h"
#include "proto/silicon.pb.h"

namespace sandglass::report {

// "token", "ns of MD".
absl::string_view UnitName(trace::WorkUnit unit);

// Whether launches and waiting take more than half of the time: such a row ranks nothing.
bool LaunchBound(const replay::ClassReplay& replay);

// Least share of a trace whose work is known: of operators, and of time where that is known.
double LeastKnownShare(const v1::Coverage& coverage);

// Why there are no numbers where less than a policy's floor is known; empty where there is no floor, or enough is.
std::string BelowFloor(double known_share, const v1::ReplayOptions& options);

// How strong a ground such a figure is: data sheets and derivations are models of what was not measured.
v1::EstimateProvenance ProvenanceOf(v1::FigureBasis basis);

// A number that rests on those figures, with their sources: assumed where one of them is, else modelled.
v1::Estimate FiguresEstimate(const economics::Ranged& ranged, absl::string_view unit, const models::ErrorBand& band,
                             const std::vector<const std::vector<const silicon::Figure*>*>& figures);

v1::Price PriceMessage(const silicon::Price& price);

v1::CostTerms CostTermsMessage(const economics::UnitCost& cost);

}  // namespace sandglass::report

#endif  // SANDGLASS_ANALYZER_REPORT_MESSAGES_H_
