#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "analyzer/report/economics/documents.h"
#include "analyzer/report/words.h"

namespace sandglass::report {
namespace {

std::string PriceNote(const v1::Price& price) {
  return absl::StrCat(Word(price.basis()), ", ", price.as_of(), price.region().empty() ? "" : ", ", price.region());
}

using Field = const v1::Estimate& (v1::ClassUnitCost::*)() const;
using Has = bool (v1::ClassUnitCost::*)() const;

// One column of the question, cheapest first; what is unknown comes last.
ResultSection Ranked(const v1::TraceCost& trace, const std::string& what, Has has, Field field,
                     std::string (*note)(const v1::ClassUnitCost&)) {
  ResultSection section;
  section.title = absl::StrCat(trace.trace_name(), ": ", what);
  section.range = "range";
  std::vector<const v1::ClassUnitCost*> rows;
  for (const v1::ClassUnitCost& row : trace.classes()) {
    if (row.verdict() == v1::VERDICT_SUPPORTED) rows.push_back(&row);
  }
  std::stable_sort(rows.begin(), rows.end(), [&](const v1::ClassUnitCost* x, const v1::ClassUnitCost* y) {
    if ((x->*has)() != (y->*has)()) return (x->*has)();
    return (x->*has)() && (x->*field)().value() < (y->*field)().value();
  });
  for (const v1::ClassUnitCost* row : rows) {
    section.Add(row->silicon_class(), (row->*has)() ? &(row->*field)() : nullptr,
                (row->*has)() ? note(*row) : std::string());
  }
  return section;
}

std::string OwnedNote(const v1::ClassUnitCost& row) {
  const v1::CostTerms& terms = row.owned_terms();
  const double total = row.owned().value();
  const auto share = [&](double part) { return std::lround(100 * part / total); };
  return absl::StrCat("capital ", share(terms.capital_usd()), " %, hosting ", share(terms.hosting_usd()), " %, energy ",
                      share(terms.energy_usd()), " %, operations ", share(terms.operations_usd()), " %; ",
                      PriceNote(row.owned_price()));
}

std::string RentedNote(const v1::ClassUnitCost& row) { return PriceNote(row.rented_price()); }

std::string EnergyNote(const v1::ClassUnitCost& row) {
  return absl::StrCat(row.devices(), row.devices() == 1 ? " device, " : " devices, ",
                      std::lround(row.busy_power().value()), " W at the meter while busy");
}

std::string NoNote(const v1::ClassUnitCost&) { return ""; }

ResultSection Refused(const v1::TraceCost& trace) {
  ResultSection section;
  section.title = absl::StrCat(trace.trace_name(), ": not on these");
  for (const v1::ClassUnitCost& row : trace.classes()) {
    if (row.verdict() == v1::VERDICT_SUPPORTED) continue;
    ResultRow entry;
    entry.item = row.silicon_class();
    entry.note = absl::StrCat(Word(row.verdict()), ": ", row.reason());
    section.rows.push_back(std::move(entry));
  }
  return section;
}

}  // namespace

ResultDocument CostDocument(const v1::CostReport& report) {
  ResultDocument document;
  document.title = absl::StrCat("What work costs: ", report.scenario().title());
  document.warnings.assign(report.warnings().begin(), report.warnings().end());
  for (const v1::TraceCost& trace : report.traces()) {
    if (trace.classes().empty()) continue;
    document.sections.push_back(
        Ranked(trace, "owned", &v1::ClassUnitCost::has_owned, &v1::ClassUnitCost::owned, OwnedNote));
    document.sections.push_back(
        Ranked(trace, "rented", &v1::ClassUnitCost::has_rented, &v1::ClassUnitCost::rented, RentedNote));
    document.sections.push_back(Ranked(trace, "energy at the meter, idle hours included",
                                       &v1::ClassUnitCost::has_joules, &v1::ClassUnitCost::joules, EnergyNote));
    document.sections.push_back(Ranked(trace, "carbon of electricity", &v1::ClassUnitCost::has_operational_carbon,
                                       &v1::ClassUnitCost::operational_carbon, NoNote));
    document.sections.push_back(Ranked(trace, "carbon of making the hardware", &v1::ClassUnitCost::has_embodied_carbon,
                                       &v1::ClassUnitCost::embodied_carbon, NoNote));
    document.sections.push_back(Ranked(trace, "work a year for the budget", &v1::ClassUnitCost::has_units_per_year,
                                       &v1::ClassUnitCost::units_per_year, NoNote));
    ResultSection refused = Refused(trace);
    if (!refused.rows.empty()) document.sections.push_back(std::move(refused));
    for (const v1::ClassUnitCost& row : trace.classes()) {
      for (const std::string& warning : row.warnings()) {
        const std::string line = absl::StrCat(row.silicon_class(), ": ", warning);
        auto& all = document.warnings;
        if (std::find(all.begin(), all.end(), line) == all.end()) all.push_back(line);
      }
    }
  }
  document.sections.push_back(AssumptionsSection(report.scenario()));
  return document;
}

}  // namespace sandglass::report
