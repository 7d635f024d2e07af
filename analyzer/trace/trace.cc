#include "analyzer/trace/trace.h"

#include <optional>

namespace sandglass::trace {

std::optional<int> ElementBits(DataType dtype) {
  switch (dtype) {
    case DataType::kFloat4E2m1:
    case DataType::kInt4:
      return 4;
    // Frameworks store a truth value in a byte.
    case DataType::kBool:
    case DataType::kInt8:
    case DataType::kUint8:
    case DataType::kFloat8E4m3:
    case DataType::kFloat8E5m2:
      return 8;
    case DataType::kInt16:
    case DataType::kFloat16:
    case DataType::kBfloat16:
      return 16;
    case DataType::kInt32:
    case DataType::kFloat32:
      return 32;
    case DataType::kInt64:
    case DataType::kFloat64:
    case DataType::kComplex64:
      return 64;
    case DataType::kComplex128:
      return 128;
    case DataType::kUnspecified:
    case DataType::kOther:
      return std::nullopt;
  }
  return std::nullopt;
}

bool IsFloatingPoint(DataType dtype) {
  switch (dtype) {
    case DataType::kFloat16:
    case DataType::kBfloat16:
    case DataType::kFloat32:
    case DataType::kFloat64:
    case DataType::kComplex64:
    case DataType::kComplex128:
    case DataType::kFloat8E4m3:
    case DataType::kFloat8E5m2:
    case DataType::kFloat4E2m1:
      return true;
    case DataType::kUnspecified:
    case DataType::kBool:
    case DataType::kInt8:
    case DataType::kUint8:
    case DataType::kInt16:
    case DataType::kInt32:
    case DataType::kInt64:
    case DataType::kInt4:
    case DataType::kOther:
      return false;
  }
  return false;
}

}  // namespace sandglass::trace
