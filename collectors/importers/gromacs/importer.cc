#include "collectors/importers/gromacs/importer.h"

#include <optional>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "collectors/importers/format/read_whole.h"
#include "collectors/importers/format/send_trace.h"
#include "collectors/importers/gromacs/gromacs_log.h"
#include "collectors/importers/md/log_text.h"
#include "collectors/importers/md/send_runs.h"

namespace sandglass::collectors::gromacs {
namespace {

v1::TraceHeader HeaderOf(const GromacsLog& log, const ImportOptions& options) {
  v1::TraceHeader header = md::HeaderOf(options, kFormat, "GROMACS", log.version, log.wall_seconds);
  header.set_model(absl::StrCat("md atoms=", log.runs[0].atoms));
  if (!log.integrator.empty()) absl::StrAppend(header.mutable_model(), " integrator=", log.integrator);
  for (const std::string& device : log.devices) AddDevice(device, std::nullopt, options, header);
  if (log.devices.empty()) AddDevice("", std::nullopt, options, header);
  if (log.has_mesh_ranks) md::AddExtra("times of phases", "shares of the wall time, by cycles of all ranks", header);
  return header;
}

}  // namespace

bool Matches(absl::string_view start) {
  for (const absl::string_view line : absl::StrSplit(start, '\n')) {
    if (absl::StartsWith(absl::StripLeadingAsciiWhitespace(line), ":-) GROMACS")) return true;
    if (absl::StartsWith(line, "GROMACS version:")) return true;
  }
  return false;
}

absl::StatusOr<ImportReport> Import(ByteSource& source, const ImportOptions& options, TraceSink& sink) {
  const absl::StatusOr<std::string> text = ReadWhole(source, md::kMostLogBytes);
  if (!text.ok()) return text.status();
  const absl::StatusOr<GromacsLog> log = ParseGromacsLog(*text);
  if (!log.ok()) return log.status();
  ImportReport report;
  report.problems = log->problems;
  if (log->has_gpu) {
    report.problems.push_back(
        "a GPU worked beside the host, whose times are all that the log has: no phase has a time of its own");
  }
  if (log->parts_without_tables > 0) report.missing["log_parts_without_tables"] = log->parts_without_tables;
  report.header = HeaderOf(*log, options);
  if (absl::Status sent = md::SendRuns(log->runs, options, sink, report); !sent.ok()) return sent;
  return report;
}

}  // namespace sandglass::collectors::gromacs
