// Every row with what the models say of it, for a closer look: tab-separated, times in seconds.
#ifndef SANDGLASS_TESTS_ACCURACY_ROW_TABLE_H_
#define SANDGLASS_TESTS_ACCURACY_ROW_TABLE_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "tests/accuracy/predictors.h"
#include "tests/accuracy/row_sets.h"

namespace sandglass::accuracy {

// Errors: Unavailable, where the file cannot be written.
absl::Status WriteRows(const std::vector<RowSet>& sets, const DeviceClasses& classes, const std::string& path);

}  // namespace sandglass::accuracy

#endif  // SANDGLASS_TESTS_ACCURACY_ROW_TABLE_H_
