// The options of a replay, from the message to what replay and economics take.
//
// Pure; safe from any thread.
#ifndef SANDGLASS_ANALYZER_REPORT_REPLAY_OPTIONS_H_
#define SANDGLASS_ANALYZER_REPORT_REPLAY_OPTIONS_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "analyzer/economics/class_cost.h"
#include "analyzer/economics/defaults.h"
#include "analyzer/replay/class_replay.h"
#include "analyzer/replay/precision.h"
#include "analyzer/silicon/catalog.h"
#include "analyzer/trace/trace.h"
#include "proto/report.pb.h"

namespace sandglass::report {

// Checks options and fills in nothing: absent options take the defaults of economics/defaults.textproto.
// Errors: InvalidArgument, naming the option, its value and what is allowed.
absl::Status ValidateOptions(const v1::ReplayOptions& options);

// The policy that the options name; source where they name none.
replay::Precision PrecisionOf(const v1::ReplayOptions& options);

// The trace as the options want it replayed. `trace` must outlive the result. Errors: InvalidArgument, where the mode
// is scale and the trace does not say what it ran on, or how long its operators took there.
absl::StatusOr<replay::PreparedTrace> PrepareFor(const trace::Trace& trace, const silicon::Catalog& catalog,
                                                 const v1::ReplayOptions& options);

// How money is counted.
economics::CostOptions CostOptionsOf(const v1::ReplayOptions& options);

// The options with every default written out, so that a report says what it stands on.
v1::ReplayOptions EffectiveOptions(const v1::ReplayOptions& options, const economics::EconomicDefaults& defaults);

}  // namespace sandglass::report

#endif  // SANDGLASS_ANALYZER_REPORT_REPLAY_OPTIONS_H_
