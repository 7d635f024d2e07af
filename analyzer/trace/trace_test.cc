#include "analyzer/trace/trace.h"

#include <optional>

#include "gtest/gtest.h"

namespace sandglass::trace {
namespace {

struct TypeCase {
  DataType dtype;
  std::optional<int> bits;
  bool floating;
};

// IEEE 754 sizes; complex numbers are two of them; a truth value takes a byte in every framework here.
constexpr TypeCase kTypes[] = {
    {DataType::kUnspecified, std::nullopt, false},
    {DataType::kBool, 8, false},
    {DataType::kInt8, 8, false},
    {DataType::kUint8, 8, false},
    {DataType::kInt16, 16, false},
    {DataType::kInt32, 32, false},
    {DataType::kInt64, 64, false},
    {DataType::kFloat16, 16, true},
    {DataType::kBfloat16, 16, true},
    {DataType::kFloat32, 32, true},
    {DataType::kFloat64, 64, true},
    {DataType::kComplex64, 64, true},
    {DataType::kComplex128, 128, true},
    {DataType::kFloat8E4m3, 8, true},
    {DataType::kFloat8E5m2, 8, true},
    {DataType::kFloat4E2m1, 4, true},
    {DataType::kInt4, 4, false},
    {DataType::kOther, std::nullopt, false},
};

TEST(DataTypeTest, BitsAndKindOfEveryType) {
  for (const TypeCase& type : kTypes) {
    EXPECT_EQ(ElementBits(type.dtype), type.bits) << static_cast<int>(type.dtype);
    EXPECT_EQ(IsFloatingPoint(type.dtype), type.floating) << static_cast<int>(type.dtype);
  }
}

}  // namespace
}  // namespace sandglass::trace
