#include "collectors/importers/md/send_runs.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "collectors/importers/format/send_trace.h"

namespace sandglass::collectors::md {

v1::TraceHeader HeaderOf(const ImportOptions& options, absl::string_view format, absl::string_view program,
                         absl::string_view version, double wall_seconds) {
  v1::TraceHeader header = HeaderFor(options, format, version);
  header.add_producers(absl::StrCat(program, " ", version));
  header.set_clock_base("run");
  header.set_phase(options.phase != v1::PHASE_UNSPECIFIED ? options.phase : v1::PHASE_SIMULATE);
  AddExtra("wall time (s)", absl::StrCat(wall_seconds), header);
  return header;
}

void AddExtra(absl::string_view key, absl::string_view value, v1::TraceHeader& header) {
  v1::Extra& extra = *header.add_extras();
  extra.set_key(std::string(key));
  extra.set_value(std::string(value));
}

absl::Status SendRuns(absl::Span<const Run> runs, const ImportOptions& options, TraceSink& sink, ImportReport& report) {
  CountPhases(runs, report);
  v1::TraceSummary summary;
  for (v1::WorkDone& done : WorkOf(runs)) *summary.add_work_done() = std::move(done);
  const WriteOperators write = [&](const TakeOperator& take) {
    for (const v1::Operator& op : OperatorsOf(runs)) {
      if (absl::Status status = take(op); !status.ok()) return status;
    }
    return absl::OkStatus();
  };
  return SendTrace(write, std::move(summary), options, sink, report);
}

}  // namespace sandglass::collectors::md
