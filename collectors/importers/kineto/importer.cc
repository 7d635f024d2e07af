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
#include "proto/trace_validator.h"

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

// A file beside the trace that the user named: what it holds. Errors say which file it is.
template <typename Read>
auto ReadSecondFile(const std::string& path, const Read& read) -> decltype(read(std::declval<ByteSource&>())) {
  const auto in_file = [&](const absl::Status& status) {
    const absl::string_view message = status.message();
    return absl::Status(status.code(),
                        absl::StartsWith(message, path) ? std::string(message) : absl::StrCat(path, ": ", message));
  };
  const absl::StatusOr<std::unique_ptr<ByteSource>> source = OpenByteSource(path);
  if (!source.ok()) return in_file(source.status());
  auto found = read(**source);
  if (!found.ok()) return in_file(found.status());
  return found;
}

// What was lost of a second file, and what was wrong with it.
void ReportSecondFile(absl::string_view what, const std::string& path, const Counts& dropped,
                      const std::vector<std::string>& problems, ImportReport& report) {
  for (const auto& [name, count] : dropped) report.missing[absl::StrCat(what, "_", name)] += count;
  for (const std::string& problem : problems) report.problems.push_back(absl::StrCat(path, ": ", problem));
}

// What the user should know of the join; empty: it went well.
std::string WhatCaptureLacks(const GraphLaunches& launches, const std::string& path) {
  if (launches.launches == 0) return "no graph was launched in it, so that the capture says nothing of it";
  if (launches.captured == 0) return absl::StrCat(path, " shows no graph being captured");
  if (!launches.operators.empty()) return "";
  if (launches.ambiguous > 0) {
    return absl::StrCat("each launch of a graph fits several of the ", launches.captured, " graphs that ", path,
                        " shows being captured, or none");
  }
  return absl::StrCat("none of ", launches.launches, " launches of graphs has the kernels of a graph that ", path,
                      " shows being captured");
}

// A second file, of the capture, tells what the trace's graphs are made of.
absl::StatusOr<GraphLaunches> Graphs(const ImportOptions& options, Trace& trace, ImportReport& report) {
  const std::string& path = options.capture;
  if (path.empty()) {
    const auto [work, launches] = CountGraphWork(trace);
    if (work > 0) {
      report.problems.push_back(absl::StrCat(work, " pieces of device work were launched by ", launches,
                                             " launches of graphs, whose operators are in the file that was recorded ",
                                             "when they were captured: import with --capture FILE"));
    }
    return GraphLaunches();
  }
  const absl::StatusOr<Trace> capture = ReadSecondFile(path, [&](ByteSource& source) {
    return ReadTrace(
        source, [&](uint64_t events) { return options.progress("reading the capture", events); },
        /*names_kernels=*/true);
  });
  if (!capture.ok()) return capture.status();
  ReportSecondFile("capture", path, capture->dropped, capture->problems, report);
  absl::StatusOr<GraphLaunches> launches = JoinCapture(*capture, trace);
  if (!launches.ok()) return launches.status();
  const std::string lacks = WhatCaptureLacks(*launches, path);
  if (!lacks.empty()) report.problems.push_back(lacks);
  return launches;
}

// Reads the ExecutionTrace that the user named, and joins it.
absl::StatusOr<JoinedNodes> JoinFile(const ImportOptions& options, Trace& trace, ImportReport& report) {
  const std::string& path = options.execution_trace;
  absl::StatusOr<JoinedNodes> joined = ReadSecondFile(path, [&](ByteSource& source) -> absl::StatusOr<JoinedNodes> {
    absl::StatusOr<execution_trace::Trace> read = execution_trace::ReadTrace(
        source, [&](uint64_t count) { return options.progress("reading the execution trace", count); });
    if (!read.ok()) return read.status();
    absl::StatusOr<NodeJoin> join = JoinNodes(trace, *read);
    if (!join.ok()) return join.status();
    execution_trace::DataFlow flow = execution_trace::DataFlowOf(*read);
    return JoinedNodes{.trace = *std::move(read), .flow = std::move(flow), .join = *std::move(join)};
  });
  if (!joined.ok()) return joined.status();
  const execution_trace::Trace& read = joined->trace;
  AddSignatures(joined->join, read, trace);
  ReportSecondFile("execution_trace", path, read.dropped, read.problems, report);
  for (const auto& [key, value] : read.extras) {
    std::string whole = absl::StrCat("execution_trace ", key);
    if (whole.size() <= kMaxNameBytes) trace.extras.try_emplace(std::move(whole), value);
  }
  trace.extras.try_emplace("execution_trace schema", read.schema);
  return joined;
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
  absl::StatusOr<GraphLaunches> graphs = Graphs(options, *trace, report);
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
