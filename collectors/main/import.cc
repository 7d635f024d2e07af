#include "collectors/main/import.h"

#include <map>
#include <memory>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "collectors/importers/format/byte_source.h"
#include "collectors/importers/formats.h"
#include "collectors/main/interrupt.h"
#include "collectors/stream/ingest_writer.h"
#include "proto/plain_text.h"
#include "proto/trace_id.h"

namespace sandglass::collectors {
namespace {

std::string Listed(const Counts& counts) {
  return absl::StrJoin(counts, ", ", [](std::string* out, const auto& count) {
    absl::StrAppend(out, count.second, " ", PlainText(count.first));
  });
}

std::string DevicesOf(const v1::TraceHeader& header) {
  if (header.devices().empty()) return "no device";
  std::map<std::string, int> alike;
  for (const v1::Device& device : header.devices()) {
    const std::string shown = device.silicon_class().empty()
                                  ? "silicon class not known: name it by --device"
                                  : absl::StrCat(device.silicon_class(), ", says the ", device.asserted_by());
    ++alike[absl::StrCat("'", PlainText(device.raw_name()), "' (", shown, ")")];
  }
  return absl::StrJoin(alike, ", ", [](std::string* out, const auto& devices) {
    absl::StrAppend(out, devices.second == 1 ? "" : absl::StrCat(devices.second, " x "), devices.first);
  });
}

// The format whose files an ExecutionTrace can be joined to.
constexpr absl::string_view kJoinedFormat = "kineto";

double Mebibytes(uint64_t bytes) { return static_cast<double>(bytes) / (1 << 20); }

std::string TimesOf(const ImportTimes& times) {
  // What was not measured took no time only on paper.
  if (times.device_work_ps == 0 && times.host_ps == 0) return "  time: not recorded\n";
  return absl::StrFormat("  time: device work %.3f ms, of it linked %.3f ms; device busy %.3f ms; host %.3f ms\n",
                         static_cast<double>(times.device_work_ps) / 1e9,
                         static_cast<double>(times.linked_device_work_ps) / 1e9,
                         static_cast<double>(times.device_busy_ps) / 1e9, static_cast<double>(times.host_ps) / 1e9);
}

class FileImport {
 public:
  // `execution_trace` is a path, or empty.
  FileImport(const std::string& path, const std::string& execution_trace, const ImportRequest& request,
             Destination& destination, ProgressPrinter& progress)
      : path_(path),
        execution_trace_(execution_trace),
        request_(request),
        destination_(destination),
        progress_(progress) {}

  absl::StatusOr<ImportReport> Run(const ImportFormat& format, const std::function<void(const std::string&)>& warn) {
    if (!execution_trace_.empty() && absl::string_view(format.name) != kJoinedFormat) {
      return absl::InvalidArgumentError(absl::StrCat("--execution-trace joins a file of format ", kJoinedFormat,
                                                     ", and this one is ", format.name,
                                                     ": name Kineto's file first, or leave the option out"));
    }
    const absl::StatusOr<std::unique_ptr<ByteSource>> source = OpenByteSource(path_);
    if (!source.ok()) return source.status();
    IngestWriterOptions writer_options;
    writer_options.destination = destination_.name();
    writer_options.mend = destination_.mend();
    writer_options.warn = warn;
    IngestWriter writer(destination_.stub(), std::move(writer_options));
    if (absl::Status status = writer.Reach(); !status.ok()) return status;
    const InterruptGuard guard([&writer] { writer.Cancel(); }, [&writer] { writer.GiveUp(); });
    ImportOptions options;
    options.name = NameOf();
    options.command = absl::StrCat("sandglass-collect import ", path_);
    if (!execution_trace_.empty()) absl::StrAppend(&options.command, " --execution-trace ", execution_trace_);
    options.execution_trace = execution_trace_;
    options.phase = request_.phase;
    options.silicon_class = request_.silicon_class;
    options.work_done = request_.work_done;
    options.path = path_;
    options.progress = [&](absl::string_view doing, uint64_t events) {
      Show(doing, events, **source);
      return !guard.interrupted();
    };
    absl::StatusOr<ImportReport> report = format.import(**source, options, writer);
    if (guard.interrupted()) return absl::CancelledError("interrupted: the trace was given up");
    return report;
  }

 private:
  std::string NameOf() const {
    if (request_.name.empty()) return TraceNameOf(path_);
    return request_.files.size() == 1 ? request_.name : absl::StrCat(request_.name, "/", TraceNameOf(path_));
  }

  void Show(absl::string_view doing, uint64_t events, const ByteSource& source) {
    const double done = source.file_size() == 0
                            ? 1
                            : static_cast<double>(source.file_position()) / static_cast<double>(source.file_size());
    progress_.Update(absl::StrFormat("%s: %s, %d events, %.1f of %.1f MiB", path_, doing, events,
                                     Mebibytes(source.file_position()), Mebibytes(source.file_size())),
                     done);
  }

  const std::string path_;
  const std::string execution_trace_;
  const ImportRequest& request_;
  Destination& destination_;
  ProgressPrinter& progress_;
};

}  // namespace

std::string TraceNameOf(const std::string& path) {
  absl::string_view name = path;
  name = absl::StripSuffix(name, "/");
  if (const size_t slash = name.rfind('/'); slash != absl::string_view::npos) name.remove_prefix(slash + 1);
  for (const absl::string_view suffix : {".gz", ".json", ".trace", ".pt"}) absl::ConsumeSuffix(&name, suffix);
  std::string clean(name);
  for (char& c : clean) {
    const bool fits = absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '_' || c == '-';
    if (!fits) c = '-';
  }
  if (clean.empty() || clean == "." || clean == "..") return "imported";
  // A name that looks like a trace's id would be taken for one.
  return ParseTraceId(clean) ? absl::StrCat("trace-", clean) : clean;
}

std::string Describe(const ImportFormat& format, const ImportReport& report) {
  const v1::TraceManifest& manifest = report.manifest;
  std::string text =
      absl::StrCat("sealed ", manifest.header().name(), " ", manifest.trace_id(), " ", manifest.operators(),
                   " operators ", absl::BytesToHexString(manifest.content_digest()), "\n");
  absl::StrAppend(&text, "  source: ", format.name, ", generation ", report.header.source_generation(), "; ",
                  DevicesOf(report.header), "\n");
  absl::StrAppend(&text, "  imported: ", Listed(report.imported), "\n");
  if (!report.linked.empty()) absl::StrAppend(&text, "  device work linked: ", Listed(report.linked), "\n");
  absl::StrAppend(&text, TimesOf(report.times));
  if (manifest.summary().work_done().empty()) {
    absl::StrAppend(&text, "  work done: not known, and a replay needs it: import with --work COUNT UNIT\n");
  }
  if (!report.left_out.empty()) absl::StrAppend(&text, "  left out: ", Listed(report.left_out), "\n");
  if (!report.missing.empty()) absl::StrAppend(&text, "  missing: ", Listed(report.missing), "\n");
  return text;
}

absl::StatusOr<ImportCounts> ImportFiles(const ImportRequest& request, const Environment& environment,
                                         ProgressPrinter& progress, const std::function<void(const std::string&)>& say,
                                         const std::function<void(const std::string&)>& warn) {
  const absl::StatusOr<Target> target = ResolveTarget(request.to, request.store, environment);
  if (!target.ok()) return target.status();
  const auto security = ResolveSecurity(request.security, *target, environment);
  if (!security.ok()) return security.status();
  const absl::StatusOr<std::unique_ptr<Destination>> destination = Destination::Open(*target, *security);
  if (!destination.ok()) return destination.status();
  const std::string execution_trace =
      request.execution_trace.empty() ? "" : UserPath(request.execution_trace, environment);
  ImportCounts counts;
  for (const std::string& given : request.files) {
    const std::string path = UserPath(given, environment);
    const absl::StatusOr<const ImportFormat*> format = DetectFormat(path);
    const absl::StatusOr<ImportReport> report =
        format.ok() ? FileImport(path, execution_trace, request, **destination, progress).Run(**format, warn)
                    : format.status();
    progress.EndLine();
    if (absl::IsCancelled(report.status())) return report.status();
    if (!report.ok()) {
      const absl::string_view message = report.status().message();
      warn(absl::StartsWith(message, path) ? std::string(message) : absl::StrCat(path, ": ", message));
      ++counts.failed;
      continue;
    }
    for (const std::string& problem : report->problems) warn(absl::StrCat(path, ": ", problem));
    say(Describe(**format, *report));
    ++counts.sealed;
    if (!report->missing.empty()) ++counts.incomplete;
  }
  return counts;
}

}  // namespace sandglass::collectors
