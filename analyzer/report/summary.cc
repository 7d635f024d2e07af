#include "analyzer/report/summary.h"

#include <cmath>

#include "absl/strings/str_cat.h"
#include "analyzer/report/replay_table.h"
#include "analyzer/report/words.h"

namespace sandglass::report {
namespace {

using economics::Ranged;

const v1::Estimate& CostOf(const v1::ClassReplay& row, Measure measure) {
  return measure == Measure::kJoules ? row.per_unit().joules() : row.per_unit().usd();
}

bool HasCost(const v1::ClassReplay& row, Measure measure) {
  const bool present = measure == Measure::kJoules ? row.per_unit().has_joules() : row.per_unit().has_usd();
  return present && CostOf(row, measure).value() > 0 && std::isfinite(CostOf(row, measure).value());
}

bool Ranks(const v1::ClassReplay& row, Measure measure) {
  return row.verdict() == v1::VERDICT_SUPPORTED && !row.launch_bound() && HasCost(row, measure);
}

// A bound that is absent, not positive or on the wrong side says nothing: the value itself stands for it.
Ranged RangedOf(const v1::Estimate& estimate) {
  Ranged ranged = {estimate.value(), estimate.value(), estimate.value()};
  if (estimate.has_low() && estimate.low() > 0 && estimate.low() < ranged.value) ranged.low = estimate.low();
  if (estimate.has_high() && estimate.high() > ranged.value) ranged.high = estimate.high();
  return ranged;
}

Best BestOf(const v1::ClassReplay& row, Measure measure) {
  const v1::Estimate& cost = CostOf(row, measure);
  return {row.silicon_class(), RangedOf(cost), cost.provenance()};
}

enum class Kind { kAny, kGeneral, kSpecialised };

bool IsOfKind(const v1::ClassReplay& row, Kind kind) {
  if (kind == Kind::kAny) return true;
  const bool specialised =
      row.generality() == v1::GENERALITY_SPECIALISED || row.generality() == v1::GENERALITY_SINGLE_PURPOSE;
  return kind == Kind::kSpecialised ? specialised : row.generality() == v1::GENERALITY_GENERAL;
}

// The row of least cost, the first of equals; null where none ranks.
const v1::ClassReplay* Cheapest(const v1::ReplayReport& report, Measure measure, Kind kind) {
  const v1::ClassReplay* best = nullptr;
  for (const v1::ClassReplay& row : report.classes()) {
    if (!Ranks(row, measure) || !IsOfKind(row, kind)) continue;
    if (best == nullptr || CostOf(row, measure).value() < CostOf(*best, measure).value()) best = &row;
  }
  return best;
}

WorkSummary SummarizeWork(const v1::ReplayReport& report) {
  WorkSummary work;
  work.title = TraceTitle(report);
  work.unit = UnitOfWork(report);
  work.classes = report.classes_size();
  work.precision = std::string(Word(report.options().precision()));
  for (const v1::ClassReplay& row : report.classes()) {
    if (row.verdict() != v1::VERDICT_SUPPORTED) continue;
    ++work.supported;
    if (row.launch_bound()) ++work.launch_bound;
  }
  if (const auto* row = Cheapest(report, Measure::kJoules, Kind::kAny)) work.joules = BestOf(*row, Measure::kJoules);
  if (const auto* row = Cheapest(report, Measure::kDollars, Kind::kAny)) work.dollars = BestOf(*row, Measure::kDollars);
  return work;
}

// Why a class has no cost that ranks on a work; empty: it has one.
std::string WhyNot(const v1::ReplayReport& report, const std::string& silicon_class, Measure measure) {
  for (const v1::ClassReplay& row : report.classes()) {
    if (row.silicon_class() != silicon_class) continue;
    if (row.verdict() != v1::VERDICT_SUPPORTED) return absl::StrCat(silicon_class, ": ", Word(row.verdict()));
    if (row.launch_bound()) return absl::StrCat(silicon_class, ": launch-bound, ranks nothing");
    return HasCost(row, measure) ? "" : absl::StrCat(silicon_class, ": cost unknown");
  }
  return absl::StrCat(silicon_class, ": not replayed");
}

Ranged CostOn(const v1::ReplayReport& report, const std::string& silicon_class, Measure measure) {
  for (const v1::ClassReplay& row : report.classes()) {
    if (row.silicon_class() == silicon_class) return RangedOf(CostOf(row, measure));
  }
  return {};
}

Remainder RemainderOn(const v1::ReplayReport& report, const Advantage& advantage, Measure measure) {
  Remainder remainder;
  remainder.title = TraceTitle(report);
  for (const std::string& silicon_class : {advantage.specialised.silicon_class, advantage.general.silicon_class}) {
    const std::string reason = WhyNot(report, silicon_class, measure);
    if (!reason.empty()) absl::StrAppend(&remainder.reason, remainder.reason.empty() ? "" : "; ", reason);
  }
  if (!remainder.reason.empty()) return remainder;
  const Ranged here = Ratio(CostOn(report, advantage.general.silicon_class, measure),
                            CostOn(report, advantage.specialised.silicon_class, measure));
  remainder.share = Ratio(here, advantage.ratio);
  return remainder;
}

std::optional<Advantage> AdvantageOf(absl::Span<const v1::ReplayReport> reports, Measure measure) {
  const v1::ClassReplay* specialised = Cheapest(reports.front(), measure, Kind::kSpecialised);
  const v1::ClassReplay* general = Cheapest(reports.front(), measure, Kind::kGeneral);
  if (specialised == nullptr || general == nullptr) return std::nullopt;
  Advantage advantage = {BestOf(*specialised, measure), BestOf(*general, measure), {}, {}};
  advantage.ratio = Ratio(advantage.general.cost, advantage.specialised.cost);
  for (const v1::ReplayReport& report : reports.subspan(1)) {
    advantage.remainders.push_back(RemainderOn(report, advantage, measure));
  }
  return advantage;
}

}  // namespace

Summary Summarize(absl::Span<const v1::ReplayReport> reports) {
  Summary summary;
  for (const v1::ReplayReport& report : reports) summary.works.push_back(SummarizeWork(report));
  summary.joules = AdvantageOf(reports, Measure::kJoules);
  summary.dollars = AdvantageOf(reports, Measure::kDollars);
  return summary;
}

}  // namespace sandglass::report
