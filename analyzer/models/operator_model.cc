#include "analyzer/models/operator_model.h"

#include <algorithm>
#include <array>
#include <string>
#include <type_traits>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "analyzer/models/matrix_time.h"

namespace sandglass::models {
namespace {

using silicon::ComputeRate;
using silicon::Figure;
using silicon::Format;
using silicon::SiliconClass;
using silicon::Stack;
using silicon::Support;
using trace::DataType;

// Elements read and written by one vector operation of a loop that runs primitive by primitive, and their size.
constexpr double kElementsPerLoopOperation = 3;
constexpr double kLoopElementBytes = 4;

std::vector<Format> VectorFormats(DataType dtype) {
  switch (dtype) {
    case DataType::kFloat64:
    case DataType::kComplex128:
      return {Format::kFp64};
    case DataType::kFloat16:
      return {Format::kFp16, Format::kFp32};
    case DataType::kBfloat16:
      return {Format::kBf16, Format::kFp32};
    default:
      // Integers, booleans and narrow floats pass through the FP32 lanes.
      return {Format::kFp32};
  }
}

const ComputeRate* FirstRate(const SiliconClass& silicon, const std::vector<Format>& formats,
                             const ComputeRate* (SiliconClass::*rate)(Format) const) {
  for (const Format format : formats) {
    if (const ComputeRate* found = (silicon.*rate)(format)) return found;
  }
  return nullptr;
}

double ValueOr(const std::optional<Figure>& figure, double otherwise) {
  return figure.has_value() ? figure->value : otherwise;
}

Seconds PaddedMatrixTime(const ops::Work& work, const SiliconClass& silicon, const ComputeRate& rate) {
  const auto peak = FlopPerSecond::Of(rate.flop_per_s.value);
  const double efficiency = ValueOr(silicon.matrix_efficiency, 1);
  if (!work.problem.has_value()) return work.matrix / (peak * efficiency);
  return std::visit(
      [&](const auto& chip) -> Seconds {
        if constexpr (std::is_same_v<std::decay_t<decltype(chip)>, silicon::MdMachine>) {
          return Seconds();
        } else {
          return MatrixTime(chip, *work.problem, peak, efficiency);
        }
      },
      silicon.chip);
}

absl::Status NoFormat(const ops::Work& work, const SiliconClass& silicon, absl::string_view unit) {
  return absl::UnimplementedError(absl::StrCat(ops::OpClassName(work.op_class), ": ", silicon.id, " has no ", unit,
                                               " rate for its element type; try another --precision"));
}

// Fills the matrix terms, or moves the work to the vector units.
absl::Status AddMatrix(const ops::Work& work, const SiliconClass& silicon, const OperatorOptions& options,
                       OperatorEstimate& estimate) {
  if (work.matrix.value() <= 0) return absl::OkStatus();
  const ComputeRate* rate =
      FirstRate(silicon, MatrixFormats(work.matrix_dtype, options.allow_tf32), &SiliconClass::MatrixRate);
  if (rate != nullptr) {
    estimate.matrix = PaddedMatrixTime(work, silicon, *rate) / options.devices;
    estimate.matrix_energy = work.matrix * JoulesPerFlop::Of(rate->joule_per_flop.value);
    estimate.matrix_format = rate->format;
    return absl::OkStatus();
  }
  rate = FirstRate(silicon, VectorFormats(work.matrix_dtype), &SiliconClass::VectorRate);
  if (rate == nullptr) return NoFormat(work, silicon, "matrix or vector");
  const auto peak = FlopPerSecond::Of(rate->flop_per_s.value) * ValueOr(silicon.vector_efficiency, 1);
  estimate.vector += work.matrix / peak / options.devices;
  estimate.vector_energy += work.matrix * JoulesPerFlop::Of(rate->joule_per_flop.value);
  estimate.vector_format = rate->format;
  return absl::OkStatus();
}

absl::Status AddVector(const ops::Work& work, const SiliconClass& silicon, const OperatorOptions& options,
                       OperatorEstimate& estimate) {
  if (work.vector.value() <= 0) return absl::OkStatus();
  const ComputeRate* rate = FirstRate(silicon, VectorFormats(work.vector_dtype), &SiliconClass::VectorRate);
  if (rate == nullptr) return NoFormat(work, silicon, "vector");
  const auto peak = FlopPerSecond::Of(rate->flop_per_s.value) * ValueOr(silicon.vector_efficiency, 1);
  estimate.vector += work.vector / peak / options.devices;
  estimate.vector_energy += work.vector * JoulesPerFlop::Of(rate->joule_per_flop.value);
  if (estimate.vector_format == Format::kUnspecified) estimate.vector_format = rate->format;
  return absl::OkStatus();
}

// Bytes that a loop moves when it runs primitive by primitive.
Bytes DecomposedTraffic(const ops::Work& work, const silicon::Memory& memory) {
  const double operations = work.vector.value();
  const double state = operations / static_cast<double>(work.loop->steps) / std::max(1, work.loop->operators_per_step) *
                       kLoopElementBytes;
  const double on_chip = memory.on_chip_bytes.has_value() ? memory.on_chip_bytes->value : 0;
  if (state <= on_chip) return Bytes();
  return Bytes::Of(operations * kElementsPerLoopOperation * kLoopElementBytes);
}

void AddMemory(const ops::Work& work, const SiliconClass& silicon, const OperatorOptions& options, bool decomposed,
               OperatorEstimate& estimate) {
  if (!silicon.memory.has_value()) return;
  const silicon::Memory& memory = *silicon.memory;
  Bytes traffic = work.read + work.written;
  if (decomposed) traffic = std::max(traffic, DecomposedTraffic(work, memory));
  const auto bandwidth = BytesPerSecond::Of(memory.bandwidth_bytes_per_s.value) * memory.efficiency.value;
  estimate.memory = traffic / bandwidth / options.devices;
  estimate.memory_energy = traffic * JoulesPerByte::Of(memory.joule_per_byte.value);
}

void Combine(OperatorEstimate& estimate) {
  const std::array<std::pair<Seconds, Limit>, 5> terms = {{{estimate.matrix, Limit::kMatrix},
                                                           {estimate.memory, Limit::kMemory},
                                                           {estimate.vector, Limit::kVector},
                                                           {estimate.serial, Limit::kSerial},
                                                           {estimate.floor, Limit::kLaunch}}};
  estimate.limit = std::max_element(terms.begin(), terms.end(), [](const auto& a, const auto& b) {
                     return a.first < b.first;
                   })->second;
  estimate.device = estimate.floor + std::max({estimate.matrix, estimate.vector, estimate.memory}) + estimate.serial;
}

absl::Status RequireModel(const ops::Work& work, const SiliconClass& silicon, const Stack& stack, Support support) {
  switch (support) {
    case Support::kNative:
    case Support::kDecomposed:
    case Support::kEmulated:
      return absl::OkStatus();
    case Support::kUnsupported:
      return absl::UnimplementedError(
          absl::StrCat(ops::OpClassName(work.op_class), " does not run on ", silicon.id, " with ", stack.name));
    case Support::kHostFallback:
      return absl::FailedPreconditionError(absl::StrCat(ops::OpClassName(work.op_class), " runs on the host of ",
                                                        silicon.id, " with ", stack.name, ", which no model covers"));
    default:
      return absl::FailedPreconditionError(absl::StrCat("nothing is known of ", ops::OpClassName(work.op_class), " on ",
                                                        silicon.id, " with ", stack.name));
  }
}

}  // namespace

std::vector<Format> MatrixFormats(DataType dtype, bool allow_tf32) {
  switch (dtype) {
    case DataType::kFloat64:
      return {Format::kFp64};
    case DataType::kFloat32:
      if (allow_tf32) return {Format::kTf32, Format::kFp32};
      return {Format::kFp32};
    case DataType::kFloat16:
      return {Format::kFp16, Format::kBf16};
    case DataType::kBfloat16:
      return {Format::kBf16};
    case DataType::kFloat8E4m3:
    case DataType::kFloat8E5m2:
      // A chip without FP8 computes the same product in BF16.
      return {Format::kFp8, Format::kBf16};
    case DataType::kInt8:
    case DataType::kUint8:
      return {Format::kInt8};
    default:
      return {};
  }
}

absl::StatusOr<OperatorEstimate> EstimateOperator(const ops::Work& work, const SiliconClass& silicon,
                                                  const Stack& stack, const OperatorOptions& options) {
  OperatorEstimate estimate;
  estimate.support = stack.SupportFor(work.op_class).support;
  if (absl::Status status = RequireModel(work, silicon, stack, estimate.support); !status.ok()) return status;
  const bool decomposed = estimate.support == Support::kDecomposed && work.loop.has_value();

  ops::Work placed = work;
  if (estimate.support == Support::kEmulated) {
    placed.vector += placed.matrix;
    placed.matrix = Flop();
  }
  if (absl::Status status = AddMatrix(placed, silicon, options, estimate); !status.ok()) return status;
  if (absl::Status status = AddVector(placed, silicon, options, estimate); !status.ok()) return status;
  AddMemory(placed, silicon, options, decomposed, estimate);
  const auto floor = Seconds::Of(stack.operator_floor_s.value);
  estimate.floor = floor * std::max(1, work.kernels);
  if (decomposed) {
    estimate.serial = static_cast<double>(work.loop->steps) *
                      (work.loop->operators_per_step * floor + Seconds::Of(stack.loop_turn_s.value));
  }
  Combine(estimate);
  return estimate;
}

}  // namespace sandglass::models
