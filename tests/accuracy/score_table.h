// The scores of all predictors on all sets, as a table of Markdown.
#ifndef SANDGLASS_TESTS_ACCURACY_SCORE_TABLE_H_
#define SANDGLASS_TESTS_ACCURACY_SCORE_TABLE_H_

#include <map>
#include <string>
#include <vector>

#include "analyzer/models/error_prior.h"
#include "analyzer/models/estimate.h"
#include "analyzer/quantities/quantities.h"
#include "analyzer/silicon/silicon.h"
#include "tests/accuracy/predictors.h"
#include "tests/accuracy/row_sets.h"
#include "tests/accuracy/scores.h"

namespace sandglass::accuracy {

// Names of the predictors that all sets have.
inline constexpr char kModels[] = "Sandglass";
// Of whole runs: corrected by what the device that they were recorded on took.
inline constexpr char kScaled[] = "Sandglass, scaled";
inline constexpr char kRoofline[] = "datasheet roofline";

// Rows of one device and operator class; the class "all" is all of the device's.
struct ScoredGroup {
  std::string device;
  std::string op_class;
  // Of the rows that the models answer, the share within the band that the other silicon classes give; and how wide
  // that is, as its upper over its lower end, in the geometric mean.
  double in_band = 0;
  double band_width = 0;
  // Mean interval score of the bands over that of one constant band for all rows, which the other devices' rows of the
  // set give: below 1, telling rows apart was worth it.
  double band_score = 0;
  // By predictor.
  std::map<std::string, Score> scores;
};

// A row, most of whose time is of one kind of operators: it says how far the models are off there.
struct KindResidual {
  const silicon::SiliconClass* silicon = nullptr;
  models::OperatorKind kind;
  // ln(measured ÷ predicted).
  double log_truth = 0;
  Seconds predicted;
};

struct ScoredSet {
  std::string name;
  std::string about;
  // In the order of the table's columns.
  std::vector<std::string> predictors;
  std::vector<ScoredGroup> groups;
  // Of sets of times that are not of whole passes.
  std::vector<KindResidual> residuals;
  // Why rows have no answer of the models: what was said first, and how often, by device.
  std::map<std::string, std::map<std::string, size_t>> unanswered;
};

// `bands`: those of reports; each row is held against what the other silicon classes say.
ScoredSet ScoreSet(const RowSet& set, const DeviceClasses& classes, const models::ErrorPriors& bands);

// With units and what the columns mean.
std::string InMarkdown(const std::vector<ScoredSet>& sets);

}  // namespace sandglass::accuracy

#endif  // SANDGLASS_TESTS_ACCURACY_SCORE_TABLE_H_
