#include "analyzer/report/explain_table.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "analyzer/report/numbers.h"
#include "analyzer/report/text_table.h"
#include "analyzer/report/words.h"

namespace sandglass::report {

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
