#include "collectors/importers/kineto/trace_reader.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "collectors/importers/format/json_pieces.h"
#include "collectors/importers/format/problems.h"
#include "collectors/importers/kineto/event_reader.h"
#include "collectors/importers/kineto/file_members.h"

namespace sandglass::collectors::kineto {
namespace {

constexpr absl::string_view kEvents = "traceEvents";
// A file without operators of the third generation may still say when its clock began, which only that one does.
void SettleGeneration(Trace& trace) {
  if (trace.generation == Generation::kSecond && trace.base_unix_ns != kNone) trace.generation = Generation::kThird;
}

// Times of the third generation count from a moment that stands beside them.
void ShiftTimes(Trace& trace) {
  if (trace.base_unix_ns == kNone) return;
  for (Event& event : trace.events) event.start_ns += trace.base_unix_ns;
}

}  // namespace

absl::StatusOr<Trace> ReadTrace(ByteSource& source, const ReadProgress& progress, bool names_kernels) {
  EventReader reader(names_kernels);
  FileMembers members;
  Problems problems;
  const PieceHandlers handlers = {.element = [&](const JsonPiece& piece) { return reader.Add(piece.text); },
                                  .member = [&](const JsonPiece& piece) { members.Add(piece.key, piece.text); },
                                  .parser = &reader};
  const absl::StatusOr<PiecesRead> read = ReadPieces(source, std::string(kEvents), handlers, progress, problems);
  if (!read.ok()) return read.status();
  Trace trace = std::move(reader).Take();
  for (const auto& [name, count] : problems.counts()) trace.dropped[name] += count;
  trace.problems = problems.words();
  members.MoveTo(trace);
  if (trace.events.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "no events of a Kineto trace among ", read->elements, " elements",
        trace.problems.empty() ? "" : absl::StrCat("; ", trace.problems.front()),
        ": is it a profile that torch.profiler's export_chrome_trace or tensorboard_trace_handler wrote?"));
  }
  SettleGeneration(trace);
  ShiftTimes(trace);
  return trace;
}

}  // namespace sandglass::collectors::kineto
