#include "collectors/importers/kineto/importer.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "collectors/importers/format/device_class.h"
#include "collectors/importers/kineto/operators.h"
#include "collectors/importers/kineto/trace_reader.h"

namespace sandglass::collectors::kineto {
namespace {

constexpr uint64_t kRecordsBetweenReports = 4096;

void AddDevices(const std::vector<DeviceProperties>& devices, const std::string& silicon_class,
                v1::TraceHeader& header) {
  for (const DeviceProperties& properties : devices) {
    v1::Device& device = *header.add_devices();
    device.set_raw_name(properties.name);
    device.set_ordinal(properties.ordinal);
    device.set_silicon_class(silicon_class.empty() ? SiliconClassOf(properties.name) : silicon_class);
    if (!device.silicon_class().empty()) device.set_asserted_by(silicon_class.empty() ? "importer" : "user");
  }
}

v1::TraceHeader HeaderOf(const Trace& trace, const Operators& operators, const ImportOptions& options) {
  v1::TraceHeader header;
  header.set_name(options.name);
  header.set_command(options.command);
  header.set_source_format("kineto");
  header.set_source_generation(absl::StrCat(static_cast<int>(trace.generation)));
  header.set_importer_version(kImporterVersion);
  header.add_producers("PyTorch Kineto");
  // Before the third generation times count from 1970; in the third only where the file says when it began.
  const bool is_unix = trace.generation != Generation::kThird || trace.base_unix_ns != kNone;
  header.set_clock_base(is_unix ? "unix" : "monotonic");
  if (trace.rank.has_value()) header.set_rank(*trace.rank);
  if (trace.world_size.has_value()) header.set_world_size(*trace.world_size);
  for (const v1::ProcessGroup& group : trace.process_groups) *header.add_process_groups() = group;
  AddDevices(operators.devices(), options.silicon_class, header);
  header.set_run_mode(v1::RUN_MODE_MEASURED);
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

void AddCompleteness(const ImportReport& report, v1::Completeness& completeness) {
  for (const auto& [name, count] : report.missing) {
    if (name == "operators_without_shapes") {
      completeness.set_operators_without_shapes(count);
    } else if (name == "device_work_not_linked") {
      completeness.set_orphan_kernels(count);
    } else {
      v1::NamedCount& other = *completeness.add_other();
      other.set_name(name);
      other.set_count(count);
    }
  }
}

absl::StatusOr<v1::TraceManifest> Send(Operators& operators, const v1::TraceHeader& header,
                                       const v1::TraceSummary& summary, const ImportOptions& options, TraceSink& sink) {
  if (absl::Status status = sink.Begin(header); !status.ok()) return status;
  uint64_t sent = 0;
  const absl::Status status = operators.Write([&](const v1::Operator& op) {
    if (++sent % kRecordsBetweenReports == 0 && !options.progress("sending", sent)) {
      return absl::CancelledError("the import was stopped");
    }
    return sink.Add(op);
  });
  if (!status.ok()) return status;
  return sink.Finish(summary);
}

}  // namespace

bool Matches(absl::string_view start) {
  if (!absl::StartsWith(absl::StripLeadingAsciiWhitespace(start), "{")) return false;
  return absl::StrContains(start, "\"traceEvents\"") || absl::StrContains(start, "\"deviceProperties\"");
}

absl::StatusOr<ImportReport> Import(ByteSource& source, const ImportOptions& options, TraceSink& sink) {
  absl::StatusOr<Trace> trace = ReadTrace(source, [&](uint64_t events) { return options.progress("reading", events); });
  if (!trace.ok()) return trace.status();
  Operators operators(*trace);
  ImportReport report;
  operators.Count(report);
  for (const auto& [name, count] : trace->dropped) report.missing[name] += count;
  report.problems = trace->problems;
  v1::TraceSummary summary = operators.Summary();
  AddCompleteness(report, *summary.mutable_completeness());
  if (!options.work_done.empty()) {
    *summary.mutable_work_done() = {options.work_done.begin(), options.work_done.end()};
  }
  report.header = HeaderOf(*trace, operators, options);
  absl::StatusOr<v1::TraceManifest> manifest = Send(operators, report.header, summary, options, sink);
  if (!manifest.ok()) {
    sink.Abort();
    return manifest.status();
  }
  report.manifest = *std::move(manifest);
  return report;
}

}  // namespace sandglass::collectors::kineto
