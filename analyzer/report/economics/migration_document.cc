#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analyzer/report/economics/documents.h"
#include "analyzer/report/numbers.h"
#include "analyzer/report/words.h"

namespace sandglass::report {
namespace {

ResultSection Kernels(const v1::MigrationReport& report) {
  ResultSection section;
  section.title = "To write";
  section.text = report.kernels().empty() ? "Nothing: every operator runs natively, or as fast." : "";
  for (const v1::KernelToWrite& kernel : report.kernels()) {
    std::string note = absl::StrCat("for ", absl::StrJoin(kernel.traces(), ", "));
    if (kernel.support() != v1::SUPPORT_UNSPECIFIED) absl::StrAppend(&note, "; today ", Word(kernel.support()));
    absl::StrAppend(&note, "; in ", kernel.language().empty() ? "no language that users have" : kernel.language());
    if (!kernel.names().empty()) absl::StrAppend(&note, "; ", absl::StrJoin(kernel.names(), ", "));
    section.Add(kernel.op_class(), &kernel.kloc(), note);
  }
  if (report.has_person_months()) section.Add("work of people", &report.person_months());
  if (report.has_person_months_cocomo()) {
    section.Add("the same by COCOMO II", &report.person_months_cocomo(), "nominal; a cross-check");
  }
  return section;
}

ResultSection Costs(const v1::MigrationReport& report) {
  ResultSection section;
  section.title = "Cost of the move";
  section.text =
      "What was paid for the old hardware is sunk: it counts in the books' view only. Slow running until all is ported "
      "is part of the flow, and so apart.";
  const auto add = [&](const char* item, bool has, const v1::Estimate& estimate, const char* note = "") {
    section.Add(item, has ? &estimate : nullptr, note);
  };
  add("labour", report.has_labour(), report.labour());
  add("revalidation", report.has_revalidation(), report.revalidation());
  add("running both", report.has_dual_running(), report.dual_running());
  add("downtime", report.has_downtime(), report.downtime());
  add("resale of what is left", report.has_resale(), report.resale(), "subtracted");
  add("go-forward: for the decision", report.has_go_forward(), report.go_forward());
  add("book value of what is left", report.has_book_value(), report.book_value());
  add("accounting: for the books", report.has_accounting(), report.accounting());
  add("slow running until it is ported", report.has_lag_waste(), report.lag_waste(), "apart");
  return section;
}

ResultSection Flows(const v1::MigrationReport& report) {
  ResultSection section;
  section.title = "A year's cost, and when the move has paid for itself";
  const auto add = [&](const char* item, bool has, const v1::Estimate& estimate, const char* note) {
    section.Add(item, has ? &estimate : nullptr, note);
  };
  add("where it is", report.has_annual_from(), report.annual_from(), "");
  add("of that, what ends with the move", report.has_avoidable_from(), report.avoidable_from(),
      "all but what was paid for the hardware");
  add("on the target, ported", report.has_annual_to(), report.annual_to(), "");
  add("days until it runs", report.has_functional_lag_days(), report.functional_lag_days(), "");
  add("days until it runs well", report.has_performance_lag_days(), report.performance_lag_days(), "");
  if (!report.has_go_forward()) return section;
  const auto payback = [&](const char* item, bool has, const v1::Estimate& estimate) {
    if (has) {
      section.Add(item, &estimate);
    } else {
      section.rows.push_back({.item = item, .note = "never: nothing is saved"});
    }
  };
  payback("years to pay back, for the decision", report.has_payback_years(), report.payback_years());
  payback("years to pay back, for the books", report.has_accounting_payback_years(), report.accounting_payback_years());
  return section;
}

ResultSection Matrix(const v1::MigrationReport& report) {
  ResultSection section;
  section.title = "Every move: go-forward cost, in years of today's cost";
  for (const v1::MigrationCell& cell : report.matrix()) {
    const std::string item = absl::StrCat(cell.from_class(), " -> ", cell.to_class());
    std::string note;
    if (cell.verdict() != v1::VERDICT_SUPPORTED) {
      note = std::string(Word(cell.verdict()));
    } else if (!cell.has_go_forward_years()) {
      note = cell.has_cost_ratio() ? "users cannot write what is missing" : "no price";
    } else {
      note = absl::StrCat("a year costs ", Digits(cell.cost_ratio().value()), " times; ", cell.kernels(), " kernels, ",
                          Digits(cell.person_months().value()), " person-months; ",
                          cell.has_payback_years()
                              ? absl::StrCat("pays back in ", Digits(cell.payback_years().value()), " years")
                              : std::string("never pays back"));
    }
    section.Add(item, cell.has_go_forward_years() ? &cell.go_forward_years() : nullptr, note);
    if (!cell.has_go_forward_years()) section.rows.back().unit = "year";
  }
  return section;
}

std::string Range(const v1::Estimate& estimate) {
  return absl::StrCat(Digits(estimate.value()), " (", Digits(estimate.low()), " to ", Digits(estimate.high()), ") ",
                      estimate.unit());
}

// The answer in a few sentences.
std::string AnswerText(const v1::MigrationReport& report) {
  if (report.verdict() != v1::VERDICT_SUPPORTED) {
    return absl::StrCat(report.to_class(), " cannot do the work: ", Word(report.verdict()), ", ", report.reason());
  }
  const std::string flows = absl::StrCat(
      "A year of the work costs ", Digits(report.annual_from().value()), " USD where it is, of which ",
      Digits(report.avoidable_from().value()), " end with the move, and ", Digits(report.annual_to().value()), " (",
      Digits(report.annual_to().low()), " to ", Digits(report.annual_to().high()), ") USD on the target once ported.");
  if (!report.has_go_forward()) return absl::StrCat("The move has no price. ", flows);
  std::string payback;
  if (report.has_payback_years() && report.go_forward().high() <= 0) {
    payback =
        "At the centre of these ranges it pays at once: resale brings in more than the move costs, and each year after "
        "that costs less.";
  } else if (report.has_payback_years()) {
    payback = absl::StrCat("It has paid for itself after ", Range(report.payback_years()), "s.");
  } else if (report.go_forward().value() < 0) {
    payback =
        "At the centre of these ranges resale brings in more than the move costs, and each year after that costs more "
        "than before.";
  } else {
    payback =
        "At the centre of these ranges it never pays for itself: what ends with the move is less than what begins.";
  }
  return absl::StrCat("The move costs ", Range(report.go_forward()), " for the decision and ",
                      Range(report.accounting()), " in the books. ", flows, " ", payback, " It runs after ",
                      Digits(report.functional_lag_days().value()), " days and well after ",
                      Digits(report.performance_lag_days().value()), ".");
}

}  // namespace

ResultDocument MigrationDocument(const v1::MigrationReport& report) {
  ResultDocument document;
  const bool model = !report.successor_traces().empty();
  document.title = absl::StrCat("Moving ", absl::StrJoin(report.traces(), ", "), " from ", report.from_class(), " to ",
                                model ? absl::StrCat(absl::StrJoin(report.successor_traces(), ", "), " on ") : "",
                                report.to_class());
  document.warnings.assign(report.warnings().begin(), report.warnings().end());
  if (report.verdict() == v1::VERDICT_UNSPECIFIED) {
    document.answer = "No answer: too little is known of the traces.";
    return document;
  }
  document.answer = AnswerText(report);
  if (report.verdict() == v1::VERDICT_SUPPORTED) {
    document.sections = {Kernels(report), Costs(report), Flows(report)};
  }
  if (!report.matrix().empty()) document.sections.push_back(Matrix(report));
  document.sections.push_back(AssumptionsSection(report.scenario()));
  return document;
}

}  // namespace sandglass::report
