// Errors that the models may not exceed, a line each: set, device, class, mean and median in percent, tab-separated.
#ifndef SANDGLASS_TESTS_ACCURACY_LIMITS_H_
#define SANDGLASS_TESTS_ACCURACY_LIMITS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tests/accuracy/score_table.h"

namespace sandglass::accuracy {

// What of the scores is worse than the file's limits, in words; also limits whose group has no scores. Groups without a
// limit are not looked at. Errors: NotFound; DataLoss, with the line.
absl::StatusOr<std::vector<std::string>> Exceeded(const std::string& limits_file, const std::vector<ScoredSet>& sets);

}  // namespace sandglass::accuracy

#endif  // SANDGLASS_TESTS_ACCURACY_LIMITS_H_
