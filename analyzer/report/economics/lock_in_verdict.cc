#include <cmath>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analyzer/report/economics/reports.h"
#include "analyzer/report/numbers.h"

namespace sandglass::report {
namespace {

// Above this share of worlds one side is called likely.
constexpr double kLikely = 2.0 / 3;
constexpr double kBillion = 1e9;
constexpr double kMillion = 1e6;
constexpr double kThousand = 1e3;

std::string Money(double usd) {
  if (usd >= kBillion) return absl::StrCat(Digits(usd / kBillion), " billion USD");
  if (usd >= kMillion) return absl::StrCat(Digits(usd / kMillion), " million USD");
  return absl::StrCat(Digits(usd / kThousand), " thousand USD");
}

std::string Range(const v1::Estimate& estimate) {
  std::string text = Digits(estimate.value());
  if (estimate.has_low() && estimate.has_high()) {
    absl::StrAppend(&text, " (", Digits(estimate.low()), " to ", Digits(estimate.high()), ")");
  }
  return text;
}

std::string Conclusion(const v1::LockInReport& report) {
  if (!report.launch_bound().empty()) {
    return absl::StrCat("These traces rank nothing, for most of their time is launches and waiting (",
                        absl::StrJoin(report.launch_bound(), ", "),
                        "): trace larger steps; the numbers below compare launches");
  }
  const double wins = report.probability_specialised_wins().value();
  const std::string& name = report.specialised_class();
  if (wins >= kLikely) {
    return absl::StrCat(name, " is probably worth its risk: it costs less in ", Percent(wins),
                        " % of the drawn worlds");
  }
  if (wins <= 1 - kLikely) {
    return absl::StrCat(name, " is probably not worth its risk: it costs less in only ", Percent(wins),
                        " % of the drawn worlds");
  }
  return absl::StrCat("Whether ", name, " is worth its risk is open: it costs less in ", Percent(wins),
                      " % of the drawn worlds");
}

std::string WinningHazards(const v1::LockInReport& report) {
  if (report.specialised_wins().empty()) return "at no hazard of a shift is it the cheaper one";
  std::vector<std::string> intervals;
  for (const v1::HazardInterval& interval : report.specialised_wins()) {
    if (!interval.has_to() && interval.from() == 0) {
      intervals.push_back("at every hazard");
    } else if (!interval.has_to()) {
      intervals.push_back(absl::StrCat("above ", Digits(interval.from()), " shifts a year"));
    } else if (interval.from() == 0) {
      intervals.push_back(absl::StrCat("below ", Digits(interval.to()), " shifts a year"));
    } else {
      intervals.push_back(
          absl::StrCat("from ", Digits(interval.from()), " to ", Digits(interval.to()), " shifts a year"));
    }
  }
  return absl::StrCat("with all inputs at their centre it is worth it ", absl::StrJoin(intervals, " and "));
}

std::string Stranded(const v1::LockInReport& report) {
  if (report.stranded_capital().empty() || report.stranded_capital_general().empty()) return "";
  const v1::FanPoint& last = *report.stranded_capital().rbegin();
  const v1::FanPoint& general = *report.stranded_capital_general().rbegin();
  return absl::StrCat(" Of the fleet's computers ", Money(last.mean()), " are stranded within ", Digits(last.years()),
                      " years in the mean and ", Money(last.p95()), " in the worst twentieth, against ",
                      Money(general.mean()), " and ", Money(general.p95()), " of ", report.general_class(), ".");
}

std::string WhatWouldChangeIt(const v1::LockInReport& report) {
  std::vector<std::string> names;
  for (const v1::Sensitivity& entry : report.tornado()) {
    const bool flips = (entry.advantage_at_low() > 0) != (entry.advantage_at_high() > 0);
    if (flips && names.size() < 3) names.push_back(entry.input());
  }
  if (names.empty()) return " No single input turns the answer over its range.";
  return absl::StrCat(" Over its range, ", absl::StrJoin(names, " or "), " alone would turn the answer.");
}

}  // namespace

std::string VerdictText(const v1::LockInReport& report) {
  const double a = report.relative_cost().value();
  const double kept = report.advantage_kept().value();
  const std::string after =
      kept > 0 ? absl::StrCat("on the successor, once it is ported, ", Digits(a / kept),
                              " times, so its advantage changes by the factor ", Range(report.advantage_kept()))
               : std::string("the successor never runs there");
  return absl::StrCat(Conclusion(report), ". Today the work costs on ", report.specialised_class(), " ",
                      Range(report.relative_cost()), " times what it costs on ", report.general_class(), "; ", after,
                      ". The belief is ", Range(report.hazard()), " shifts a year; ", WinningHazards(report), ".",
                      Stranded(report), WhatWouldChangeIt(report));
}

}  // namespace sandglass::report
