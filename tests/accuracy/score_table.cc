#include "tests/accuracy/score_table.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace sandglass::accuracy {
namespace {

constexpr char kAll[] = "all";
// Of a row's time, so that it is of one kind.
constexpr double kMainShare = 0.8;

// Rows that are scored together.
struct Group {
  // What each predictor says of them.
  std::map<std::string, Scores> scores;
  size_t in_band = 0;
  size_t answered = 0;
  double log_width = 0;
  double band_score = 0;
  double constant_score = 0;
};

// A row's truth over the models' answer and its band, all as logarithms.
struct Residual {
  const MeasuredRow* row = nullptr;
  double truth = 0;
  double low = 0;
  double high = 0;
};

// Where a row counts: device and class, each also as "all".
std::array<std::pair<std::string, std::string>, 4> PlacesOf(const MeasuredRow& row) {
  return {{{row.device, row.op_class}, {row.device, kAll}, {kAll, row.op_class}, {kAll, kAll}}};
}

// The 10th and 90th percentile of what the other devices' rows say; of all rows where there are no others.
std::pair<double, double> ConstantBand(const std::vector<Residual>& residuals, const std::string& device) {
  std::vector<double> truths;
  for (const Residual& residual : residuals) {
    if (residual.row->device != device) truths.push_back(residual.truth);
  }
  if (truths.empty()) {
    for (const Residual& residual : residuals) truths.push_back(residual.truth);
  }
  std::sort(truths.begin(), truths.end());
  const auto at = [&truths](double share) {
    return truths[static_cast<size_t>(share * static_cast<double>(truths.size() - 1))];
  };
  return {at(0.1), at(0.9)};
}

void AddBandScores(const std::vector<Residual>& residuals,
                   std::map<std::pair<std::string, std::string>, Group>& groups) {
  std::map<std::string, std::pair<double, double>> constant;
  for (const Residual& residual : residuals) {
    const std::string& device = residual.row->device;
    if (!constant.contains(device)) constant[device] = ConstantBand(residuals, device);
    const auto& [low, high] = constant[device];
    for (const auto& place : PlacesOf(*residual.row)) {
      groups[place].band_score += IntervalScore(residual.truth, residual.low, residual.high);
      groups[place].constant_score += IntervalScore(residual.truth, low, high);
    }
  }
}

// The models' answer to a row, in the unit of what is scored, and the band of the time around it.
struct Banded {
  double value = 0;
  models::ErrorBand band;
  // What most of it is of, where one kind is.
  std::optional<models::OperatorKind> kind;
};

std::optional<double> Answer(const absl::StatusOr<Seconds>& time) {
  return time.ok() ? std::make_optional(time->value()) : std::nullopt;
}

// Whether a row is of a run on another device.
bool IsScaled(const MeasuredRow& row) { return row.run != nullptr && !row.limited.has_value(); }

// What was measured of the set's quantity; a set has only rows that have it.
double MeasuredOf(const MeasuredRow& row, Quantity quantity) {
  switch (quantity) {
    case Quantity::kEnergy:
      return row.energy->value();
    case Quantity::kPower:
      return row.power->value();
    default:
      return row.measured.value();
  }
}

double PredictedOf(const Prediction& prediction, Quantity quantity) {
  switch (quantity) {
    case Quantity::kEnergy:
      return prediction.energy.value();
    case Quantity::kPower:
      return prediction.power.value();
    default:
      return prediction.time.value();
  }
}

// The kind that at least kMainShare of a row's operators are of, by time; none, where no model says the time.
std::optional<models::OperatorKind> MainKind(const Prediction& prediction) {
  if (prediction.by_floor) return std::nullopt;
  std::map<models::OperatorKind, Seconds> times;
  Seconds all;
  for (const auto& [kind, time] : prediction.parts) {
    times[kind] += time;
    all += time;
  }
  for (const auto& [kind, time] : times) {
    if (time >= kMainShare * all) return kind;
  }
  return std::nullopt;
}

// Where a row was measured.
struct Place {
  absl::StatusOr<silicon::Target> target;
  // What other silicon classes say.
  models::ErrorPriors bands;
};

Place PlaceOf(const MeasuredRow& row, const DeviceClasses& classes, const models::ErrorPriors& bands) {
  const absl::StatusOr<silicon::Target> target = classes.TargetOf(row.device, row.stack);
  return {target, target.ok() ? bands.Without(target->silicon->id) : bands};
}

absl::StatusOr<Banded> ModelAnswer(const MeasuredRow& row, Quantity quantity, const Place& place) {
  const auto& [target, bands] = place;
  if (!target.ok()) return target.status();
  const absl::StatusOr<Prediction> prediction = Predict(row, *target);
  if (!prediction.ok()) return prediction.status();
  std::vector<models::BandOfPart> parts;
  for (const auto& [kind, time] : prediction->parts) {
    parts.push_back({time, &bands.For(target->silicon->chip, kind)});
  }
  return Banded{PredictedOf(*prediction, quantity), models::BandOfSum(parts), MainKind(*prediction)};
}

void AddToGroup(double measured, const std::map<std::string, std::optional<double>>& predictions,
                const absl::StatusOr<Banded>& models, bool banded, Group& group) {
  for (const auto& [who, value] : predictions) group.scores[who].Add(measured, value);
  if (!models.ok() || !banded) return;
  const double truth = measured / models->value;
  ++group.answered;
  if (truth >= models->band.low && truth <= models->band.high) ++group.in_band;
  group.log_width += std::log(models->band.high / models->band.low);
}

// Where the row says how far the models are off for one kind of operators.
void AddResidual(const RowSet& set, const MeasuredRow& row, const Banded& models, const silicon::SiliconClass& silicon,
                 std::vector<KindResidual>& residuals) {
  if (set.whole_passes || row.waits_for_host || !models.kind.has_value()) return;
  residuals.push_back(
      {&silicon, *models.kind, std::log(row.measured.value() / models.value), Seconds::Of(models.value)});
}

std::map<std::string, std::optional<double>> Predictions(const MeasuredRow& row, const RowSet& set,
                                                         const DeviceClasses& classes,
                                                         const absl::StatusOr<silicon::Target>& target,
                                                         const absl::StatusOr<Banded>& models) {
  std::map<std::string, std::optional<double>> predictions;
  predictions[kModels] = models.ok() ? std::make_optional(models->value) : std::nullopt;
  if (set.quantity == Quantity::kTime) {
    predictions[kRoofline] = target.ok() ? Answer(RooflineTime(row, *target)) : std::nullopt;
  }
  if (IsScaled(row)) {
    const auto source = classes.TargetOf(row.run->devices.front().silicon_class);
    predictions[kScaled] = target.ok() && source.ok() ? Answer(ScaledTime(row, *target, *source)) : std::nullopt;
  }
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
  absl::StrAppend(&text, "\n## ", set.name, "\n\n", set.about,
                  ".\n\n| device | class | rows | in band, width, score |");
  for (const std::string& predictor : set.predictors) absl::StrAppend(&text, " ", predictor, " |");
  text += "\n|---|---|---|---|";
  for (size_t i = 0; i < set.predictors.size(); ++i) text += "---|";
  text += "\n";
  for (const ScoredGroup& group : set.groups) {
    const Score& models = group.scores.at(kModels);
    absl::StrAppend(&text, "| ", group.device, " | ", group.op_class, " | ", models.answered + models.unanswered, " | ",
                    group.band_width > 0
                        ? absl::StrFormat("%.0f, %.2f, %.2f", 100 * group.in_band, group.band_width, group.band_score)
                        : "–",
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
      .name = set.name, .about = set.about, .predictors = {kModels}, .groups = {}, .residuals = {}, .unanswered = {}};
  if (set.quantity == Quantity::kTime) scored.predictors.emplace_back(kRoofline);
  const bool scales = std::any_of(set.rows.begin(), set.rows.end(), IsScaled);
  if (scales) scored.predictors.insert(scored.predictors.begin() + 1, kScaled);
  scored.predictors.insert(scored.predictors.end(), set.published.begin(), set.published.end());
  std::map<std::pair<std::string, std::string>, Group> groups;
  std::map<std::pair<std::string, std::string>, Place> places;
  std::vector<Residual> residuals;
  for (const MeasuredRow& row : set.rows) {
    const std::pair device(row.device, row.stack);
    if (!places.contains(device)) places.emplace(device, PlaceOf(row, classes, bands));
    const Place& measured_on = places.at(device);
    const absl::StatusOr<Banded> models = ModelAnswer(row, set.quantity, measured_on);
    if (!models.ok()) ++scored.unanswered[row.device][std::string(models.status().message())];
    const auto predictions = Predictions(row, set, classes, measured_on.target, models);
    const double measured = MeasuredOf(row, set.quantity);
    // Bands are of times, and not of shares of a time that is known.
    const bool banded = set.quantity == Quantity::kTime && !row.limited.has_value();
    for (const auto& place : PlacesOf(row)) AddToGroup(measured, predictions, models, banded, groups[place]);
    if (!models.ok() || !banded) continue;
    residuals.push_back(
        {&row, std::log(measured / models->value), std::log(models->band.low), std::log(models->band.high)});
    AddResidual(set, row, *models, *measured_on.target->silicon, scored.residuals);
  }
  AddBandScores(residuals, groups);
  for (const auto& [place, rows] : groups) {
    ScoredGroup group;
    group.device = place.first;
    group.op_class = place.second;
    const auto answered = static_cast<double>(rows.answered);
    if (rows.answered > 0) {
      group.in_band = static_cast<double>(rows.in_band) / answered;
      group.band_width = std::exp(rows.log_width / answered);
      group.band_score = rows.constant_score > 0 ? rows.band_score / rows.constant_score : 1;
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
      "band: share of rows within the band that other silicon classes give; its upper over its lower end; and its mean "
      "interval score over that of one constant band, which the other devices' rows of the set give, or its own where "
      "there are no others.\n";
  for (const ScoredSet& set : sets) AppendSet(set, text);
  return text;
}

}  // namespace sandglass::accuracy
