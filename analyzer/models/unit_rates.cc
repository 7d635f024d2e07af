#include "analyzer/models/unit_rates.h"

#include <array>
#include <variant>

namespace sandglass::models {
namespace {

using silicon::ComputeRate;
using silicon::Format;
using silicon::SiliconClass;
using trace::DataType;

// What peaks count for an instruction of a lane.
constexpr double kFlopOfMultiplyAdd = 2;

// In which to look for a rate for operands of a type, best first; kUnspecified: no more.
using Formats = std::array<Format, 3>;

Formats MatrixFormats(DataType dtype, bool allow_tf32) {
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
    case DataType::kFloat4E2m1:
      return {Format::kFp4, Format::kFp8, Format::kBf16};
    case DataType::kInt8:
    case DataType::kUint8:
      return {Format::kInt8};
    default:
      return {};
  }
}

Formats VectorFormats(DataType dtype) {
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

// GPUs' kernels compute elements of halves in FP32, whatever their lanes could do in pairs: frameworks define them so.
Formats ElementFormats(const SiliconClass& silicon, DataType dtype) {
  const bool halves = dtype == DataType::kFloat16 || dtype == DataType::kBfloat16;
  return VectorFormats(halves && std::holds_alternative<silicon::GpuCores>(silicon.chip) ? DataType::kFloat32 : dtype);
}

const ComputeRate* FirstRate(const SiliconClass& silicon, const Formats& formats,
                             const ComputeRate* (SiliconClass::*rate)(Format) const) {
  for (const Format format : formats) {
    if (format == Format::kUnspecified) break;
    if (const ComputeRate* found = (silicon.*rate)(format)) return found;
  }
  return nullptr;
}

// Of operands as they are loaded; those of TF32 are FP32's. 0: not known.
double ElementBytes(Format format) {
  switch (format) {
    case Format::kFp64:
      return 8;
    case Format::kFp32:
    case Format::kTf32:
      return 4;
    case Format::kFp16:
    case Format::kBf16:
      return 2;
    case Format::kFp8:
    case Format::kInt8:
      return 1;
    case Format::kFp4:
      return 0.5;
    default:
      return 0;
  }
}

}  // namespace

Rates RatesFor(const ops::Work& work, const SiliconClass& silicon, bool allow_tf32) {
  Rates rates;
  if (work.matrix.value() > 0) {
    rates.matrix = FirstRate(silicon, MatrixFormats(work.matrix_dtype, allow_tf32), &SiliconClass::MatrixRate);
    if (rates.matrix == nullptr) {
      rates.moved = FirstRate(silicon, VectorFormats(work.matrix_dtype), &SiliconClass::VectorRate);
    }
  }
  if (work.vector.value() > 0) {
    rates.vector = FirstRate(silicon, ElementFormats(silicon, work.vector_dtype), &SiliconClass::VectorRate);
  }
  return rates;
}

UnitSpeed SpeedOf(const silicon::ComputeRate& rate, const std::optional<silicon::Figure>& efficiency,
                  const silicon::Stack& stack) {
  return {.rate = FlopPerSecond::Of(rate.flop_per_s.value),
          .efficiency = efficiency.has_value() ? efficiency->value : 1,
          .kernel_floor = Seconds::Of(stack.operator_floor_s.value)};
}

UnitSpeed MatrixSpeedOf(const silicon::ComputeRate& rate, const silicon::SiliconClass& silicon,
                        const silicon::Stack& stack) {
  UnitSpeed speed = SpeedOf(rate, silicon.matrix_efficiency, stack);
  const silicon::ComputeRate* halves = silicon.MatrixRate(silicon::Format::kBf16);
  if (halves == nullptr) halves = silicon.MatrixRate(silicon::Format::kFp16);
  if (halves != nullptr) speed.halves = FlopPerSecond::Of(halves->flop_per_s.value) * speed.efficiency;
  speed.element_bytes = ElementBytes(rate.format);
  return speed;
}

Flop VectorWork(const ops::Work& work, const SiliconClass& silicon) {
  return std::holds_alternative<silicon::GpuCores>(silicon.chip) ? work.vector + work.reread.vector : work.vector;
}

Flop LaneWork(const ops::Work& work, const SiliconClass& silicon) {
  const Flop vector = VectorWork(work, silicon);
  if (!std::holds_alternative<silicon::GpuCores>(silicon.chip)) return vector;
  switch (work.op_class) {
    case ops::OpClass::kElementwise:
    case ops::OpClass::kReduction:
    case ops::OpClass::kNormalization:
    case ops::OpClass::kSoftmax:
      return kFlopOfMultiplyAdd * vector;
    case ops::OpClass::kGemm:
    case ops::OpClass::kBatchedGemm:
    case ops::OpClass::kConvolution:
      // What is done to a product's result; a convolution without one is made of multiply-adds.
      return work.matrix.value() > 0 ? kFlopOfMultiplyAdd * vector : vector;
    default:
      return vector;
  }
}

}  // namespace sandglass::models
