#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analyzer/report/economics/documents.h"
#include "analyzer/report/messages.h"
#include "analyzer/report/numbers.h"
#include "analyzer/report/words.h"

namespace sandglass::report {
namespace {

constexpr auto kAssumed = v1::ESTIMATE_PROVENANCE_ASSUMED;

ResultRow Row(std::string item, double value, const char* unit, std::string note = "") {
  return {.item = std::move(item),
          .value = value,
          .low = {},
          .high = {},
          .unit = unit,
          .provenance = kAssumed,
          .note = std::move(note)};
}

ResultSection Answer(const v1::LockInReport& report) {
  ResultSection section;
  section.title = "Is it worth it";
  const std::string& a = report.specialised_class();
  const std::string& g = report.general_class();
  section.Add(absl::StrCat("cost of ", a, " over ", g, " today"), &report.relative_cost());
  section.Add(absl::StrCat("advantage that ", a, " keeps on the successor"), &report.advantage_kept());
  section.Add(absl::StrCat("efficiency that ", a, " retains"), &report.retained_specialised());
  section.Add(absl::StrCat("efficiency that ", g, " retains"), &report.retained_general());
  section.Add("hazard of a shift that is believed", &report.hazard());
  for (const v1::Estimate& hazard : report.breakeven_hazards()) section.Add("breakeven hazard", &hazard);
  if (report.breakeven_hazards().empty()) {
    section.rows.push_back({.item = "breakeven hazard",
                            .note = report.specialised_wins().empty() ? "none: the general silicon always wins"
                                                                      : "none: the specialised silicon always wins"});
  }
  section.Add(absl::StrCat("probability that ", a, " costs less"), &report.probability_specialised_wins());
  section.Add(absl::StrCat("expected cost of ", a), &report.expected_specialised(),
              report.stays_after_shift() ? "stays after a shift" : "is swapped after a shift");
  section.Add(absl::StrCat("expected cost of ", g), &report.expected_general());
  return section;
}

ResultSection Premium(const v1::LockInReport& report) {
  ResultSection section;
  section.title = "What flexibility is worth";
  section.text = "How much dearer general silicon may be and still be the better choice, by the hazard of a shift.";
  for (const v1::CurvePoint& point : report.flexibility_premium()) {
    section.rows.push_back(Row(absl::StrCat(Digits(point.x()), " shifts a year"), 100 * point.y(), "%"));
  }
  return section;
}

void AddFan(const std::string& name, const google::protobuf::RepeatedPtrField<v1::FanPoint>& fan,
            ResultSection& section) {
  for (const v1::FanPoint& point : fan) {
    ResultRow row = Row(absl::StrCat(name, ", year ", Digits(point.years())), point.p50(), "USD",
                        absl::StrCat("mean ", Digits(point.mean())));
    row.low = point.p5();
    row.high = point.p95();
    section.rows.push_back(std::move(row));
  }
}

ResultSection Stranded(const v1::LockInReport& report) {
  ResultSection section;
  section.title = "Stranded capital";
  section.text = "What a shift has made worthless by a date, of what was paid for computers: median and tails.";
  AddFan(report.specialised_class(), report.stranded_capital(), section);
  AddFan(report.general_class(), report.stranded_capital_general(), section);
  return section;
}

ResultSection Default(const v1::LockInReport& report) {
  ResultSection section;
  section.title = "Architectural default by quarter";
  const ResultRow threshold =
      AssumptionRow("stranding.service_threshold", report.scenario().stranding().service_threshold());
  section.text = absl::StrCat(
      "Probability that by the end of a quarter there was a time in which the fleet could not serve the state of the "
      "art at ",
      threshold.value.has_value() ? Digits(100 * *threshold.value) : "unknown", " % of today's efficiency.");
  for (int i = 0; i < report.default_probability_size(); ++i) {
    const std::string note =
        absl::StrCat("at that date ", Digits(100 * report.in_default_probability(i).y()), " %; ",
                     report.general_class(), " ", Digits(100 * report.default_probability_general(i).y()),
                     " %, at that date ", Digits(100 * report.in_default_probability_general(i).y()), " %");
    const v1::CurvePoint& point = report.default_probability(i);
    section.rows.push_back(Row(absl::StrCat("year ", Digits(point.x())), 100 * point.y(), "%", note));
  }
  return section;
}

std::string Breakeven(bool has, double hazard) { return has ? Digits(hazard) : std::string("none"); }

ResultSection Tornado(const v1::LockInReport& report) {
  ResultSection section;
  section.title = "What would change the answer";
  section.text =
      "Each input alone from its 5th to its 95th percentile. The value is how far the advantage of the specialised "
      "silicon moves, the range where it then stands, in years of the general silicon's cost.";
  section.range = "advantage at low - at high";
  for (const v1::Sensitivity& entry : report.tornado()) {
    ResultRow row = Row(entry.input(), entry.advantage_at_high() - entry.advantage_at_low(), "year of general flow",
                        absl::StrCat(Digits(entry.low()), " to ", Digits(entry.high()), " ", entry.unit(),
                                     "; breakeven hazard ", Breakeven(entry.has_at_low(), entry.at_low()), " to ",
                                     Breakeven(entry.has_at_high(), entry.at_high())));
    row.low = entry.advantage_at_low();
    row.high = entry.advantage_at_high();
    section.rows.push_back(std::move(row));
  }
  return section;
}

ResultSection Portfolio(const v1::LockInReport& report) {
  ResultSection section;
  section.title = "A mix of both";
  section.text =
      "Expected cost, and in the tail cost and service left, by the share of the work on specialised silicon.";
  section.range = "expected - tail";
  section.Add("share of least expected cost", &report.portfolio_share_unlimited());
  section.Add("the same within the scenario's limits",
              report.has_portfolio_share() ? &report.portfolio_share() : nullptr);
  for (const v1::Mix& mix : report.mixes()) {
    ResultRow row = Row(absl::StrCat(Digits(100 * mix.specialised_share()), " % specialised"), mix.expected(),
                        "year of general flow",
                        absl::StrCat("service left in the tail ", Digits(100 * mix.service()), " %",
                                     mix.allowed() ? "" : "; outside the limits"));
    row.low = mix.expected();
    row.high = mix.tail();
    section.rows.push_back(std::move(row));
  }
  return section;
}

void AddByTrace(const std::string& what, const google::protobuf::RepeatedPtrField<v1::ClassFigure>& figures,
                ResultSection& section) {
  for (const v1::ClassFigure& figure : figures) {
    std::vector<std::string> parts;
    for (const v1::TraceFigure& trace : figure.by_trace()) {
      parts.push_back(absl::StrCat(trace.trace(), " ", trace.has_value() ? Digits(trace.value()) : "unknown"));
    }
    section.Add(absl::StrCat(what, ", ", figure.silicon_class()), figure.has_figure() ? &figure.figure() : nullptr,
                absl::StrJoin(parts, "; "));
  }
}

ResultSection Portability(const v1::LockInReport& report) {
  ResultSection section;
  section.title = "How well each class runs all traces";
  section.text =
      "Portability is the harmonic mean of the shares of native speed that the traces keep today, and 0 where one does "
      "not run; coverage is the least share of time in operators that run natively.";
  AddByTrace("portability", report.portability(), section);
  AddByTrace("coverage", report.covered(), section);
  return section;
}

ResultSection Resale(const v1::LockInReport& report) {
  ResultSection section;
  section.title = "Secondary market";
  section.text =
      "How much more a used general machine should fetch than a used specialised one, per unit of what it did when "
      "new, if its buyer believes the hazard.";
  for (const v1::ResalePoint& point : report.resale()) {
    const std::string item =
        absl::StrCat("age ", Digits(point.age_years()), ", ", Digits(point.hazard_per_year()), " shifts a year");
    const std::string note =
        absl::StrCat("value left: ", report.general_class(), " ", Digits(100 * point.general()), " %, ",
                     report.specialised_class(), " ", Digits(100 * point.specialised()), " %");
    if (point.has_premium()) {
      section.rows.push_back(Row(item, 100 * point.premium(), "%", note));
    } else {
      section.rows.push_back({.item = item, .note = absl::StrCat(note, "; no premium: it is worth nothing")});
    }
  }
  for (const v1::ObservedPrice& seen : report.observed_prices()) {
    ResultRow row =
        Row(absl::StrCat("seen: ", seen.silicon_class(), ", ", seen.price().as_of()), seen.price().price().value(), "",
            absl::StrCat(Word(seen.price().basis()), ", ", seen.price().region(), "; ",
                         seen.price().price().source().title()));
    row.unit = seen.price().price().unit();
    row.provenance = ProvenanceOf(seen.price().price().basis());
    section.rows.push_back(std::move(row));
  }
  for (const std::string& note : report.market_notes()) section.rows.push_back({.item = "market", .note = note});
  return section;
}

ResultSection Inputs(const v1::LockInReport& report) {
  ResultSection section;
  section.title = "Inputs of the model";
  for (const v1::LockInInput& input : report.inputs()) {
    section.Add(input.name(), &input.figure(), input.figure().range_source());
  }
  return section;
}

ResultSection Moves(const v1::LockInReport& report) {
  ResultSection section;
  section.title = "Bringing the successor onto what is there";
  for (const v1::MigrationReport* move : {&report.move_specialised(), &report.move_general()}) {
    const std::string& name = move->to_class();
    const auto add = [&](const char* item, bool has, const v1::Estimate& estimate) {
      section.Add(absl::StrCat(name, ": ", item), has ? &estimate : nullptr);
    };
    std::vector<std::string> kernels;
    for (const v1::KernelToWrite& kernel : move->kernels()) kernels.push_back(kernel.op_class());
    section.rows.push_back({.item = absl::StrCat(name, ": kernels"),
                            .note = kernels.empty() ? "none to write" : absl::StrJoin(kernels, ", ")});
    add("work of people", move->has_person_months(), move->person_months());
    add("go-forward cost", move->has_go_forward(), move->go_forward());
  }
  return section;
}

}  // namespace

ResultDocument LockInDocument(const v1::LockInReport& report) {
  ResultDocument document;
  document.title = absl::StrCat(report.specialised_class(), " against ", report.general_class(), ": ",
                                absl::StrJoin(report.incumbent_traces(), ", "), " today, ",
                                absl::StrJoin(report.successor_traces(), ", "), " after a shift");
  document.warnings.assign(report.warnings().begin(), report.warnings().end());
  // Below the floor of coverage there are no numbers.
  if (report.inputs().empty()) {
    document.answer = "No answer: too little is known of the traces.";
    return document;
  }
  document.answer = report.verdict();
  for (ResultSection (*section)(const v1::LockInReport&) :
       {Answer, Premium, Stranded, Default, Tornado, Portfolio, Portability, Resale, Moves, Inputs}) {
    ResultSection made = section(report);
    if (!made.rows.empty()) document.sections.push_back(std::move(made));
  }
  document.sections.push_back(AssumptionsSection(report.scenario()));
  return document;
}

}  // namespace sandglass::report
