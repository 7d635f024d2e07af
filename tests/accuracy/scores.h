// How far predictions are from what was measured.
#ifndef SANDGLASS_TESTS_ACCURACY_SCORES_H_
#define SANDGLASS_TESTS_ACCURACY_SCORES_H_

#include <cstddef>
#include <optional>
#include <vector>

#include "analyzer/quantities/quantities.h"

namespace sandglass::accuracy {

struct Score {
  size_t answered = 0;
  // Rows that the predictor has no answer for: counted, not scored.
  size_t unanswered = 0;
  // |predicted − measured| / measured over the rows.
  double mean = 0;
  double median = 0;
  double p90 = 0;
  // Σ |predicted − measured| / Σ measured: long operators count for what they take.
  double weighted = 0;
  // Σ (predicted − measured) / Σ measured.
  double bias = 0;
};

class Scores {
 public:
  // In whatever unit; both in the same.
  void Add(double measured, std::optional<double> predicted);

  // Percentiles are those of the nearest rank, the median the middle one or the mean of the middle two.
  Score Sum() const;

 private:
  std::vector<double> relative_;
  double measured_ = 0;
  double off_ = 0;
  double signed_off_ = 0;
  size_t unanswered_ = 0;
};

// Of an interval that shall hold 80 %, all as logarithms: its width, and ten times what the truth lies outside.
double IntervalScore(double truth, double low, double high);

}  // namespace sandglass::accuracy

#endif  // SANDGLASS_TESTS_ACCURACY_SCORES_H_
