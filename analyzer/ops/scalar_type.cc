#include "analyzer/ops/scalar_type.h"

namespace sandglass::ops {

using trace::DataType;

std::optional<DataType> ScalarType(int64_t number) {
  switch (number) {
    case 0:
      return DataType::kUint8;
    case 1:
      return DataType::kInt8;
    case 2:
      return DataType::kInt16;
    case 3:
      return DataType::kInt32;
    case 4:
      return DataType::kInt64;
    case 5:
      return DataType::kFloat16;
    case 6:
      return DataType::kFloat32;
    case 7:
      return DataType::kFloat64;
    case 9:
      return DataType::kComplex64;
    case 10:
      return DataType::kComplex128;
    case 11:
      return DataType::kBool;
    case 15:
      return DataType::kBfloat16;
    case 23:
      return DataType::kFloat8E5m2;
    case 24:
      return DataType::kFloat8E4m3;
    default:
      return std::nullopt;
  }
}

}  // namespace sandglass::ops
