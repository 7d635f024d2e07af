// An estimate taken apart: every number that it is made of, down to the catalog's constants.
//
// The tree repeats the formulas of operator_model.h as data. It is no second model: evaluating it from its leaves gives
// the estimate, which a test checks for every class of the catalog. Pure; safe from any thread.
#ifndef SANDGLASS_ANALYZER_MODELS_EXPLANATION_H_
#define SANDGLASS_ANALYZER_MODELS_EXPLANATION_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "analyzer/models/operator_model.h"
#include "analyzer/silicon/silicon.h"

namespace sandglass::models {

// How the terms below a term make it up; the numbers are those of v1::TermOperation.
enum class TermOperation : uint8_t {
  kUnspecified = 0,
  kLeaf = 1,
  kSum = 2,
  kMax = 3,
  kProduct = 4,
  kRootSumSquare = 5,
  kRootSumCube = 6
};

struct Term {
  std::string name;
  // In `unit`.
  double value = 0;
  std::string unit;
  TermOperation operation = TermOperation::kLeaf;
  // In a product: this term divides.
  bool divides = false;
  std::vector<Term> terms;
  // The catalog's constant that a leaf is; nullopt: it is the trace's or the model's.
  std::optional<silicon::Figure> figure;
  std::string note;
};

struct Explanation {
  // Device time of one occurrence, in s.
  Term time;
  // Dynamic energy of one occurrence, in J.
  Term energy;
};

// The value that the leaves of a term give.
double Evaluate(const Term& term);

// The estimate's tree. Errors: as EstimateOperator.
absl::StatusOr<Explanation> ExplainOperator(const ops::Work& work, const silicon::OperatorSupport& support,
                                            const silicon::SiliconClass& silicon, const silicon::Stack& stack,
                                            const OperatorOptions& options);

}  // namespace sandglass::models

#endif  // SANDGLASS_ANALYZER_MODELS_EXPLANATION_H_
