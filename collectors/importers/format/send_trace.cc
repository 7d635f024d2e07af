#include "collectors/importers/format/send_trace.h"

#include <utility>

#include "absl/status/statusor.h"

namespace sandglass::collectors {
namespace {

constexpr uint64_t kRecordsBetweenReports = 4096;

void AddCompleteness(const Counts& missing, v1::Completeness& completeness) {
  for (const auto& [name, count] : missing) {
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

absl::StatusOr<v1::TraceManifest> Send(const WriteOperators& write, const v1::TraceHeader& header,
                                       const v1::TraceSummary& summary, const ImportOptions& options, TraceSink& sink) {
  if (absl::Status status = sink.Begin(header); !status.ok()) return status;
  uint64_t sent = 0;
  const absl::Status status = write([&](const v1::Operator& op) {
    if (++sent % kRecordsBetweenReports == 0 && !options.progress("sending", sent)) {
      return absl::CancelledError("the import was stopped");
    }
    return sink.Add(op);
  });
  if (!status.ok()) return status;
  return sink.Finish(summary);
}

}  // namespace

v1::TraceHeader HeaderFor(const ImportOptions& options, absl::string_view format, absl::string_view generation) {
  v1::TraceHeader header;
  header.set_name(options.name);
  header.set_command(options.command);
  header.set_source_format(std::string(format));
  header.set_source_generation(std::string(generation));
  header.set_importer_version(kImporterVersion);
  header.set_run_mode(v1::RUN_MODE_MEASURED);
  return header;
}

void AddDevice(absl::string_view raw_name, std::optional<uint32_t> ordinal, const ImportOptions& options,
               v1::TraceHeader& header, const DeviceCounts& counts) {
  v1::Device& device = *header.add_devices();
  device.set_raw_name(std::string(raw_name));
  if (ordinal.has_value()) device.set_ordinal(*ordinal);
  const bool by_user = !options.silicon_class.empty();
  device.set_silicon_class(by_user ? options.silicon_class : SiliconClassOf(raw_name, counts));
  if (!device.silicon_class().empty()) device.set_asserted_by(by_user ? "user" : "importer");
}

absl::Status SendTrace(const WriteOperators& write, v1::TraceSummary summary, const ImportOptions& options,
                       TraceSink& sink, ImportReport& report) {
  AddCompleteness(report.missing, *summary.mutable_completeness());
  if (!options.work_done.empty()) {
    *summary.mutable_work_done() = {options.work_done.begin(), options.work_done.end()};
  }
  absl::StatusOr<v1::TraceManifest> manifest = Send(write, report.header, summary, options, sink);
  if (!manifest.ok()) {
    sink.Abort();
    return manifest.status();
  }
  report.manifest = *std::move(manifest);
  return absl::OkStatus();
}

}  // namespace sandglass::collectors
