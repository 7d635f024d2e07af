#include "collectors/main/import.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <system_error>
#include <utility>
#include <vector>

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

// A file to import, and the name of its trace.
struct GivenFile {
  std::string path;
  std::string name;
  // By its content, or why it has none.
  absl::StatusOr<const ImportFormat*> format;
  // How many files of its format its folder holds, if the folder was given; else 0.
  uint32_t ranks = 0;
};

// The files of a folder in order of their names; hidden ones and folders are left out.
absl::StatusOr<std::vector<std::string>> FilesOf(const std::string& folder) {
  std::vector<std::string> files;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    std::error_code ignored;
    const bool is_hidden = absl::StartsWith(entry->path().filename().string(), ".");
    if (!is_hidden && entry->is_regular_file(ignored)) files.push_back(entry->path().string());
  }
  if (error) return absl::UnavailableError(absl::StrCat(folder, ": cannot be read: ", error.message()));
  if (files.empty()) return absl::NotFoundError(absl::StrCat(folder, ": the folder holds no files"));
  std::sort(files.begin(), files.end());
  return files;
}

// Adds the files of one folder, which are the ranks of a run.
void AddRanks(const std::vector<std::string>& files, const std::string& name, std::vector<GivenFile>& all) {
  std::map<const ImportFormat*, uint32_t> alike;
  const size_t first = all.size();
  for (const std::string& file : files) {
    all.push_back({file, absl::StrCat(name, "/", TraceNameOf(file)), DetectFormat(file), 0});
    if (all.back().format.ok()) ++alike[*all.back().format];
  }
  for (size_t i = first; i < all.size(); ++i) {
    if (all[i].format.ok()) all[i].ranks = alike[*all[i].format];
  }
}

// What was given, folders replaced by what they hold. What cannot be read is a warning, and counted in `failed`.
std::vector<GivenFile> FilesGiven(const ImportRequest& request, const Environment& environment,
                                  const std::function<void(const std::string&)>& warn, int& failed) {
  std::vector<GivenFile> all;
  for (const std::string& given : request.files) {
    const std::string path = UserPath(given, environment);
    const bool is_only = request.files.size() == 1 && !request.name.empty();
    const std::string name = is_only                ? request.name
                             : request.name.empty() ? TraceNameOf(path)
                                                    : absl::StrCat(request.name, "/", TraceNameOf(path));
    std::error_code ignored;
    if (!std::filesystem::is_directory(path, ignored)) {
      all.push_back({path, name, DetectFormat(path), 0});
      continue;
    }
    const absl::StatusOr<std::vector<std::string>> files = FilesOf(path);
    if (!files.ok()) {
      warn(std::string(files.status().message()));
      ++failed;
      continue;
    }
    AddRanks(*files, name, all);
  }
  return all;
}

// Second files are joined to one of Kineto's.
absl::Status CheckCompanions(const ImportRequest& request, const ImportFormat& format) {
  if (format.takes_companions || (request.capture.empty() && request.execution_trace.empty())) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(request.capture.empty() ? "--execution-trace" : "--capture",
                                                 " joins a file of format kineto, and this one is ", format.name,
                                                 ": name Kineto's file first, or leave the option out"));
}

double Mebibytes(uint64_t bytes) { return static_cast<double>(bytes) / (1 << 20); }

std::string Milliseconds(int64_t ps) { return absl::StrFormat("%.3f ms", static_cast<double>(ps) / 1e9); }

std::string Described(const ImportTimes& times) {
  // What was not measured took no time only on paper.
  if (times.device_work_ps == 0 && times.host_ps == 0) return "time: not recorded";
  // Where work took time a device was busy: of a format without start times it is not known how long.
  const std::string busy = times.device_busy_ps == 0 && times.device_work_ps > 0 ? "for a time that is not known"
                                                                                 : Milliseconds(times.device_busy_ps);
  return absl::StrCat("time: device work ", Milliseconds(times.device_work_ps), ", of it linked ",
                      Milliseconds(times.linked_device_work_ps), "; device busy ", busy, "; host ",
                      Milliseconds(times.host_ps));
}

class FileImport {
 public:
  FileImport(const GivenFile& file, const ImportRequest& request, const Environment& environment,
             Destination& destination, ProgressPrinter& progress)
      : file_(file),
        path_(file.path),
        request_(request),
        environment_(environment),
        destination_(destination),
        progress_(progress) {}

  absl::StatusOr<ImportReport> Run(const ImportFormat& format, const std::function<void(const std::string&)>& warn) {
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
    options.name = file_.name;
    options.command = absl::StrCat("sandglass-collect import ", path_);
    options.execution_trace = Companion("--execution-trace", request_.execution_trace, options.command);
    options.capture = Companion("--capture", request_.capture, options.command);
    options.phase = request_.phase;
    options.silicon_class = request_.silicon_class;
    options.work_done = request_.work_done;
    options.path = path_;
    options.ranks = file_.ranks;
    options.progress = [&](absl::string_view doing, uint64_t events) {
      Show(doing, events, **source);
      return !guard.interrupted();
    };
    absl::StatusOr<ImportReport> report = format.import(**source, options, writer);
    if (guard.interrupted()) return absl::CancelledError("interrupted: the trace was given up");
    return report;
  }

 private:
  // The path of a second file, which is part of the command that repeats the import.
  std::string Companion(const char* option, const std::string& given, std::string& command) const {
    if (given.empty()) return "";
    const std::string path = UserPath(given, environment_);
    absl::StrAppend(&command, " ", option, " ", path);
    return path;
  }

  void Show(absl::string_view doing, uint64_t events, const ByteSource& source) {
    const double done = source.file_size() == 0
                            ? 1
                            : static_cast<double>(source.file_position()) / static_cast<double>(source.file_size());
    progress_.Update(absl::StrFormat("%s: %s, %d events, %.1f of %.1f MiB", path_, doing, events,
                                     Mebibytes(source.file_position()), Mebibytes(source.file_size())),
                     done);
  }

  const GivenFile& file_;
  const std::string& path_;
  const ImportRequest& request_;
  const Environment& environment_;
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
  const std::string& generation = report.header.source_generation();
  absl::StrAppend(&text, "  source: ", format.name, generation.empty() ? "" : ", generation ", generation, "; ",
                  DevicesOf(report.header), "\n");
  absl::StrAppend(&text, "  imported: ", Listed(report.imported), "\n");
  if (!report.linked.empty()) absl::StrAppend(&text, "  device work linked: ", Listed(report.linked), "\n");
  // Nothing ran in a shape run.
  if (report.header.run_mode() != v1::RUN_MODE_SHAPES_ONLY) absl::StrAppend(&text, "  ", Described(report.times), "\n");
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
  ImportCounts counts;
  const std::vector<GivenFile> files = FilesGiven(request, environment, warn, counts.failed);
  if (absl::Status status = CheckSecondFiles(request, files.size()); !status.ok()) return status;
  for (const GivenFile& file : files) {
    const std::string& path = file.path;
    absl::StatusOr<const ImportFormat*> format = file.format;
    if (format.ok()) {
      if (absl::Status status = CheckCompanions(request, **format); !status.ok()) format = status;
    }
    const absl::StatusOr<ImportReport> report =
        format.ok() ? FileImport(file, request, environment, **destination, progress).Run(**format, warn)
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
