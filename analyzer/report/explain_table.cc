#include "analyzer/report/explain_table.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "analyzer/report/numbers.h"
#include "analyzer/report/plain_text.h"
#include "analyzer/report/text_table.h"
#include "analyzer/report/words.h"

namespace sandglass::report {
namespace {

absl::string_view OperationWord(v1::TermOperation operation) {
  switch (operation) {
    case v1::TERM_OPERATION_SUM:
      return "sum of";
    case v1::TERM_OPERATION_MAX:
      return "largest of";
    case v1::TERM_OPERATION_PRODUCT:
      return "product of";
    case v1::TERM_OPERATION_ROOT_SUM_SQUARE:
      return "root of the sum of squares of";
    case v1::TERM_OPERATION_ROOT_SUM_CUBE:
      return "third root of the sum of cubes of";
    default:
      return "";
  }
}

// Seconds and joules read better with a prefix; rates and counts as they are.
std::string InUnit(double value, const std::string& unit) {
  if (unit == "ratio" || unit == "count") return ExactDigits(value);
  return Engineering(value, unit);
}

std::string GroundText(const v1::Term& term) {
  if (term.basis() == v1::FIGURE_BASIS_UNSPECIFIED) return "";
  std::string text = absl::StrCat("  [", Word(term.basis()), ", ", Word(term.confidence()), " confidence");
  if (term.low() != term.value() || term.high() != term.value()) {
    absl::StrAppend(&text, ", ", InUnit(term.low(), term.unit()), " to ", InUnit(term.high(), term.unit()));
  }
  return absl::StrCat(text, ": ", term.source().title(), "]");
}

void AppendTree(const v1::Term& term, const std::string& indent, bool last, bool root, std::string& text) {
  const std::string branch = root ? "" : last ? "`- " : "|- ";
  std::string line =
      absl::StrCat(indent, branch, term.divides() ? "/ " : "", term.name(), ": ", InUnit(term.value(), term.unit()));
  if (const absl::string_view word = OperationWord(term.operation()); !word.empty()) {
    absl::StrAppend(&line, "  = ", word);
  }
  absl::StrAppend(&line, GroundText(term));
  if (!term.note().empty()) absl::StrAppend(&line, "  (", term.note(), ")");
  absl::StrAppend(&text, PlainText(line), "\n");
  const std::string inner = root ? indent : absl::StrCat(indent, last ? "   " : "|  ");
  for (int i = 0; i < term.terms_size(); ++i) {
    AppendTree(term.terms(i), inner, i + 1 == term.terms_size(), false, text);
  }
}

}  // namespace

std::string ExplainTree(const v1::OperatorEstimate& op) {
  std::string text = PlainText(absl::StrCat("operator ", op.operator_id(), ", ", op.name(), ", class ", op.op_class()));
  absl::StrAppend(&text, "\nruns ", Word(op.support()), ": ", Word(op.evidence()),
                  op.support_source().title().empty() ? "" : ", ", PlainText(op.support_source().title()));
  if (!op.support_note().empty()) absl::StrAppend(&text, " (", PlainText(op.support_note()), ")");
  absl::StrAppend(&text, "\n");
  if (!op.has_time()) return absl::StrCat(text, "no time: ", PlainText(op.reason()), "\n");
  absl::StrAppend(&text, "bound by ", Word(op.limit()), "\n\n");
  AppendTree(op.time(), "", true, true, text);
  absl::StrAppend(&text, "\n");
  AppendTree(op.energy(), "", true, true, text);
  return text;
}

std::string ExplainText(const v1::ExplainResponse& response) {
  using Align = TextTable::Align;
  TextTable table;
  table.AddColumn("operator", Align::kRight);
  table.AddColumn("name", Align::kLeft);
  table.AddColumn("class", Align::kLeft);
  table.AddColumn("runs", Align::kLeft);
  table.AddColumn("device [us]", Align::kRight);
  table.AddColumn("bound by", Align::kLeft);
  for (const char* term : {"launch [us]", "matrix [us]", "vector [us]", "memory [us]", "serial [us]"}) {
    table.AddColumn(term, Align::kRight);
  }
  for (const char* work : {"matrix [GFLOP]", "vector [GFLOP]", "read [MB]", "written [MB]", "steps"}) {
    table.AddColumn(work, Align::kRight);
  }
  for (const v1::OperatorEstimate& op : response.operators()) {
    std::vector<std::string> cells = {absl::StrCat(op.operator_id()), op.name(), op.op_class(),
                                      std::string(Word(op.support()))};
    if (op.has_device()) {
      const v1::TimeTerms& terms = op.time_terms();
      cells.push_back(Digits(op.device().value() * 1e6));
      cells.emplace_back(Word(op.limit()));
      for (const double seconds :
           {terms.launch_s(), terms.matrix_s(), terms.vector_s(), terms.memory_s(), terms.serial_s()}) {
        cells.push_back(Digits(seconds * 1e6));
      }
    } else {
      cells.insert(cells.end(), {"unknown", "?", "?", "?", "?", "?", "?"});
    }
    if (op.has_work()) {
      const v1::WorkTerms& work = op.work();
      cells.insert(cells.end(), {Digits(work.matrix_flop() * 1e-9), Digits(work.vector_flop() * 1e-9),
                                 Digits(work.read_bytes() * 1e-6), Digits(work.written_bytes() * 1e-6),
                                 Grouped(static_cast<uint64_t>(work.serial_steps()))});
    } else {
      cells.insert(cells.end(), 5, "?");
    }
    table.AddRow(std::move(cells));
  }
  return absl::StrCat(table.Text(),
                      "\nTerms overlap: the device time is the launch, then the longest of matrix, vector and memory, "
                      "then the serial part.\n");
}

}  // namespace sandglass::report
