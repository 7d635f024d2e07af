#include "tests/accuracy/scores.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace sandglass::accuracy {

void Scores::Add(double measured, std::optional<double> predicted) {
  if (!predicted.has_value()) {
    ++unanswered_;
    return;
  }
  const double off = *predicted - measured;
  relative_.push_back(std::fabs(off / measured));
  measured_ += measured;
  signed_off_ += off;
  off_ += std::fabs(off);
}

Score Scores::Sum() const {
  Score score = {.answered = relative_.size(), .unanswered = unanswered_};
  if (relative_.empty()) return score;
  std::vector<double> sorted = relative_;
  std::sort(sorted.begin(), sorted.end());
  const size_t count = sorted.size();
  score.mean = std::accumulate(sorted.begin(), sorted.end(), 0.0) / static_cast<double>(count);
  score.median = (sorted[(count - 1) / 2] + sorted[count / 2]) / 2;
  score.p90 = sorted[static_cast<size_t>(std::ceil(0.9 * static_cast<double>(count))) - 1];
  score.weighted = off_ / measured_;
  score.bias = signed_off_ / measured_;
  return score;
}

double IntervalScore(double truth, double low, double high) {
  return high - low + 10 * (std::max(0.0, low - truth) + std::max(0.0, truth - high));
}

}  // namespace sandglass::accuracy
