#include "collectors/importers/onnxruntime/importer.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "collectors/importers/format/json_pieces.h"
#include "collectors/importers/format/problems.h"
#include "collectors/importers/format/read_pieces.h"
#include "collectors/importers/format/send_trace.h"
#include "collectors/importers/onnxruntime/event_reader.h"
#include "collectors/importers/onnxruntime/operators.h"
#include "collectors/importers/onnxruntime/profile.h"

namespace sandglass::collectors::onnxruntime {
namespace {

constexpr char kHostProvider[] = "CPUExecutionProvider";

absl::StatusOr<Profile> ReadProfile(ByteSource& source, const ReadProgress& progress) {
  EventReader reader;
  Problems problems;
  const PieceHandlers handlers = {
      .element = [&](const JsonPiece& piece) { return reader.Add(piece.text); },
      .member =
          [&](const JsonPiece& piece) {
            problems.Add("damaged_pieces",
                         absl::StrCat("byte ", piece.offset, ": a member, where a list of events is"));
          }};
  const absl::StatusOr<PiecesRead> read = ReadPieces(source, std::string(), handlers, progress, problems);
  if (!read.ok()) return read.status();
  Profile profile = std::move(reader).Take();
  profile.elements = read->elements;
  if (read->trailing_commas > 0) profile.missing["texts_mended"] += read->trailing_commas;
  for (const auto& [name, count] : problems.counts()) profile.missing[name] += count;
  profile.problems = problems.words();
  const bool has_nodes = std::any_of(profile.events.begin(), profile.events.end(),
                                     [](const Event& event) { return event.kind == EventKind::kNode; });
  if (has_nodes) return profile;
  return absl::InvalidArgumentError(absl::StrCat(
      "no nodes of an ONNX Runtime profile among ", read->elements, " elements",
      profile.problems.empty() ? "" : absl::StrCat("; ", profile.problems.front()),
      ": is it a file that a session with SessionOptions.enable_profiling wrote, and did the session run?"));
}

v1::TraceHeader HeaderOf(const Profile& profile, const ImportOptions& options) {
  v1::TraceHeader header = HeaderFor(options, "onnxruntime", profile.has_fences ? "1" : "2");
  header.add_producers("ONNX Runtime");
  header.set_clock_base("run");
  const bool only_host = std::all_of(profile.providers.begin(), profile.providers.end(),
                                     [](const std::string& provider) { return provider == kHostProvider; });
  for (const std::string& provider : profile.providers) {
    ImportOptions of_device = options;
    if (!only_host && provider == kHostProvider) of_device.silicon_class.clear();
    AddDevice(provider, std::nullopt, of_device, header);
  }
  header.set_phase(options.phase != v1::PHASE_UNSPECIFIED ? options.phase
                   : profile.has_gradients                ? v1::PHASE_TRAIN
                                                          : v1::PHASE_INFER);
  return header;
}

}  // namespace

bool Matches(absl::string_view start) {
  std::string packed;
  for (const char c : start) {
    if (!absl::ascii_isspace(static_cast<unsigned char>(c))) packed.push_back(c);
  }
  if (!absl::StartsWith(packed, "[{\"")) return false;
  return absl::StrContains(packed, "\"cat\":\"Session\"") || absl::StrContains(packed, "\"cat\":\"Node\"");
}

absl::StatusOr<ImportReport> Import(ByteSource& source, const ImportOptions& options, TraceSink& sink) {
  absl::StatusOr<Profile> profile =
      ReadProfile(source, [&](uint64_t events) { return options.progress("reading", events); });
  if (!profile.ok()) return profile.status();
  Operators operators(*profile);
  ImportReport report;
  operators.Count(report);
  report.problems = profile->problems;
  report.header = HeaderOf(*profile, options);
  const absl::Status sent = SendTrace([&](const TakeOperator& take) { return operators.Write(take); },
                                      operators.Summary(), options, sink, report);
  if (!sent.ok()) return sent;
  return report;
}

}  // namespace sandglass::collectors::onnxruntime
