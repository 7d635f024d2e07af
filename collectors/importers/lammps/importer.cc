#include "collectors/importers/lammps/importer.h"

#include <optional>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "collectors/importers/format/read_whole.h"
#include "collectors/importers/format/send_trace.h"
#include "collectors/importers/lammps/lammps_log.h"
#include "collectors/importers/md/log_text.h"
#include "collectors/importers/md/send_runs.h"

namespace sandglass::collectors::lammps {
namespace {

v1::TraceHeader HeaderOf(const LammpsLog& log, const ImportOptions& options) {
  v1::TraceHeader header = md::HeaderOf(options, kFormat, "LAMMPS", log.version, log.wall_seconds);
  header.set_model(absl::StrCat("md atoms=", log.runs[0].atoms));
  // The log does not say what the program ran on.
  AddDevice("", std::nullopt, options, header);
  for (const auto& [command, arguments] : log.commands) md::AddExtra(command, arguments, header);
  return header;
}

}  // namespace

bool Matches(absl::string_view start) {
  for (const absl::string_view line : absl::StrSplit(start, '\n')) {
    if (absl::StartsWith(line, "LAMMPS (")) return true;
  }
  return false;
}

absl::StatusOr<ImportReport> Import(ByteSource& source, const ImportOptions& options, TraceSink& sink) {
  const absl::StatusOr<std::string> text = ReadWhole(source, md::kMostLogBytes);
  if (!text.ok()) return text.status();
  const absl::StatusOr<LammpsLog> log = ParseLammpsLog(*text);
  if (!log.ok()) return log.status();
  ImportReport report;
  report.problems = log->problems;
  report.left_out = log->left_out;
  report.missing = log->missing;
  report.header = HeaderOf(*log, options);
  if (absl::Status sent = md::SendRuns(log->runs, options, sink, report); !sent.ok()) return sent;
  return report;
}

}  // namespace sandglass::collectors::lammps
