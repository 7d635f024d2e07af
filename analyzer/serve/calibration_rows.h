// Measured operators as a user gives them: a table of rows, or the trace of a run.
#ifndef SANDGLASS_ANALYZER_SERVE_CALIBRATION_ROWS_H_
#define SANDGLASS_ANALYZER_SERVE_CALIBRATION_ROWS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "analyzer/models/calibration.h"
#include "analyzer/silicon/catalog.h"
#include "analyzer/trace/trace.h"

namespace sandglass::serve {

// From a CSV file with a header. Columns: silicon_class (id or alias), op ("aten::mm"), dtype ("bfloat16"), shapes of
// the inputs ("4096x4096;4096x11008"), seconds; and, where an operator needs them, attributes
// ("is_causal=true;dim=-1"). Each row is predicted by the class's first stack; operators of a millisecond and more,
// which are timed one after the other, under the power limit. Errors: NotFound; InvalidArgument, with file, line and
// how to mend it, for a row that is wrong or that the models have no answer for.
absl::StatusOr<std::vector<models::CalibrationRow>> ReadCalibrationRows(const std::string& path,
                                                                        const silicon::Catalog& catalog);

// From the operators of a run whose times on the device are known; those that the models have no answer for are left
// out. Errors: FailedPrecondition, where the trace does not say what it ran on, or has no such times.
absl::StatusOr<std::vector<models::CalibrationRow>> CalibrationRowsOf(const trace::Trace& run,
                                                                      const silicon::Catalog& catalog);

}  // namespace sandglass::serve

#endif  // SANDGLASS_ANALYZER_SERVE_CALIBRATION_ROWS_H_
