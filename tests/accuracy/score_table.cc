#include "tests/accuracy/score_table.h"

#include <cmath>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace sandglass::accuracy {
namespace {

constexpr char kAll[] = "all";

// Rows that are scored together.
struct Group {
  // What each predictor says of them.
  std::map<std::string, Scores> scores;
  size_t in_band = 0;
  size_t answered = 0;
  double log_width = 0;
};

// The models' answer to a row, and the band around it.
struct Banded {
  Seconds time;
  models::ErrorBand band;
};

std::optional<Seconds> Answer(const absl::StatusOr<Seconds>& time) {
  return time.ok() ? std::make_optional(*time) : std::nullopt;
}

absl::StatusOr<Banded> ModelAnswer(const MeasuredRow& row, const absl::StatusOr<silicon::Target>& target,
                                   const models::ErrorPriors& bands) {
  if (!target.ok()) return target.status();
  const absl::StatusOr<Prediction> prediction = Predict(row, *target);
  if (!prediction.ok()) return prediction.status();
  return Banded{prediction->time, bands.For(target->silicon->chip, prediction->limit, prediction->matrix_formats)};
}

void AddToGroup(const MeasuredRow& row, const std::map<std::string, std::optional<Seconds>>& predictions,
                const absl::StatusOr<Banded>& models, Group& group) {
  for (const auto& [who, time] : predictions) group.scores[who].Add(row.measured, time);
  if (!models.ok()) return;
  const double truth = row.measured / models->time;
  ++group.answered;
  if (truth >= models->band.low && truth <= models->band.high) ++group.in_band;
  group.log_width += std::log(models->band.high / models->band.low);
}

std::map<std::string, std::optional<Seconds>> Predictions(const MeasuredRow& row, const RowSet& set,
                                                          const absl::StatusOr<silicon::Target>& target,
                                                          const absl::StatusOr<Banded>& models) {
  std::map<std::string, std::optional<Seconds>> predictions;
  predictions[kModels] = models.ok() ? std::make_optional(models->time) : std::nullopt;
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
  absl::StrAppend(&text, "\n## ", set.name, "\n\n", set.about, ".\n\n| device | class | rows | in band, width |");
  for (const std::string& predictor : set.predictors) absl::StrAppend(&text, " ", predictor, " |");
  text += "\n|---|---|---|---|";
  for (size_t i = 0; i < set.predictors.size(); ++i) text += "---|";
  text += "\n";
  for (const ScoredGroup& group : set.groups) {
    const Score& models = group.scores.at(kModels);
    absl::StrAppend(&text, "| ", group.device, " | ", group.op_class, " | ", models.answered + models.unanswered, " | ",
                    models.answered > 0 ? absl::StrFormat("%.0f, %.2f", 100 * group.in_band, group.band_width) : "–",
                    " |");
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

ScoredSet ScoreSet(const RowSet& set, const DeviceClasses& classes, const models::ErrorPriors& bands) {
  ScoredSet scored = {
      .name = set.name, .about = set.about, .predictors = {kModels, kRoofline}, .groups = {}, .unanswered = {}};
  scored.predictors.insert(scored.predictors.end(), set.published.begin(), set.published.end());
  std::map<std::pair<std::string, std::string>, Group> groups;
  std::map<std::string, absl::StatusOr<silicon::Target>> targets;
  for (const MeasuredRow& row : set.rows) {
    const auto target = targets.try_emplace(row.device, classes.TargetOf(row.device)).first;
    const absl::StatusOr<Banded> models = ModelAnswer(row, target->second, bands);
    if (!models.ok()) ++scored.unanswered[row.device][std::string(models.status().message())];
    const auto predictions = Predictions(row, set, target->second, models);
    for (const auto& [device, op_class] : {std::pair<std::string, std::string>(row.device, row.op_class),
                                           {row.device, kAll},
                                           {kAll, row.op_class},
                                           {kAll, kAll}}) {
      AddToGroup(row, predictions, models, groups[{device, op_class}]);
    }
  }
  for (const auto& [place, rows] : groups) {
    ScoredGroup group;
    group.device = place.first;
    group.op_class = place.second;
    const auto answered = static_cast<double>(rows.answered);
    if (rows.answered > 0) {
      group.in_band = static_cast<double>(rows.in_band) / answered;
      group.band_width = std::exp(rows.log_width / answered);
    }
    for (const auto& [who, of] : rows.scores) group.scores[who] = of.Sum();
    scored.groups.push_back(std::move(group));
  }
  return scored;
}

std::string InMarkdown(const std::vector<ScoredSet>& sets) {
  std::string text =
      "In %: mean / median / 90th percentile of |predicted − measured| ÷ measured over the rows; Σ|predicted − "
      "measured| ÷ Σ measured; Σ(predicted − measured) ÷ Σ measured. Rows without an answer are counted beside it. In "
      "band: share of rows within the band of what bounds them, and its upper over its lower end.\n";
  for (const ScoredSet& set : sets) AppendSet(set, text);
  return text;
}

}  // namespace sandglass::accuracy
