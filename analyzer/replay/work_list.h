// Which operators of a trace are costed, with what work, and how much of the trace that covers.
//
// A trace records operators at all levels: aten::linear calls aten::addmm, an autograd node calls both. Work must be
// counted once. So: an operator whose class has a formula is costed and owns everything that it calls; composites and
// views cost nothing themselves and what they call is looked at; an operator of which nothing is known counts as
// unknown with its own time (less its children's), and what it calls is looked at. Where the work of an operator cannot
// be derived (a shape is missing), it is unknown with all of its time.
//
// Work of a device that an operator launched is that operator's, and is not costed again. Where a trace says what was
// launched by whom, time is that of the device: an operator has that of all that it and what it calls launched. Work of
// a device that nothing launched, as far as is known, is unknown.
//
// Pure; safe from any thread.
#ifndef SANDGLASS_ANALYZER_REPLAY_WORK_LIST_H_
#define SANDGLASS_ANALYZER_REPLAY_WORK_LIST_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "analyzer/ops/op_class.h"
#include "analyzer/ops/work.h"
#include "analyzer/quantities/quantities.h"
#include "analyzer/replay/precision.h"
#include "analyzer/trace/trace.h"

namespace sandglass::replay {

struct UnknownOperator {
  std::string name;
  std::string reason;
  uint64_t count = 0;
  // Share of the measured time of all operators that do work; nullopt: the trace has no durations.
  std::optional<double> time_share;
};

struct Coverage {
  // Operators that do work, and those of them whose work is known.
  uint64_t operators = 0;
  uint64_t known = 0;
  // known / operators; 0 for a trace without operators that do work.
  double operator_share = 0;
  // Share of measured time, of the device where the trace has it, else of the host; nullopt: no durations.
  std::optional<double> time_share;
  // Most time first, then most often.
  std::vector<UnknownOperator> unknown;

  // The share that estimates are scaled by: of time where it is known, else of operators.
  double Share() const { return time_share.value_or(operator_share); }
};

struct WorkList {
  // For each signature of the trace; an error where the work is unknown or there is none.
  std::vector<ops::Classification> classes;
  std::vector<absl::StatusOr<ops::Work>> work;
  // For each signature, what its work reads of each input (ops::WorkAndReads); empty: not known.
  std::vector<std::vector<double>> reads;
  // Indices into Trace::operators of those that are costed, in the order of the trace.
  std::vector<uint32_t> costed;
  // Those that do work which nobody knows, likewise.
  std::vector<uint32_t> unknown;
  // How long each costed one took as measured, all its occurrences together: it, and all that it calls. nullopt: the
  // trace does not say. Of the device where `of_device`, else of the host.
  std::vector<std::optional<Seconds>> measured;
  // Whether the trace says which operator launched what on a device.
  bool of_device = false;
  Coverage coverage;
};

WorkList ListWork(const trace::Trace& trace, Precision precision);

}  // namespace sandglass::replay

#endif  // SANDGLASS_ANALYZER_REPLAY_WORK_LIST_H_
