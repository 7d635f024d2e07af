#include "analyzer/report/csv.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analyzer/report/numbers.h"
#include "analyzer/report/plain_text.h"
#include "analyzer/report/words.h"

namespace sandglass::report {
namespace {

constexpr const char* kColumns[] = {"trace_id",
                                    "trace_name",
                                    "phase",
                                    "run_mode",
                                    "unit",
                                    "silicon_class",
                                    "verdict",
                                    "devices",
                                    "precision",
                                    "stack",
                                    "cost_basis",
                                    "seconds_per_unit",
                                    "seconds_low",
                                    "seconds_high",
                                    "seconds_provenance",
                                    "joules_per_unit",
                                    "joules_low",
                                    "joules_high",
                                    "joules_provenance",
                                    "usd_per_unit",
                                    "usd_low",
                                    "usd_high",
                                    "usd_provenance",
                                    "limit",
                                    "launch_bound",
                                    "launch_idle_share",
                                    "operator_share",
                                    "time_share",
                                    "reason"};

void AddEstimate(bool known, const v1::Estimate& estimate, std::vector<std::string>& cells) {
  if (!known) {
    cells.insert(cells.end(), 4, "");
    return;
  }
  cells.push_back(ExactDigits(estimate.value()));
  cells.push_back(estimate.has_low() ? ExactDigits(estimate.low()) : "");
  cells.push_back(estimate.has_high() ? ExactDigits(estimate.high()) : "");
  cells.emplace_back(Word(estimate.provenance()));
}

std::string Row(const v1::ReplayReport& report, const v1::ClassReplay& row) {
  const bool supported = row.verdict() == v1::VERDICT_SUPPORTED;
  const absl::string_view unit = report.work_done().empty() ? "" : Word(report.work_done(0).unit());
  std::vector<std::string> cells = {CsvCell(report.trace_id()),
                                    CsvCell(report.trace_name()),
                                    std::string(Word(report.phase())),
                                    std::string(Word(report.run_mode())),
                                    std::string(unit),
                                    CsvCell(row.silicon_class()),
                                    std::string(Word(row.verdict())),
                                    row.devices() > 0 ? absl::StrCat(row.devices()) : "",
                                    std::string(Word(row.precision())),
                                    CsvCell(row.stack()),
                                    std::string(Word(report.options().cost_basis()))};
  AddEstimate(row.per_unit().has_seconds(), row.per_unit().seconds(), cells);
  AddEstimate(row.per_unit().has_joules(), row.per_unit().joules(), cells);
  AddEstimate(row.per_unit().has_usd(), row.per_unit().usd(), cells);
  cells.push_back(supported ? std::string(Word(row.limit())) : "");
  cells.push_back(supported ? (row.launch_bound() ? "true" : "false") : "");
  cells.push_back(supported ? ExactDigits(row.launch_idle_share()) : "");
  cells.push_back(row.has_coverage() ? ExactDigits(row.coverage().operator_share()) : "");
  cells.push_back(row.coverage().has_time_share() ? ExactDigits(row.coverage().time_share()) : "");
  cells.push_back(CsvCell(row.reason()));
  return absl::StrCat(absl::StrJoin(cells, ","), "\n");
}

}  // namespace

std::string CsvHeader() { return absl::StrCat(absl::StrJoin(kColumns, ","), "\n"); }

std::string CsvRows(const v1::ReplayReport& report) {
  std::string text;
  for (const v1::ClassReplay& row : report.classes()) absl::StrAppend(&text, Row(report, row));
  return text;
}

}  // namespace sandglass::report
