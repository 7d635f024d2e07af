#include "analyzer/replay/precision.h"

#include <gtest/gtest.h>

#include "analyzer/replay/trace_fixture.h"

namespace sandglass::replay {
namespace {

using ops::OpClass;
using ::sandglass::testing::MakeTensor;
using trace::DataType;

trace::Signature Signature(DataType dtype) {
  trace::Signature signature;
  signature.name = "aten::mm";
  signature.inputs = {MakeTensor({4, 4}, dtype), MakeTensor({4}, DataType::kInt64)};
  signature.inputs[0].storage_bytes = 64;
  signature.outputs = {MakeTensor({4, 4}, dtype)};
  return signature;
}

struct Case {
  Precision precision;
  OpClass op_class;
  DataType from;
  DataType input;
  DataType output;
};

TEST(PrecisionTest, Table) {
  const Case cases[] = {
      {Precision::kSource, OpClass::kGemm, DataType::kFloat32, DataType::kFloat32, DataType::kFloat32},
      {Precision::kTf32, OpClass::kGemm, DataType::kFloat32, DataType::kFloat32, DataType::kFloat32},
      {Precision::kBf16, OpClass::kGemm, DataType::kFloat32, DataType::kBfloat16, DataType::kBfloat16},
      {Precision::kBf16, OpClass::kElementwise, DataType::kFloat64, DataType::kBfloat16, DataType::kBfloat16},
      {Precision::kBf16, OpClass::kElementwise, DataType::kFloat16, DataType::kFloat16, DataType::kFloat16},
      {Precision::kBf16, OpClass::kOptimizerUpdate, DataType::kFloat32, DataType::kFloat32, DataType::kFloat32},
      {Precision::kFp8, OpClass::kGemm, DataType::kFloat32, DataType::kFloat8E4m3, DataType::kBfloat16},
      {Precision::kFp8, OpClass::kGemm, DataType::kFloat16, DataType::kFloat8E4m3, DataType::kBfloat16},
      {Precision::kFp8, OpClass::kSoftmax, DataType::kFloat32, DataType::kBfloat16, DataType::kBfloat16},
      {Precision::kBf16, OpClass::kMdPairs, DataType::kFloat32, DataType::kFloat32, DataType::kFloat32},
  };
  for (const Case& c : cases) {
    const trace::Signature result = ApplyPrecision(Signature(c.from), c.op_class, c.precision);
    EXPECT_EQ(result.inputs[0].dtype, c.input);
    EXPECT_EQ(result.outputs[0].dtype, c.output);
    EXPECT_EQ(result.inputs[1].dtype, DataType::kInt64) << "indices are not numbers to be rounded";
    EXPECT_EQ(result.inputs[0].storage_bytes.has_value(), c.input == c.from) << "a stale size must not survive";
  }
}

}  // namespace
}  // namespace sandglass::replay
