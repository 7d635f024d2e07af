// What the residuals of all sets say of the error bands: as the file that the analyzer embeds, and how far they hold.
#ifndef SANDGLASS_TESTS_ACCURACY_BANDS_H_
#define SANDGLASS_TESTS_ACCURACY_BANDS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "analyzer/models/error_prior.h"
#include "analyzer/models/residual_band.h"
#include "tests/accuracy/score_table.h"

namespace sandglass::accuracy {

// Residuals of one set on one silicon class that one band is for.
struct BandGroup {
  std::string band;
  std::string set;
  models::ResidualGroup residuals;
  // ln(measured ÷ predicted) of each row, ascending.
  std::vector<double> log_truths;
};

// By band in the order of `priors`, silicon class and set.
std::vector<BandGroup> GroupsOf(const std::vector<ScoredSet>& sets, const models::ErrorPriors& priors);

// The groups as a text proto of v1::MeasuredErrors.
std::string ResidualsText(const std::vector<BandGroup>& groups);

struct BandScore {
  std::string name;
  uint64_t classes = 0;
  uint64_t rows = 0;
  // From all silicon classes.
  models::BandEnds ends;
  // In the mean over groups by their weights, each against what the other silicon classes give: the share of rows
  // inside; the upper over the lower end, in the geometric mean; and the interval score over that of one band that all
  // other classes' residuals give. Zero, where there is one class.
  double held = 0;
  double width = 0;
  double score = 0;
};

// Of each band, and last of all together, which is called "all".
std::vector<BandScore> ScoreBands(const std::vector<BandGroup>& groups);

// With what the columns mean.
std::string InMarkdown(const std::vector<BandScore>& scores);

}  // namespace sandglass::accuracy

#endif  // SANDGLASS_TESTS_ACCURACY_BANDS_H_
