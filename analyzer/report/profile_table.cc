#include "analyzer/report/profile_table.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analyzer/report/numbers.h"
#include "analyzer/report/plain_text.h"
#include "analyzer/report/text_table.h"
#include "analyzer/report/words.h"

namespace sandglass::report {
namespace {

using Align = TextTable::Align;

// Longer lists of shapes, as of optimizers' steps, say nothing more.
constexpr size_t kLongestShapes = 60;

double Flop(const v1::KernelTotals& kernel) { return kernel.matrix_flop() + kernel.vector_flop(); }

std::string Shortened(const std::string& text) {
  return text.size() <= kLongestShapes ? text : absl::StrCat(text.substr(0, kLongestShapes), "...");
}

// A rate of each device, where there is any work and any time: devices share the work of a kernel evenly.
std::string RateCell(double amount, double device_seconds, double scale) {
  return amount > 0 && device_seconds > 0 ? Digits(amount / device_seconds * scale) : "";
}

TextTable Table(const v1::ProfileReport& report) {
  TextTable table;
  table.AddColumn("time [ms]", Align::kRight);
  table.AddColumn("share [%]", Align::kRight);
  table.AddColumn("runs", Align::kRight);
  table.AddColumn("each [us]", Align::kRight);
  table.AddColumn("bound by", Align::kLeft);
  table.AddColumn("[TFLOP/s]", Align::kRight);
  table.AddColumn("[GB/s]", Align::kRight);
  table.AddColumn("[FLOP/B]", Align::kRight);
  table.AddColumn("runs as", Align::kLeft);
  table.AddColumn("class", Align::kLeft);
  table.AddColumn("operator", Align::kLeft);
  table.AddColumn("inputs", Align::kLeft);
  table.AddColumn("first", Align::kRight);
  for (const v1::KernelTotals& kernel : report.kernels()) {
    const double seconds = kernel.device_s();
    const double on_all = seconds * std::max<double>(report.devices(), 1);
    const bool intensive = kernel.bytes() > 0 && Flop(kernel) > 0;
    table.AddRow({Digits(seconds * 1e3), Percent(report.kernels_s() > 0 ? seconds / report.kernels_s() : 0),
                  Grouped(kernel.count()), Digits(seconds / static_cast<double>(kernel.count()) * 1e6),
                  std::string(Word(kernel.limit())), RateCell(Flop(kernel), on_all, 1e-12),
                  RateCell(kernel.bytes(), on_all, 1e-9), intensive ? Digits(Flop(kernel) / kernel.bytes()) : "",
                  std::string(Word(kernel.support())), kernel.op_class(), KernelName(kernel),
                  Shortened(kernel.shapes()), absl::StrCat(kernel.first_operator_id())});
  }
  return table;
}

std::string CeilingsLine(const v1::ProfileReport& report) {
  return absl::StrJoin(report.ceilings(), ", ", [](std::string* out, const v1::RooflineCeiling& ceiling) {
    absl::StrAppend(out, ceiling.name(), " ", Engineering(ceiling.rate(), ceiling.unit()));
  });
}

}  // namespace

std::string KernelName(const v1::KernelTotals& kernel) { return absl::StrJoin(kernel.names(), " + "); }

std::string ProfileText(const v1::ProfileReport& report) {
  std::string text = PlainText(absl::StrCat(report.trace_name(), " on ", report.silicon_class(),
                                            report.stack().empty() ? "" : " with ", report.stack()));
  if (report.verdict() != v1::VERDICT_SUPPORTED) {
    return absl::StrCat(text, ": ", Word(report.verdict()), ", ", PlainText(report.reason()), "\n");
  }
  absl::StrAppend(&text, ": ", Engineering(report.kernels_s(), "s"), " of device time in ",
                  Grouped(report.kernels_total()), " kinds of kernels\n");
  if (!report.ceilings().empty()) absl::StrAppend(&text, "  peaks: ", PlainText(CeilingsLine(report)), "\n");
  for (const std::string& warning : report.warnings()) {
    absl::StrAppend(&text, "  warning: ", PlainText(warning), "\n");
  }
  if (report.kernels().empty()) return text;
  absl::StrAppend(&text, "\n", Table(report).Text());
  if (report.unlisted_s() > 0) {
    absl::StrAppend(&text, "and ", Grouped(report.kernels_total() - report.kernels_size()), " more, ",
                    Engineering(report.unlisted_s(), "s"), " together\n");
  }
  return absl::StrCat(text, "\nfirst: id of the first operator in it; `sandglass explain --op ID` says why it takes ",
                      "what it takes. Times are modelled, at the stated clock; rates are of each device.\n");
}

std::string ProfileCsv(const v1::ProfileReport& report) {
  std::string text =
      "silicon_class,operator,op_class,inputs,count,device_s,limit,matrix_flop,vector_flop,bytes,support,"
      "first_operator_id\n";
  for (const v1::KernelTotals& kernel : report.kernels()) {
    const std::vector<std::string> cells = {
        CsvCell(report.silicon_class()),     CsvCell(KernelName(kernel)),
        CsvCell(kernel.op_class()),          CsvCell(kernel.shapes()),
        absl::StrCat(kernel.count()),        ExactDigits(kernel.device_s()),
        std::string(Word(kernel.limit())),   ExactDigits(kernel.matrix_flop()),
        ExactDigits(kernel.vector_flop()),   ExactDigits(kernel.bytes()),
        std::string(Word(kernel.support())), absl::StrCat(kernel.first_operator_id())};
    absl::StrAppend(&text, absl::StrJoin(cells, ","), "\n");
  }
  return text;
}

}  // namespace sandglass::report
