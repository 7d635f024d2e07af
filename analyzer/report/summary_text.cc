#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "analyzer/report/numbers.h"
#include "analyzer/report/plain_text.h"
#include "analyzer/report/summary.h"
#include "analyzer/report/text_table.h"
#include "analyzer/report/words.h"

namespace sandglass::report {
namespace {

using economics::Ranged;
using Align = TextTable::Align;

// "1.2 (0.9-1.6)"
std::string RangedText(const Ranged& ranged, double divisor = 1) {
  return absl::StrCat(Digits(ranged.value / divisor), " (", Digits(ranged.low / divisor), "-",
                      Digits(ranged.high / divisor), ")");
}

// The same of a share, in per cent.
std::string PercentText(const Ranged& share) {
  return absl::StrCat(Digits(share.value * 100), " (", Digits(share.low * 100), "-", Digits(share.high * 100), ")");
}

std::string CostText(const std::optional<Best>& best, absl::string_view unit, absl::string_view per) {
  if (!best.has_value()) return "";
  const Scale scale = ScaleFor({best->cost.value}, unit, per);
  return absl::StrCat(RangedText(best->cost, scale.divisor), " ", scale.unit, " ",
                      std::string(1, Letter(best->provenance)));
}

// Why no class ranks.
std::string NoRank(const WorkSummary& work) {
  if (work.supported == 0) return "none can do it";
  return work.launch_bound == work.supported ? "none: launch-bound everywhere, ranks nothing" : "none ranks";
}

void AddWork(const WorkSummary& work, TextTable& table) {
  table.AddRow({work.title, work.precision, work.joules.has_value() ? work.joules->silicon_class : NoRank(work),
                CostText(work.joules, "J", work.unit),
                work.dollars.has_value() ? work.dollars->silicon_class : NoRank(work),
                CostText(work.dollars, "USD", work.unit),
                absl::StrCat(work.supported - work.launch_bound, " of ", work.classes)});
}

std::string WorksText(const Summary& summary) {
  TextTable table;
  table.AddColumn("work", Align::kLeft);
  table.AddColumn("precision", Align::kLeft);
  table.AddColumn("cheapest in joules", Align::kLeft);
  table.AddColumn("energy (range) [unit]", Align::kLeft);
  table.AddColumn("cheapest in dollars", Align::kLeft);
  table.AddColumn("cost (range) [unit]", Align::kLeft);
  table.AddColumn("classes that rank", Align::kRight);
  for (const WorkSummary& work : summary.works) AddWork(work, table);
  return table.Text();
}

std::string AdvantageText(const WorkSummary& incumbent, const std::optional<Advantage>& advantage,
                          absl::string_view measure) {
  if (!advantage.has_value()) {
    return absl::StrCat("In ", measure, ": no specialised class and general class both rank on ",
                        PlainText(incumbent.title), ", so there is no advantage to keep.\n");
  }
  std::string text =
      absl::StrCat("In ", measure, ": ", PlainText(advantage->specialised.silicon_class),
                   " is the best specialised class for ", PlainText(incumbent.title), "; the best general one, ",
                   PlainText(advantage->general.silicon_class), ", costs ", RangedText(advantage->ratio),
                   " times as much.", advantage->ratio.value < 1 ? " It has no advantage to keep." : "", "\n");
  if (advantage->remainders.empty()) return text;
  TextTable table;
  table.AddColumn("work", Align::kLeft);
  table.AddColumn("advantage kept [%] (range)", Align::kLeft);
  for (const Remainder& remainder : advantage->remainders) {
    table.AddRow({remainder.title, remainder.share.has_value() ? PercentText(*remainder.share) : remainder.reason});
  }
  return absl::StrCat(text, table.Text("  "));
}

}  // namespace

std::string SummaryText(const Summary& summary) {
  if (summary.works.empty()) return "";
  return absl::StrCat(
      "Which silicon is cheapest for this work\n\n", WorksText(summary),
      "\nWhat the best specialised class for the first work keeps of its advantage on the others\n\n",
      AdvantageText(summary.works.front(), summary.joules, "joules"), "\n",
      AdvantageText(summary.works.front(), summary.dollars, "dollars"),
      "\nAdvantage kept: (cost on the general class / cost on the specialised class) on that work, over "
      "the same on the first.\n100 % keeps all of it; above 100 % it grows. Rows that are launch-bound, "
      "unsupported or infeasible rank nothing.\nLetters: ",
      LetterLegend(), ".\n");
}

}  // namespace sandglass::report
