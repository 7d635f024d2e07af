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
  void Add(Seconds measured, std::optional<Seconds> predicted);

  // Percentiles are those of the nearest rank, the median the middle one or the mean of the middle two.
  Score Sum() const;

 private:
  std::vector<double> relative_;
  Seconds measured_;
  Seconds off_;
  Seconds signed_off_;
  size_t unanswered_ = 0;
};

}  // namespace sandglass::accuracy

#endif  // SANDGLASS_TESTS_ACCURACY_SCORES_H_
