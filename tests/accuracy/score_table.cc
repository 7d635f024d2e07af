#include "tests/accuracy/score_table.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace sandglass::accuracy {
namespace {

constexpr char kAll[] = "all";

// What each predictor says of the rows that are scored together.
using GroupScores = std::map<std::string, Scores>;

std::optional<Seconds> Answer(const absl::StatusOr<Seconds>& time) {
  return time.ok() ? std::make_optional(*time) : std::nullopt;
}

std::map<std::string, std::optional<Seconds>> Predictions(const MeasuredRow& row, const RowSet& set,
                                                          const absl::StatusOr<silicon::Target>& target,
                                                          ScoredSet& scored) {
  std::map<std::string, std::optional<Seconds>> predictions;
  const absl::StatusOr<Seconds> models = target.ok() ? ModelTime(row, *target) : target.status();
  if (!models.ok()) ++scored.unanswered[row.device][std::string(models.status().message())];
  predictions[kModels] = Answer(models);
  predictions[kRoofline] = target.ok() ? Answer(RooflineTime(row, *target)) : std::nullopt;
  for (const std::string& who : set.published) {
    const auto said = row.published.find(who);
    predictions[who] = said == row.published.end() ? std::nullopt : std::make_optional(said->second);
  }
  return predictions;
}

std::string Percent(double share) { return absl::StrFormat("%.1f", 100 * share); }

std::string Cell(const Score& score) {
  if (score.answered == 0) return "–";
  return absl::StrCat(Percent(score.mean), " / ", Percent(score.median), " / ", Percent(score.p90), "; ",
                      Percent(score.weighted), "; ", score.bias < 0 ? "" : "+", Percent(score.bias),
                      score.unanswered > 0 ? absl::StrCat(" (", score.unanswered, " unanswered)") : "");
}

void AppendSet(const ScoredSet& set, std::string& text) {
  absl::StrAppend(&text, "\n## ", set.name, "\n\n", set.about, ".\n\n| device | class | rows |");
  for (const std::string& predictor : set.predictors) absl::StrAppend(&text, " ", predictor, " |");
  text += "\n|---|---|---|";
  for (size_t i = 0; i < set.predictors.size(); ++i) text += "---|";
  text += "\n";
  for (const ScoredGroup& group : set.groups) {
    const Score& models = group.scores.at(kModels);
    absl::StrAppend(&text, "| ", group.device, " | ", group.op_class, " | ", models.answered + models.unanswered, " |");
    for (const std::string& predictor : set.predictors) {
      absl::StrAppend(&text, " ", Cell(group.scores.at(predictor)), " |");
    }
    text += "\n";
  }
  for (const auto& [device, reasons] : set.unanswered) {
    for (const auto& [reason, rows] : reasons) {
      absl::StrAppend(&text, "\nNo answer for ", rows, " rows of ", device, ": ", reason, ".\n");
    }
  }
}

}  // namespace

ScoredSet ScoreSet(const RowSet& set, const DeviceClasses& classes) {
  ScoredSet scored = {
      .name = set.name, .about = set.about, .predictors = {kModels, kRoofline}, .groups = {}, .unanswered = {}};
  scored.predictors.insert(scored.predictors.end(), set.published.begin(), set.published.end());
  std::map<std::pair<std::string, std::string>, GroupScores> groups;
  std::map<std::string, absl::StatusOr<silicon::Target>> targets;
  for (const MeasuredRow& row : set.rows) {
    const auto target = targets.try_emplace(row.device, classes.TargetOf(row.device)).first;
    for (const auto& [who, time] : Predictions(row, set, target->second, scored)) {
      groups[{row.device, row.op_class}][who].Add(row.measured, time);
      groups[{row.device, kAll}][who].Add(row.measured, time);
      groups[{kAll, kAll}][who].Add(row.measured, time);
    }
  }
  for (const auto& [place, scores] : groups) {
    ScoredGroup group = {.device = place.first, .op_class = place.second, .scores = {}};
    for (const auto& [who, of] : scores) group.scores[who] = of.Sum();
    scored.groups.push_back(std::move(group));
  }
  return scored;
}

std::string InMarkdown(const std::vector<ScoredSet>& sets) {
  std::string text =
      "In %: mean / median / 90th percentile of |predicted − measured| ÷ measured over the rows; Σ|predicted − "
      "measured| ÷ Σ measured; Σ(predicted − measured) ÷ Σ measured. Rows without an answer are counted beside it.\n";
  for (const ScoredSet& set : sets) AppendSet(set, text);
  return text;
}

}  // namespace sandglass::accuracy
