#include "tests/accuracy/bands.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "tests/accuracy/scores.h"

namespace sandglass::accuracy {
namespace {

constexpr char kAllBands[] = "all";

// Between the two rows that are next to it.
double Percentile(const std::vector<double>& ascending, double share) {
  const double at = share * static_cast<double>(ascending.size() - 1);
  const auto lower = static_cast<size_t>(at);
  const size_t upper = std::min(lower + 1, ascending.size() - 1);
  return ascending[lower] + (at - static_cast<double>(lower)) * (ascending[upper] - ascending[lower]);
}

// Rows that are predicted the same are one operator.
BandGroup GroupOf(std::string band, std::string set, std::string silicon_class,
                  const std::vector<const KindResidual*>& rows) {
  BandGroup group = {.band = std::move(band), .set = std::move(set), .residuals = {}, .log_truths = {}};
  std::set<double> predictions;
  for (const KindResidual* row : rows) {
    group.log_truths.push_back(row->log_truth);
    predictions.insert(row->predicted.value());
  }
  std::sort(group.log_truths.begin(), group.log_truths.end());
  group.residuals.silicon_class = std::move(silicon_class);
  group.residuals.rows = rows.size();
  group.residuals.operators = predictions.size();
  for (size_t i = 0; i < models::kResidualShares.size(); ++i) {
    group.residuals.log_truth[i] = Percentile(group.log_truths, models::kResidualShares[i]);
  }
  return group;
}

std::vector<models::ResidualGroup> ResidualsOf(const std::vector<BandGroup>& groups, const std::string& band) {
  std::vector<models::ResidualGroup> residuals;
  for (const BandGroup& group : groups) {
    if (band == kAllBands || group.band == band) residuals.push_back(group.residuals);
  }
  return residuals;
}

// Weighted sums over groups.
struct Sums {
  double weight = 0;
  double held = 0;
  double log_width = 0;
  double score = 0;
  double constant_score = 0;

  void Add(const BandGroup& group, const models::BandEnds& ends, const models::BandEnds& constant) {
    const double low = std::log(ends.low);
    const double high = std::log(ends.high);
    const double each = group.residuals.Weight() / static_cast<double>(group.log_truths.size());
    for (const double truth : group.log_truths) {
      if (truth >= low && truth <= high) held += each;
      score += each * IntervalScore(truth, low, high);
      constant_score += each * IntervalScore(truth, std::log(constant.low), std::log(constant.high));
    }
    log_width += group.residuals.Weight() * (high - low);
    weight += group.residuals.Weight();
  }

  void Into(BandScore& into) const {
    if (weight == 0) return;
    into.held = held / weight;
    into.width = std::exp(log_width / weight);
    into.score = score / constant_score;
  }
};

}  // namespace

std::vector<BandGroup> GroupsOf(const std::vector<ScoredSet>& sets, const models::ErrorPriors& priors) {
  // By band, silicon class and set.
  std::map<std::string, std::map<std::pair<std::string, std::string>, std::vector<const KindResidual*>>> rows;
  for (const ScoredSet& set : sets) {
    for (const KindResidual& residual : set.residuals) {
      const std::string band(priors.NameFor(residual.silicon->chip, residual.kind));
      rows[band][{residual.silicon->id, set.name}].push_back(&residual);
    }
  }
  std::vector<BandGroup> groups;
  for (const std::string& band : priors.Names()) {
    for (const auto& [of, residuals] : rows[band]) groups.push_back(GroupOf(band, of.second, of.first, residuals));
  }
  return groups;
}

std::string ResidualsText(const std::vector<BandGroup>& groups) {
  std::string text =
      "# proto-file: proto/defaults.proto\n# proto-message: sandglass.v1.MeasuredErrors\n#\n# Written by `bazel run -c "
      "opt //tests/accuracy -- --data DIR --residuals FILE`, and never by hand.\n";
  for (const auto& [band, set, residuals, log_truths] : groups) {
    absl::StrAppend(
        &text, "residuals {\n  prior: \"", band, "\"\n  silicon_class: \"", residuals.silicon_class, "\" set: \"", set,
        "\" rows: ", residuals.rows, " operators: ", residuals.operators, "\n  truth_over_estimate: [",
        absl::StrJoin(
            residuals.log_truth, ", ",
            [](std::string* out, double log_truth) { absl::StrAppendFormat(out, "%.4g", std::exp(log_truth)); }),
        "]\n}\n");
  }
  return text;
}

std::vector<BandScore> ScoreBands(const std::vector<BandGroup>& groups) {
  std::vector<BandScore> scores;
  std::map<std::string, Sums> sums;
  for (const BandGroup& group : groups) {
    if (scores.empty() || scores.back().name != group.band) scores.push_back({.name = group.band, .ends = {}});
  }
  scores.push_back({.name = kAllBands, .ends = {}});
  const std::vector<models::ResidualGroup> everything = ResidualsOf(groups, kAllBands);
  for (const BandGroup& group : groups) {
    const std::string& silicon_class = group.residuals.silicon_class;
    const auto ends = models::BandOfResiduals(ResidualsOf(groups, group.band), silicon_class);
    const auto constant = models::BandOfResiduals(everything, silicon_class);
    if (!ends.has_value()) continue;
    sums[group.band].Add(group, *ends, *constant);
    sums[kAllBands].Add(group, *ends, *constant);
  }
  for (BandScore& score : scores) {
    const std::vector<models::ResidualGroup> own = ResidualsOf(groups, score.name);
    score.ends = models::BandOfResiduals(own).value_or(models::BandEnds());
    std::set<std::string> classes;
    for (const models::ResidualGroup& group : own) {
      classes.insert(group.silicon_class);
      score.rows += group.rows;
    }
    score.classes = classes.size();
    sums[score.name].Into(score);
  }
  return scores;
}

std::string InMarkdown(const std::vector<BandScore>& scores) {
  std::string text =
      "\n## bands\n\nOf each band of 80 % what truth over estimate it reaches from and to; and of rows of one silicon "
      "class, held against what the others give, in the mean over classes and sets (those of few operators count "
      "less): % inside, upper over lower end, and interval score over that of one band for everything.\n\n"
      "| band | silicon classes | rows | from, to | inside, width, score |\n|---|---|---|---|---|\n";
  for (const BandScore& band : scores) {
    absl::StrAppendFormat(
        &text, "| %s | %d | %d | %.2f, %.2f | %s |\n", band.name, band.classes, band.rows, band.ends.low,
        band.ends.high,
        band.width > 0 ? absl::StrFormat("%.0f, %.2f, %.2f", 100 * band.held, band.width, band.score) : "–");
  }
  return text;
}

}  // namespace sandglass::accuracy
