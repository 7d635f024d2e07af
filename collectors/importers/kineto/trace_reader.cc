#include "collectors/importers/kineto/trace_reader.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "collectors/importers/format/json_elements.h"
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
  for (Event& event : trace.events) {
    int64_t shifted = 0;
    if (!__builtin_add_overflow(event.start_ns, trace.base_unix_ns, &shifted)) event.start_ns = shifted;
  }
}

}  // namespace

absl::StatusOr<Trace> ReadTrace(ByteSource& source, const ReadProgress& progress) {
  EventReader reader;
  FileMembers members;
  FileProblems problems;
  const JsonTakers takers = {
      .element = [&](absl::string_view text) { return reader.Add(text); },
      .member = [&](absl::string_view key, absl::string_view json) { members.Add(key, json); },
      .progress = progress,
  };
  const absl::StatusOr<uint64_t> elements = ReadJsonElements(source, kEvents, "damaged_events", takers, problems);
  if (!elements.ok()) return elements.status();
  Trace trace = std::move(reader).Take();
  for (const auto& [name, count] : problems.counts) trace.dropped[name] += count;
  trace.problems = std::move(problems.words);
  members.MoveTo(trace);
  if (trace.events.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "no events of a Kineto trace among ", *elements, " elements",
        trace.problems.empty() ? "" : absl::StrCat("; ", trace.problems.front()),
        ": is it a profile that torch.profiler's export_chrome_trace or tensorboard_trace_handler wrote?"));
  }
  SettleGeneration(trace);
  ShiftTimes(trace);
  return trace;
}

}  // namespace sandglass::collectors::kineto
