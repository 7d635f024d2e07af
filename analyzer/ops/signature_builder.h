// Writes signatures in tests as their schema reads: arguments in order, tensors or not.
//
//   Op("aten::addmm").In(kF32, {4}).In(kF32, {2, 3}).In(kF32, {3, 4}).Out(kF32, {2, 4})
//
// Not thread-safe.
#ifndef SANDGLASS_ANALYZER_OPS_SIGNATURE_BUILDER_H_
#define SANDGLASS_ANALYZER_OPS_SIGNATURE_BUILDER_H_

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "analyzer/trace/trace.h"

namespace sandglass::ops {

inline constexpr trace::DataType kF32 = trace::DataType::kFloat32;
inline constexpr trace::DataType kBf16 = trace::DataType::kBfloat16;
inline constexpr trace::DataType kI64 = trace::DataType::kInt64;
inline constexpr trace::DataType kBool = trace::DataType::kBool;

using Dims = std::vector<int64_t>;

class Op {
 public:
  explicit Op(std::string name) {
    signature_.kind = trace::Kind::kHostOp;
    signature_.name = std::move(name);
  }

  // The next argument is a tensor. `strides` as in trace::Tensor; a storage of 0 bytes here means: not recorded.
  Op& In(trace::DataType dtype, Dims dims, Dims strides = {}, int64_t storage_bytes = 0) {
    Push(signature_.inputs, next_++, dtype, std::move(dims), std::move(strides));
    if (storage_bytes > 0) signature_.inputs.back().storage_bytes = storage_bytes;
    return *this;
  }
  // The next argument is a tensor of which no shape was recorded.
  Op& Shapeless(trace::DataType dtype) {
    In(dtype, {});
    signature_.inputs.back().shape_known = false;
    return *this;
  }
  // The next argument is a list of tensors.
  Op& List(trace::DataType dtype, const std::vector<Dims>& list) {
    for (const Dims& dims : list) {
      Push(signature_.inputs, next_, dtype, dims, {});
      signature_.inputs.back().in_list = true;
    }
    ++next_;
    return *this;
  }
  // The next argument is None.
  Op& None() { return Value("", std::monostate()); }
  // The next argument is not a tensor.
  Op& Int(std::string name, int64_t value) { return Value(std::move(name), value); }
  Op& Real(std::string name, double value) { return Value(std::move(name), value); }
  Op& Flag(std::string name, bool value) { return Value(std::move(name), value); }
  Op& Ints(std::string name, Dims values) { return Value(std::move(name), std::move(values)); }

  // The next result.
  Op& Out(trace::DataType dtype, Dims dims) {
    Push(signature_.outputs, next_result_++, dtype, std::move(dims), {});
    signature_.outputs_recorded = true;
    return *this;
  }
  // The next result is None (a gradient that was not asked for).
  Op& NoOut() {
    ++next_result_;
    signature_.outputs_recorded = true;
    return *this;
  }

  Op& Schema(std::string schema) {
    signature_.op_schema = std::move(schema);
    return *this;
  }
  Op& Class(std::string op_class) {
    signature_.op_class = std::move(op_class);
    return *this;
  }
  Op& Kind(trace::Kind kind) {
    signature_.kind = kind;
    return *this;
  }
  Op& StatedFlop(double flop) {
    signature_.stated_flop = flop;
    return *this;
  }
  Op& StatedRead(double read) {
    signature_.stated_read_bytes = read;
    return *this;
  }
  Op& StatedBytes(double read, double written) {
    signature_.stated_read_bytes = read;
    signature_.stated_written_bytes = written;
    return *this;
  }

  // Read where a signature is wanted.
  operator const trace::Signature&() const { return signature_; }  // NOLINT(google-explicit-constructor)
  const trace::Signature& get() const { return signature_; }

 private:
  template <typename T>
  Op& Value(std::string name, T value) {
    trace::Attribute attribute;
    attribute.position = next_++;
    attribute.name = std::move(name);
    attribute.value = std::move(value);
    signature_.attributes.push_back(std::move(attribute));
    return *this;
  }
  static void Push(std::vector<trace::Tensor>& list, uint32_t position, trace::DataType dtype, Dims dims,
                   Dims strides) {
    trace::Tensor tensor;
    tensor.dtype = dtype;
    tensor.dims = std::move(dims);
    tensor.strides = std::move(strides);
    tensor.shape_known = true;
    tensor.position = position;
    list.push_back(std::move(tensor));
  }

  trace::Signature signature_;
  uint32_t next_ = 0;
  uint32_t next_result_ = 0;
};

}  // namespace sandglass::ops

#endif  // SANDGLASS_ANALYZER_OPS_SIGNATURE_BUILDER_H_
