#include "analyzer/report/comparison.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "analyzer/economics/ranged.h"
#include "analyzer/report/numbers.h"
#include "analyzer/report/plain_text.h"
#include "analyzer/report/text_table.h"
#include "analyzer/report/words.h"

namespace sandglass::report {
namespace {

using economics::Ranged;
using Align = TextTable::Align;

bool IsPositive(const v1::Estimate& estimate) { return estimate.value() > 0 && std::isfinite(estimate.value()); }

Ranged RangedOf(const v1::Estimate& estimate) {
  return {estimate.value(), estimate.has_low() && estimate.low() > 0 ? estimate.low() : estimate.value(),
          estimate.has_high() ? estimate.high() : estimate.value()};
}

v1::Estimate RatioOf(const v1::Estimate& other, const v1::Estimate& base) {
  const Ranged ratio = Ratio(RangedOf(other), RangedOf(base));
  v1::Estimate estimate;
  estimate.set_value(ratio.value);
  estimate.set_low(ratio.low);
  estimate.set_high(ratio.high);
  estimate.set_unit("ratio");
  // The numbers of the enum go from the strongest ground to the weakest.
  estimate.set_provenance(std::max(base.provenance(), other.provenance()));
  estimate.set_range_source("both ranges, taken as independent");
  return estimate;
}

void AddRow(absl::string_view title, const v1::Estimate& base, const v1::Estimate& other, bool known,
            const v1::Estimate& ratio, TextTable& table) {
  const auto cell = [](const v1::Estimate& estimate) {
    if (!IsPositive(estimate)) return std::string("unknown");
    return absl::StrCat(Engineering(estimate.value(), estimate.unit()), " ",
                        std::string(1, Letter(estimate.provenance())));
  };
  table.AddRow({std::string(title), cell(base), cell(other),
                known ? absl::StrCat(Digits(ratio.value()), " (", Digits(ratio.low()), "-", Digits(ratio.high()), ")")
                      : "unknown"});
}

std::string RowNote(const v1::ClassReplay& row) {
  std::string note = absl::StrCat(PlainText(row.silicon_class()), ": ", Word(row.verdict()));
  if (row.verdict() != v1::VERDICT_SUPPORTED) return absl::StrCat(note, ", ", PlainText(row.reason()), "\n");
  absl::StrAppend(&note, ", ", row.devices(), row.devices() == 1 ? " chip" : " chips", ", bound by ", Word(row.limit()),
                  ", precision ", Word(row.precision()), ", stack ", PlainText(row.stack()));
  return absl::StrCat(note, row.launch_bound() ? ", launch-bound: ranks nothing" : "", "\n");
}

}  // namespace

v1::Comparison CompareClasses(const v1::ClassReplay& base, const v1::ClassReplay& other) {
  v1::Comparison comparison;
  *comparison.mutable_base() = base;
  *comparison.mutable_other() = other;
  const v1::PerUnit& a = base.per_unit();
  const v1::PerUnit& b = other.per_unit();
  if (IsPositive(a.seconds()) && IsPositive(b.seconds())) {
    *comparison.mutable_time_ratio() = RatioOf(b.seconds(), a.seconds());
  }
  if (IsPositive(a.joules()) && IsPositive(b.joules())) {
    *comparison.mutable_energy_ratio() = RatioOf(b.joules(), a.joules());
  }
  if (IsPositive(a.usd()) && IsPositive(b.usd())) *comparison.mutable_cost_ratio() = RatioOf(b.usd(), a.usd());
  return comparison;
}

std::string ComparisonText(const v1::Comparison& comparison) {
  const v1::PerUnit& base = comparison.base().per_unit();
  const v1::PerUnit& other = comparison.other().per_unit();
  TextTable table;
  table.AddColumn("per unit of work", Align::kLeft);
  table.AddColumn(comparison.base().silicon_class(), Align::kRight);
  table.AddColumn(comparison.other().silicon_class(), Align::kRight);
  table.AddColumn("ratio (range)", Align::kLeft);
  AddRow("time", base.seconds(), other.seconds(), comparison.has_time_ratio(), comparison.time_ratio(), table);
  AddRow("energy", base.joules(), other.joules(), comparison.has_energy_ratio(), comparison.energy_ratio(), table);
  AddRow("cost", base.usd(), other.usd(), comparison.has_cost_ratio(), comparison.cost_ratio(), table);
  return absl::StrCat(
      table.Text(), "\n", RowNote(comparison.base()), RowNote(comparison.other()),
      "\nratio: the second class over the first; below 1 the second is better.\nLetters: ", LetterLegend(), ".\n");
}

}  // namespace sandglass::report
