// Calibrations as messages and text protos.
//
// Pure; safe from any thread. Errors are InvalidArgument, one line: the field's path, its value, and what it must be.
#ifndef SANDGLASS_ANALYZER_REPORT_CALIBRATION_PROTOS_H_
#define SANDGLASS_ANALYZER_REPORT_CALIBRATION_PROTOS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "analyzer/models/calibration.h"
#include "proto/report.pb.h"

namespace sandglass::report {

absl::StatusOr<models::Calibration> CalibrationFromProto(const v1::Calibration& message);

// What the rows say, and how well they say it of a class that is left out; where they come from is left to the caller.
v1::Calibration CalibrationToProto(const models::Calibration& calibration,
                                   const std::vector<models::CalibrationCheck>& checks);

// From a user's text; `file` is for messages.
absl::StatusOr<v1::Calibration> ParseCalibration(const std::string& text, absl::string_view file);

}  // namespace sandglass::report

#endif  // SANDGLASS_ANALYZER_REPORT_CALIBRATION_PROTOS_H_
