// The sets of published measurements that a folder holds, as rows.
//
// A folder is laid out as the shared data is: neusight/, aiconfigurator/<system>/, … Sets that it lacks are left out.
#ifndef SANDGLASS_TESTS_ACCURACY_ROW_SETS_H_
#define SANDGLASS_TESTS_ACCURACY_ROW_SETS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tests/accuracy/measured_row.h"

namespace sandglass::accuracy {

struct RowSet {
  std::string name;
  // What was measured, by which stack, and which rows are left out.
  std::string about;
  // Names of those whose predictions the rows bear.
  std::vector<std::string> published;
  std::vector<MeasuredRow> rows;
};

// Errors: DataLoss, with the file and the line, where one cannot be read; NotFound, where there is no set at all.
absl::StatusOr<std::vector<RowSet>> ReadRowSets(const std::string& folder);

// Transformers in FP32 in eager PyTorch, and what four predictors said: operators of one layer forward, the same
// backward, and whole steps.
absl::StatusOr<std::vector<RowSet>> ReadNeusight(const std::string& folder);
// Products of serving stacks: of each system and precision the newest vLLM table.
absl::StatusOr<RowSet> ReadServingProducts(const std::string& folder);
// Collectives of NCCL among 2 to 8 devices of one machine, of halves.
absl::StatusOr<RowSet> ReadCollectives(const std::string& folder);
// Attention of serving stacks in BF16, without windows: prefill ("context") and decoding ("generation").
absl::StatusOr<RowSet> ReadServingAttention(const std::string& folder);

}  // namespace sandglass::accuracy

#endif  // SANDGLASS_TESTS_ACCURACY_ROW_SETS_H_
