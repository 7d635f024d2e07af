#include "collectors/importers/chakra/importer.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "collectors/importers/chakra/operators.h"
#include "collectors/importers/format/send_trace.h"

namespace sandglass::collectors::chakra {
namespace {

v1::Phase PhaseOf(const Trace& trace, const Operators& operators, const ImportOptions& options) {
  if (options.phase != v1::PHASE_UNSPECIFIED || !trace.is_pytorch()) return options.phase;
  return operators.has_backward() ? v1::PHASE_TRAIN : v1::PHASE_INFER;
}

v1::TraceHeader HeaderOf(const Trace& trace, const Operators& operators, const ImportOptions& options) {
  v1::TraceHeader header = HeaderFor(options, "chakra", trace.version);
  if (trace.version.empty()) header.set_source_generation(absl::StrCat("schema ", trace.pytorch_schema));
  if (trace.is_pytorch()) header.add_producers(absl::StrCat("PyTorch ExecutionTrace ", trace.pytorch_schema));
  if (!operators.has_durations()) header.set_run_mode(v1::RUN_MODE_SHAPES_ONLY);
  header.set_clock_base(operators.is_unix() ? "unix" : "run");
  header.set_phase(PhaseOf(trace, operators, options));
  const std::optional<uint32_t> rank = RankOf(options.path);
  if (rank.has_value()) header.set_rank(*rank);
  if (options.ranks > 0 && rank.value_or(options.ranks) < options.ranks) header.set_world_size(options.ranks);
  // Nodes say whether they are a device's, not which one's: a rank has one.
  if (operators.has_device()) AddDevice("", std::nullopt, options, header);
  for (const auto& [key, value] : trace.extras) {
    v1::Extra& extra = *header.add_extras();
    extra.set_key(key);
    extra.set_value(value);
  }
  return header;
}

}  // namespace

std::optional<uint32_t> RankOf(const std::string& path) {
  absl::string_view name = path;
  absl::ConsumeSuffix(&name, ".gz");
  if (!absl::ConsumeSuffix(&name, ".et")) return std::nullopt;
  const size_t dot = name.rfind('.');
  uint32_t rank = 0;
  if (dot == absl::string_view::npos || name.find_first_not_of("0123456789", dot + 1) != absl::string_view::npos ||
      !absl::SimpleAtoi(name.substr(dot + 1), &rank)) {
    return std::nullopt;
  }
  return rank;
}

absl::StatusOr<ImportReport> Import(ByteSource& source, const ImportOptions& options, TraceSink& sink) {
  absl::StatusOr<Trace> trace = ReadTrace(source, [&](uint64_t nodes) { return options.progress("reading", nodes); });
  if (!trace.ok()) return trace.status();
  Operators operators(*trace);
  ImportReport report;
  operators.Count(report);
  report.header = HeaderOf(*trace, operators, options);
  const absl::Status sent = SendTrace([&](const TakeOperator& take) { return operators.Write(take); },
                                      operators.Summary(), options, sink, report);
  if (!sent.ok()) return sent;
  return report;
}

}  // namespace sandglass::collectors::chakra
