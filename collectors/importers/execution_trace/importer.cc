#include "collectors/importers/execution_trace/importer.h"

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "collectors/importers/execution_trace/operators.h"
#include "collectors/importers/execution_trace/trace_reader.h"
#include "collectors/importers/format/send_trace.h"

namespace sandglass::collectors::execution_trace {
namespace {

// "cuda:1" is number 1.
std::optional<uint32_t> OrdinalOf(absl::string_view device) {
  const size_t colon = device.find(':');
  uint32_t ordinal = 0;
  if (colon == absl::string_view::npos || !absl::SimpleAtoi(device.substr(colon + 1), &ordinal)) return std::nullopt;
  return ordinal;
}

v1::TraceHeader HeaderOf(const Trace& trace, bool has_backward, const ImportOptions& options) {
  v1::TraceHeader header = HeaderFor(options, kFormatName, trace.schema);
  header.add_producers("PyTorch ExecutionTraceObserver");
  if (trace.rank.has_value()) header.set_rank(*trace.rank);
  if (trace.world_size.has_value()) header.set_world_size(*trace.world_size);
  for (const v1::ProcessGroup& group : trace.process_groups) *header.add_process_groups() = group;
  for (const std::string& device : trace.devices) AddDevice(device, OrdinalOf(device), options, header);
  const bool has_shapes_only = trace.devices == std::vector<std::string>{kShapesDevice};
  if (has_shapes_only) header.set_run_mode(v1::RUN_MODE_SHAPES_ONLY);
  // Then the host did the work.
  if (trace.devices.empty()) AddDevice(kHostDevice, std::nullopt, options, header);
  header.set_phase(options.phase != v1::PHASE_UNSPECIFIED ? options.phase
                   : has_backward                         ? v1::PHASE_TRAIN
                                                          : v1::PHASE_INFER);
  for (const auto& [key, value] : trace.extras) {
    v1::Extra& extra = *header.add_extras();
    extra.set_key(key);
    extra.set_value(value);
  }
  return header;
}

}  // namespace

absl::StatusOr<ImportReport> Import(ByteSource& source, const ImportOptions& options, TraceSink& sink) {
  absl::StatusOr<Trace> trace = ReadTrace(source, [&](uint64_t nodes) { return options.progress("reading", nodes); });
  if (!trace.ok()) return trace.status();
  Operators operators(*trace);
  ImportReport report;
  operators.Count(report);
  for (const auto& [name, count] : trace->dropped) report.missing[name] += count;
  report.problems = trace->problems;
  report.header = HeaderOf(*trace, operators.has_backward(), options);
  const absl::Status sent = SendTrace([&](const TakeOperator& take) { return operators.Write(take); },
                                      operators.Summary(), options, sink, report);
  if (!sent.ok()) return sent;
  return report;
}

}  // namespace sandglass::collectors::execution_trace
