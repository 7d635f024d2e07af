#include "analyzer/report/calibration_protos.h"

#include <optional>

#include "absl/strings/str_cat.h"
#include "analyzer/models/error_prior.h"
#include "analyzer/ops/op_class.h"
#include "proto/text_proto.h"

namespace sandglass::report {

absl::StatusOr<models::Calibration> CalibrationFromProto(const v1::Calibration& message) {
  models::Calibration calibration;
  for (int i = 0; i < message.entries_size(); ++i) {
    const v1::CalibrationEntry& entry = message.entries(i);
    const auto bad = [i](absl::string_view field, absl::string_view value, absl::string_view must) {
      return absl::InvalidArgumentError(
          absl::StrCat("calibration.entries[", i, "].", field, " is \"", value, "\": it must be ", must));
    };
    const std::optional<ops::OpClass> op_class = ops::OpClassFromName(entry.op_class());
    if (!op_class.has_value()) return bad("op_class", entry.op_class(), "a class of operators, such as gemm");
    if (!models::IsChipKind(entry.chip())) {
      return bad("chip", entry.chip(), "a kind of chip, such as gpu");
    }
    if (!(entry.ratio() > 1 / models::kMostCalibrationRatio && entry.ratio() < models::kMostCalibrationRatio)) {
      return bad("ratio", absl::StrCat(entry.ratio()), "from 0.001 to 1000");
    }
    if (entry.rows() == 0) return bad("rows", "0", "1 or more");
    if (entry.silicon_class().empty()) return bad("silicon_class", "", "the id of a class");
    if (!v1::Limit_IsValid(entry.limit())) return bad("limit", absl::StrCat(entry.limit()), "one that is known");
    if (!v1::ComputeFormat_IsValid(entry.matrix_format())) {
      return bad("matrix_format", absl::StrCat(entry.matrix_format()), "one that is known");
    }
    const bool added = calibration.Add({.chip = entry.chip(),
                                        .kind = {.op_class = *op_class,
                                                 .matrix_format = static_cast<silicon::Format>(entry.matrix_format()),
                                                 .limit = static_cast<models::Limit>(entry.limit())}},
                                       entry.silicon_class(), {.ratio = entry.ratio(), .rows = entry.rows()});
    if (!added) return bad("silicon_class", entry.silicon_class(), "stated once in its group");
  }
  return calibration;
}

v1::Calibration CalibrationToProto(const models::Calibration& calibration,
                                   const std::vector<models::CalibrationCheck>& checks) {
  v1::Calibration message;
  for (const auto& [key, group] : calibration.groups()) {
    for (const auto& [device, entry] : group.devices) {
      v1::CalibrationEntry& added = *message.add_entries();
      added.set_chip(key.chip);
      added.set_op_class(std::string(ops::OpClassName(key.kind.op_class)));
      added.set_matrix_format(static_cast<v1::ComputeFormat>(key.kind.matrix_format));
      added.set_limit(static_cast<v1::Limit>(key.kind.limit));
      added.set_silicon_class(device);
      added.set_ratio(entry.ratio);
      added.set_rows(entry.rows);
    }
  }
  for (const models::CalibrationCheck& check : checks) {
    v1::CalibrationCheck& added = *message.add_checks();
    added.set_silicon_class(check.device);
    added.set_rows(check.rows);
    added.set_error_before(check.error_before);
    added.set_error_after(check.error_after);
  }
  return message;
}

absl::StatusOr<v1::Calibration> ParseCalibration(const std::string& text, absl::string_view file) {
  v1::Calibration message;
  if (absl::Status status = ParseTextProto(file, text, message); !status.ok()) return status;
  if (message.entries().empty()) {
    return absl::InvalidArgumentError(absl::StrCat(file, ": has no entries: make one by `sandglass calibrate`"));
  }
  const absl::StatusOr<models::Calibration> read = CalibrationFromProto(message);
  if (!read.ok()) return absl::InvalidArgumentError(absl::StrCat(file, ": ", read.status().message()));
  return message;
}

}  // namespace sandglass::report
