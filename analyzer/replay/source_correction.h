// What a trace's own measured times say of how far the models are off, for a replay in scale mode.
//
// Where the class that a trace ran on is known and its operators' times on the device were measured, the models are
// asked for that class first. What they miss there, they miss on other classes in part, too:
//
//   r = measured time of a signature ÷ the models' time for it on the class that it ran on, at the clock that it held
//   factor = min(max(r, 1/limit), limit) ^ kShared
//
// kShared is the share of a (logarithmic) error that the models have in common between devices; the rest is that
// device's own, and says nothing of another. A target's time for the signature is multiplied by the factor. So a replay
// on the class itself lies between what the models predict and what was measured.
//
// Pure; safe from any thread.
#ifndef SANDGLASS_ANALYZER_REPLAY_SOURCE_CORRECTION_H_
#define SANDGLASS_ANALYZER_REPLAY_SOURCE_CORRECTION_H_

#include <vector>

#include "absl/status/statusor.h"
#include "analyzer/replay/class_replay.h"
#include "analyzer/silicon/catalog.h"
#include "analyzer/silicon/silicon.h"
#include "analyzer/trace/trace.h"

namespace sandglass::replay {

// The class that a trace ran on, with its first stack.
// Errors: FailedPrecondition, where the trace does not say or the catalog lacks it.
absl::StatusOr<silicon::Target> SourceOf(const trace::Trace& trace, const silicon::Catalog& catalog);

// By signature of the trace; 1 where nothing was measured or nothing is known.
// Errors: FailedPrecondition, where the trace has no times of the device, or cannot be replayed on `source`.
absl::StatusOr<std::vector<double>> SourceCorrection(const trace::Trace& trace, const silicon::Target& source);

}  // namespace sandglass::replay

#endif  // SANDGLASS_ANALYZER_REPLAY_SOURCE_CORRECTION_H_
