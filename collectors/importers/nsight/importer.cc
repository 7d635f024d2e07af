#include "collectors/importers/nsight/importer.h"

#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "collectors/importers/format/read_whole.h"
#include "collectors/importers/format/send_trace.h"
#include "collectors/importers/nsight/database.h"
#include "collectors/importers/nsight/operators.h"
#include "collectors/importers/nsight/trace_reader.h"

namespace sandglass::collectors::nsight {
namespace {

constexpr uint64_t kMostBytes = uint64_t{4} << 30;

// Whether the file is a database as it lies there, not packed.
bool IsPlain(const std::string& path) {
  std::string start(kSqliteMagic.size(), '\0');
  std::ifstream file(path, std::ios::binary);
  file.read(start.data(), static_cast<std::streamsize>(start.size()));
  return file.good() && start == kSqliteMagic;
}

absl::StatusOr<std::unique_ptr<Database>> OpenDatabase(ByteSource& source, const std::string& path) {
  if (!path.empty() && IsPlain(path)) return Database::OpenFile(path);
  absl::StatusOr<std::string> bytes = ReadWhole(source, kMostBytes);
  if (absl::IsResourceExhausted(bytes.status())) {
    return absl::ResourceExhaustedError(
        absl::StrCat(bytes.status().message(), "; unpack it first: a plain file may have any size"));
  }
  if (!bytes.ok()) return bytes.status();
  return Database::OpenBytes(*std::move(bytes));
}

v1::TraceHeader HeaderOf(const Trace& trace, const ImportOptions& options) {
  v1::TraceHeader header = HeaderFor(options, "nsight", "sqlite");
  header.add_producers("NVIDIA Nsight Systems");
  header.set_clock_base("run");
  if (trace.start_unix_ns.has_value()) header.set_started_unix_ns(*trace.start_unix_ns);
  header.set_phase(options.phase);
  for (const auto& [number, name] : trace.gpus) AddDevice(name, number, options, header);
  for (const auto& [key, value] : trace.extras) {
    v1::Extra& extra = *header.add_extras();
    extra.set_key(key);
    extra.set_value(value);
  }
  return header;
}

}  // namespace

bool Matches(absl::string_view start) { return absl::StartsWith(start, kSqliteMagic); }

absl::StatusOr<ImportReport> Import(ByteSource& source, const ImportOptions& options, TraceSink& sink) {
  const absl::StatusOr<std::unique_ptr<Database>> database = OpenDatabase(source, options.path);
  if (!database.ok()) return database.status();
  if (!HasTables(**database)) {
    return absl::InvalidArgumentError(
        "an SQLite database without any table of Nsight Systems, such as CUPTI_ACTIVITY_KIND_KERNEL or NVTX_EVENTS");
  }
  absl::StatusOr<Trace> trace = ReadTrace(**database, [&](uint64_t rows) { return options.progress("reading", rows); });
  if (!trace.ok()) return trace.status();
  Operators operators(*trace);
  ImportReport report;
  report.left_out = trace->left_out;
  report.missing = trace->missing;
  for (const auto& [name, count] : trace->problems.counts()) report.missing[name] += count;
  report.problems = trace->problems.words();
  operators.Count(report);
  report.header = HeaderOf(*trace, options);
  const absl::Status sent = SendTrace([&](const TakeOperator& take) { return operators.Write(take); },
                                      operators.Summary(), options, sink, report);
  if (!sent.ok()) return sent;
  return report;
}

}  // namespace sandglass::collectors::nsight
