#include "analyzer/serve/calibration_rows.h"

#include <exception>
#include <filesystem>
#include <optional>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "analyzer/models/operator_model.h"
#include "analyzer/models/power.h"
#include "analyzer/ops/op_class.h"
#include "analyzer/ops/work.h"
#include "analyzer/replay/class_replay.h"
#include "analyzer/replay/source_correction.h"
#include "analyzer/silicon/support.h"
#include "libfccp/csv.h"

namespace sandglass::serve {
namespace {

using models::CalibrationRow;
using trace::DataType;

constexpr unsigned kColumns = 6;
// From here on a loop of one operator heats the chip up to its power limit.
constexpr auto kSteady = Seconds::Of(1e-3);

struct Row {
  std::string silicon_class, op, dtype, shapes, attributes;
  double seconds = 0;
};

const absl::flat_hash_map<std::string, DataType>& DataTypes() {
  static const auto* const types = new absl::flat_hash_map<std::string, DataType>{
      {"float64", DataType::kFloat64},
      {"float32", DataType::kFloat32},
      {"float16", DataType::kFloat16},
      {"bfloat16", DataType::kBfloat16},
      {"float8_e4m3", DataType::kFloat8E4m3},
      {"float8_e5m2", DataType::kFloat8E5m2},
      {"float4_e2m1", DataType::kFloat4E2m1},
      {"int8", DataType::kInt8},
      {"int32", DataType::kInt32},
      {"int64", DataType::kInt64},
  };
  return *types;
}

// "4096x4096;8" as two tensors; nullopt: no list of sizes.
std::optional<std::vector<std::vector<int64_t>>> ShapesOf(absl::string_view text) {
  std::vector<std::vector<int64_t>> shapes;
  for (const absl::string_view one : absl::StrSplit(text, ';')) {
    std::vector<int64_t>& dims = shapes.emplace_back();
    for (const absl::string_view size : absl::StrSplit(one, 'x')) {
      int64_t& dim = dims.emplace_back();
      if (!absl::SimpleAtoi(size, &dim) || dim < 0) return std::nullopt;
    }
  }
  return shapes;
}

// "is_causal=true": a truth value, a whole number or another.
absl::StatusOr<trace::Attribute> AttributeOf(absl::string_view text, uint32_t position) {
  const std::pair<std::string, std::string> parts = absl::StrSplit(text, absl::MaxSplits('=', 1));
  trace::Attribute attribute;
  attribute.position = position;
  attribute.name = parts.first;
  int64_t whole = 0;
  double real = 0;
  if (parts.second == "true" || parts.second == "false") {
    attribute.value = parts.second == "true";
  } else if (absl::SimpleAtoi(parts.second, &whole)) {
    attribute.value = whole;
  } else if (absl::SimpleAtod(parts.second, &real)) {
    attribute.value = real;
  } else {
    return absl::InvalidArgumentError(
        absl::StrCat("attributes has \"", text, "\": it must be NAME=VALUE, a number, true or false"));
  }
  return attribute;
}

absl::StatusOr<trace::Signature> SignatureOf(const Row& row) {
  trace::Signature signature;
  signature.kind = trace::Kind::kHostOp;
  signature.name = row.op;
  const auto dtype = DataTypes().find(row.dtype);
  if (dtype == DataTypes().end()) {
    return absl::InvalidArgumentError(
        absl::StrCat("dtype is \"", row.dtype, "\": it must be float32, bfloat16, float16, float8_e4m3 or the like"));
  }
  const auto shapes = ShapesOf(row.shapes);
  if (!shapes.has_value()) {
    return absl::InvalidArgumentError(
        absl::StrCat("shapes is \"", row.shapes, "\": it must be sizes such as 4096x4096;4096x11008"));
  }
  uint32_t position = 0;
  for (const std::vector<int64_t>& dims : *shapes) {
    trace::Tensor& tensor = signature.inputs.emplace_back();
    tensor.dtype = dtype->second;
    tensor.dims = dims;
    tensor.shape_known = true;
    tensor.position = position++;
  }
  for (const absl::string_view text : absl::StrSplit(row.attributes, ';', absl::SkipEmpty())) {
    absl::StatusOr<trace::Attribute> attribute = AttributeOf(text, position++);
    if (!attribute.ok()) return attribute.status();
    signature.attributes.push_back(*std::move(attribute));
  }
  return signature;
}

// `steady`: measured again and again, so that the power limit is felt.
absl::StatusOr<CalibrationRow> Predicted(const ops::Work& work, const silicon::OperatorSupport& support,
                                         const silicon::Target& target, Seconds measured, bool steady) {
  const auto estimate = models::EstimateOperator(work, support, *target.silicon, *target.stack,
                                                 {.allow_tf32 = false, .devices = 1, .host = target.host});
  if (!estimate.ok()) return estimate.status();
  const models::WindowEnergy energy = {.core = estimate->matrix_energy + estimate->vector_energy,
                                       .memory = estimate->memory_energy};
  const auto time_at = [&estimate](double clock) { return models::DeviceAt(*estimate, clock); };
  const Seconds predicted =
      steady ? models::SolvePower(target.silicon->power, time_at, energy, 1).wall : estimate->device;
  const double ratio = measured / predicted;
  if (!(ratio > 1 / models::kMostCalibrationRatio && ratio < models::kMostCalibrationRatio)) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "%g s were measured and %g s are modelled: check unit, shapes and class", measured.value(), predicted.value()));
  }
  return CalibrationRow{.device = target.silicon->id,
                        .key = models::KeyOf(target.silicon->chip, work.op_class, *estimate),
                        .measured = measured,
                        .predicted = predicted};
}

absl::StatusOr<CalibrationRow> CalibrationRowOf(const Row& row, const silicon::Catalog& catalog) {
  if (!(row.seconds > 0)) {
    return absl::InvalidArgumentError(absl::StrCat("seconds is ", row.seconds, ": it must be above 0"));
  }
  const auto silicon = catalog.Find(row.silicon_class);
  if (!silicon.ok()) return silicon.status();
  const absl::StatusOr<trace::Signature> signature = SignatureOf(row);
  if (!signature.ok()) return signature.status();
  if (ops::Classify(*signature).role != ops::Role::kWork) {
    return absl::InvalidArgumentError(
        absl::StrCat("op is \"", row.op, "\": it must be an operator whose work is known, such as aten::mm"));
  }
  const absl::StatusOr<ops::Work> work = ops::WorkOf(*signature);
  if (!work.ok()) return work.status();
  const silicon::Target target = catalog.TargetFor(**silicon, "");
  return Predicted(*work, silicon::SupportOf(*target.stack, *signature, work->op_class), target,
                   Seconds::Of(row.seconds), Seconds::Of(row.seconds) >= kSteady);
}

}  // namespace

absl::StatusOr<std::vector<CalibrationRow>> ReadCalibrationRows(const std::string& path,
                                                                const silicon::Catalog& catalog) {
  std::error_code failed;
  if (!std::filesystem::is_regular_file(path, failed)) {
    return absl::NotFoundError(absl::StrCat(path, ": is no file that can be read"));
  }
  std::vector<CalibrationRow> rows;
  try {
    io::CSVReader<kColumns, io::trim_chars<' ', '\t'>, io::double_quote_escape<',', '"'>> file(path);
    file.read_header(io::ignore_extra_column | io::ignore_missing_column, "silicon_class", "op", "dtype", "shapes",
                     "seconds", "attributes");
    for (const char* column : {"silicon_class", "op", "dtype", "shapes", "seconds"}) {
      if (file.has_column(column)) continue;
      return absl::InvalidArgumentError(absl::StrCat(path, ": its header lacks the column ", column,
                                                     ": it must have silicon_class,op,dtype,shapes,seconds"));
    }
    Row row;
    while (file.read_row(row.silicon_class, row.op, row.dtype, row.shapes, row.seconds, row.attributes)) {
      absl::StatusOr<CalibrationRow> read = CalibrationRowOf(row, catalog);
      if (!read.ok()) {
        return absl::InvalidArgumentError(
            absl::StrCat(path, " line ", file.get_file_line(), ": ", read.status().message()));
      }
      rows.push_back(*std::move(read));
    }
  } catch (const std::exception& error) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": ", error.what()));
  }
  if (rows.empty()) return absl::InvalidArgumentError(absl::StrCat(path, ": has no rows below its header"));
  return rows;
}

absl::StatusOr<std::vector<CalibrationRow>> CalibrationRowsOf(const trace::Trace& run,
                                                              const silicon::Catalog& catalog) {
  const absl::StatusOr<silicon::Target> target = replay::SourceOf(run, catalog);
  if (!target.ok()) {
    return absl::FailedPreconditionError(
        absl::StrCat(run.name, ": ", target.status().message(), ": give --device CLASS"));
  }
  const replay::PreparedTrace prepared = replay::Prepare(run, replay::Precision::kSource);
  const replay::WorkList& list = prepared.work;
  std::vector<CalibrationRow> rows;
  for (size_t i = 0; list.of_device && i < list.costed.size(); ++i) {
    const trace::Operator& op = run.operators[list.costed[i]];
    const std::optional<Seconds> measured = list.measured[i];
    if (!measured.has_value() || *measured <= Seconds()) continue;
    const absl::StatusOr<CalibrationRow> row =
        Predicted(*list.work[op.signature], replay::SupportOn(prepared, *target, op.signature), *target,
                  *measured / static_cast<double>(op.occurrences), false);
    if (row.ok()) rows.push_back(*row);
  }
  if (rows.empty()) {
    return absl::FailedPreconditionError(
        absl::StrCat(run.name, ": has no operator whose time on the device was measured"));
  }
  return rows;
}

}  // namespace sandglass::serve
