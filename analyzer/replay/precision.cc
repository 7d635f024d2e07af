#include "analyzer/replay/precision.h"

namespace sandglass::replay {
namespace {

using ops::OpClass;
using trace::DataType;

DataType OperandType(DataType dtype, Precision precision) {
  const DataType stored = StorageType(dtype, precision);
  return precision == Precision::kFp8 && stored == DataType::kBfloat16 ? DataType::kFloat8E4m3 : stored;
}

}  // namespace

DataType StorageType(DataType dtype, Precision precision) {
  if (precision != Precision::kBf16 && precision != Precision::kFp8) return dtype;
  const bool wide = dtype == DataType::kFloat32 || dtype == DataType::kFloat64;
  const bool half = dtype == DataType::kFloat16;
  // FP16 becomes BF16 only on the way to FP8 operands, so that one rule covers both halves.
  return wide || (half && precision == Precision::kFp8) ? DataType::kBfloat16 : dtype;
}

trace::Signature ApplyPrecision(const trace::Signature& signature, OpClass op_class, Precision precision) {
  trace::Signature result = signature;
  if (op_class == OpClass::kOptimizerUpdate || ops::IsMolecularDynamics(op_class)) return result;
  const bool product = ops::IsMatrixProduct(op_class);
  for (trace::Tensor& tensor : result.inputs) {
    const DataType dtype = product ? OperandType(tensor.dtype, precision) : StorageType(tensor.dtype, precision);
    if (dtype == tensor.dtype) continue;
    tensor.dtype = dtype;
    // The size of the storage behind it was that of the old element type.
    tensor.storage_bytes.reset();
  }
  for (trace::Tensor& tensor : result.outputs) {
    const DataType dtype = StorageType(tensor.dtype, precision);
    if (dtype == tensor.dtype) continue;
    tensor.dtype = dtype;
    tensor.storage_bytes.reset();
  }
  return result;
}

}  // namespace sandglass::replay
