#include "tests/accuracy/row_table.h"

#include <fstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace sandglass::accuracy {
namespace {

std::string Dims(const trace::Tensor& tensor) { return absl::StrCat("[", absl::StrJoin(tensor.dims, ","), "]"); }

// "aten::mm[4096,4096][4096,4096]"; of more than three operators how many they are.
std::string WorkText(const MeasuredRow& row) {
  if (row.work.size() > 3) return absl::StrCat(row.work.size(), " operators");
  return absl::StrJoin(row.work, " ", [](std::string* text, const trace::Signature& signature) {
    absl::StrAppend(text, signature.name);
    for (const trace::Tensor& input : signature.inputs) {
      if (input.shape_known) absl::StrAppend(text, Dims(input));
    }
  });
}

}  // namespace

absl::Status WriteRows(const std::vector<RowSet>& sets, const DeviceClasses& classes, const std::string& path) {
  std::ofstream file(path);
  file << "set\tdevice\tclass\twork\tlimit\tmeasured_s\tpredicted_s\n";
  for (const RowSet& set : sets) {
    for (const MeasuredRow& row : set.rows) {
      const auto target = classes.TargetOf(row.device, row.stack);
      const auto prediction = target.ok() ? Predict(row, *target) : target.status();
      file << absl::StrJoin(
                  {set.name, row.device, row.op_class, WorkText(row),
                   prediction.ok() ? absl::StrCat(static_cast<int>(prediction->limit)) : "",
                   absl::StrCat(row.measured.value()), prediction.ok() ? absl::StrCat(prediction->time.value()) : ""},
                  "\t")
           << "\n";
    }
  }
  file.close();
  return file ? absl::OkStatus() : absl::UnavailableError(absl::StrCat(path, ": cannot be written"));
}

}  // namespace sandglass::accuracy
