#include "collectors/importers/kineto/trace_reader.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "collectors/importers/format/json_pieces.h"
#include "collectors/importers/kineto/event_reader.h"
#include "collectors/importers/kineto/file_members.h"

namespace sandglass::collectors::kineto {
namespace {

constexpr absl::string_view kEvents = "traceEvents";
constexpr uint64_t kEventsBetweenReports = 4096;
// Names of counts in Trace::dropped.
constexpr char kDamaged[] = "damaged_pieces";
constexpr char kNotAnEvent[] = "damaged_events";
constexpr char kCutOff[] = "file_cut_off";

// Counts what is wrong, and keeps the first of each kind in words.
class Problems {
 public:
  void Add(const char* name, std::string what) {
    if (counts_[name]++ == 0) problems_.push_back(std::move(what));
  }
  void MoveTo(Trace& trace) {
    for (const auto& [name, count] : counts_) trace.dropped[name] += count;
    trace.problems = std::move(problems_);
  }

 private:
  std::map<std::string, uint64_t> counts_;
  std::vector<std::string> problems_;
};

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

absl::StatusOr<Trace> ReadTrace(ByteSource& source, const ReadProgress& progress, bool names_kernels) {
  JsonPieces pieces(source, std::string(kEvents));
  EventReader reader(names_kernels);
  FileMembers members;
  Problems problems;
  uint64_t elements = 0;
  for (bool more = true; more;) {
    const absl::StatusOr<JsonPiece> piece = pieces.Next();
    if (absl::IsDataLoss(piece.status())) {
      problems.Add(kCutOff, std::string(piece.status().message()));
      break;
    }
    if (!piece.ok()) return piece.status();
    switch (piece->kind) {
      case JsonPiece::Kind::kElement:
        if (absl::Status status = reader.Add(piece->text); !status.ok()) {
          problems.Add(kNotAnEvent, absl::StrCat("byte ", piece->offset, ": no event: ", status.message()));
        }
        if (++elements % kEventsBetweenReports == 0 && !progress(elements)) {
          return absl::CancelledError("the import was stopped");
        }
        break;
      case JsonPiece::Kind::kMember:
        members.Add(piece->key, piece->text);
        break;
      case JsonPiece::Kind::kDamage:
        problems.Add(kDamaged, std::string(piece->text));
        break;
      case JsonPiece::Kind::kTruncated:
        problems.Add(kCutOff, std::string(piece->text));
        more = false;
        break;
      case JsonPiece::Kind::kEnd:
        more = false;
        break;
    }
  }
  Trace trace = std::move(reader).Take();
  problems.MoveTo(trace);
  members.MoveTo(trace);
  if (trace.events.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "no events of a Kineto trace among ", elements, " elements",
        trace.problems.empty() ? "" : absl::StrCat("; ", trace.problems.front()),
        ": is it a profile that torch.profiler's export_chrome_trace or tensorboard_trace_handler wrote?"));
  }
  SettleGeneration(trace);
  ShiftTimes(trace);
  return trace;
}

}  // namespace sandglass::collectors::kineto
