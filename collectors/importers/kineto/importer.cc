#include "collectors/importers/kineto/importer.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "collectors/importers/execution_trace/data_flow.h"
#include "collectors/importers/execution_trace/trace_reader.h"
#include "collectors/importers/format/byte_source.h"
#include "collectors/importers/format/send_trace.h"
#include "collectors/importers/kineto/graph_capture.h"
#include "collectors/importers/kineto/node_join.h"
#include "collectors/importers/kineto/operators.h"
#include "collectors/importers/kineto/trace_reader.h"

namespace sandglass::collectors::kineto {
namespace {

v1::TraceHeader HeaderOf(const Trace& trace, const Operators& operators, const ImportOptions& options) {
  v1::TraceHeader header = HeaderFor(options, "kineto", absl::StrCat(static_cast<int>(trace.generation)));
  header.add_producers("PyTorch Kineto");
  // Before the third generation times count from 1970; in the third only where the file says when it began.
  const bool is_unix = trace.generation != Generation::kThird || trace.base_unix_ns != kNone;
  header.set_clock_base(is_unix ? "unix" : "monotonic");
  if (trace.rank.has_value()) header.set_rank(*trace.rank);
  if (trace.world_size.has_value()) header.set_world_size(*trace.world_size);
  for (const v1::ProcessGroup& group : trace.process_groups) *header.add_process_groups() = group;
  for (const DeviceProperties& device : operators.devices()) {
    AddDevice(device.name, device.ordinal, options, header, device.counts);
  }
  header.set_phase(options.phase != v1::PHASE_UNSPECIFIED ? options.phase
                   : operators.has_backward()             ? v1::PHASE_TRAIN
                                                          : v1::PHASE_INFER);
  for (const auto& [key, value] : trace.extras) {
    v1::Extra& extra = *header.add_extras();
    extra.set_key(key);
    extra.set_value(value);
  }
  return header;
}

// A second file, of the capture, tells what the trace's graphs are made of.
absl::StatusOr<GraphLaunches> Graphs(const ImportOptions& options, Trace& trace) {
  if (options.capture.empty()) {
    const auto [work, launches] = CountGraphWork(trace);
    if (work == 0) return GraphLaunches();
    trace.problems.push_back(absl::StrCat(work, " pieces of device work were launched by ", launches,
                                          " launches of graphs, whose operators are in the file that was recorded when "
                                          "they were captured: import with --capture FILE"));
    return GraphLaunches();
  }
  const absl::StatusOr<std::unique_ptr<ByteSource>> source = OpenByteSource(options.capture);
  if (!source.ok()) return source.status();
  const absl::StatusOr<Trace> capture = ReadTrace(
      **source, [&](uint64_t events) { return options.progress("reading the capture", events); },
      /*names_kernels=*/true);
  if (!capture.ok()) {
    return absl::Status(capture.status().code(), absl::StrCat(options.capture, ": ", capture.status().message()));
  }
  GraphLaunches launches = JoinCapture(*capture, trace);
  if (launches.launches == 0) {
    trace.problems.push_back("no graph was launched in it, so that the capture says nothing of it");
  } else if (launches.operators.empty()) {
    trace.problems.push_back(absl::StrCat("none of ", launches.launches,
                                          " launches of graphs has the kernels of a graph ", "that ", options.capture,
                                          " shows being captured"));
  }
  return launches;
}

// Reads the ExecutionTrace that the user named, and joins it.
absl::StatusOr<JoinedNodes> JoinFile(const ImportOptions& options, Trace& trace, ImportReport& report) {
  const std::string& path = options.execution_trace;
  const auto in_file = [&](const absl::Status& status) {
    const absl::string_view message = status.message();
    return absl::Status(status.code(),
                        absl::StartsWith(message, path) ? std::string(message) : absl::StrCat(path, ": ", message));
  };
  const absl::StatusOr<std::unique_ptr<ByteSource>> source = OpenByteSource(path);
  if (!source.ok()) return in_file(source.status());
  absl::StatusOr<execution_trace::Trace> read = execution_trace::ReadTrace(
      **source, [&](uint64_t count) { return options.progress("reading the execution trace", count); });
  if (!read.ok()) return in_file(read.status());
  absl::StatusOr<NodeJoin> join = JoinNodes(trace, *read);
  if (!join.ok()) return in_file(join.status());
  AddSignatures(*join, *read, trace);
  for (const auto& [name, count] : read->dropped) report.missing[absl::StrCat("execution_trace_", name)] += count;
  for (const std::string& problem : read->problems) report.problems.push_back(absl::StrCat(path, ": ", problem));
  for (const auto& [key, value] : read->extras) trace.extras.try_emplace(absl::StrCat("execution_trace ", key), value);
  trace.extras.try_emplace("execution_trace schema", read->schema);
  execution_trace::DataFlow flow = execution_trace::DataFlowOf(*read);
  return JoinedNodes{.trace = *std::move(read), .flow = std::move(flow), .join = *std::move(join)};
}

}  // namespace

bool Matches(absl::string_view start) {
  if (!absl::StartsWith(absl::StripLeadingAsciiWhitespace(start), "{")) return false;
  return absl::StrContains(start, "\"traceEvents\"") || absl::StrContains(start, "\"deviceProperties\"");
}

absl::StatusOr<ImportReport> Import(ByteSource& source, const ImportOptions& options, TraceSink& sink) {
  absl::StatusOr<Trace> trace = ReadTrace(source, [&](uint64_t events) { return options.progress("reading", events); });
  if (!trace.ok()) return trace.status();
  ImportReport report;
  std::optional<JoinedNodes> nodes;
  if (!options.execution_trace.empty()) {
    absl::StatusOr<JoinedNodes> joined = JoinFile(options, *trace, report);
    if (!joined.ok()) return joined.status();
    nodes = *std::move(joined);
  }
  absl::StatusOr<GraphLaunches> graphs = Graphs(options, *trace);
  if (!graphs.ok()) return graphs.status();
  Operators operators(*trace, *std::move(graphs), std::move(nodes));
  operators.Count(report);
  for (const auto& [name, count] : trace->dropped) report.missing[name] += count;
  for (const auto& [name, count] : trace->left_out) report.left_out[name] += count;
  report.problems.insert(report.problems.begin(), trace->problems.begin(), trace->problems.end());
  report.header = HeaderOf(*trace, operators, options);
  const absl::Status sent = SendTrace([&](const TakeOperator& take) { return operators.Write(take); },
                                      operators.Summary(), options, sink, report);
  if (!sent.ok()) return sent;
  return report;
}

}  // namespace sandglass::collectors::kineto
