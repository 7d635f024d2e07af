// Small traces put together by hand, for tests.
#ifndef SANDGLASS_ANALYZER_REPLAY_TRACE_FIXTURE_H_
#define SANDGLASS_ANALYZER_REPLAY_TRACE_FIXTURE_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "analyzer/trace/trace.h"

namespace sandglass::testing {

inline trace::Tensor MakeTensor(std::vector<int64_t> dims, trace::DataType dtype = trace::DataType::kFloat32,
                                uint32_t position = 0) {
  trace::Tensor tensor;
  tensor.dtype = dtype;
  tensor.dims = std::move(dims);
  tensor.shape_known = true;
  tensor.position = position;
  return tensor;
}

// Adds operators one by one, with storages for inputs then outputs.
class TraceBuilder {
 public:
  TraceBuilder() {
    trace_.id = "01TEST";
    trace_.name = "test";
    trace_.work_done = {{trace::WorkUnit::kStep, 1}};
  }

  trace::Trace& trace() { return trace_; }

  uint32_t AddSignature(std::string name, std::vector<trace::Tensor> inputs, std::vector<trace::Tensor> outputs,
                        trace::Kind kind = trace::Kind::kHostOp) {
    trace::Signature signature;
    signature.kind = kind;
    signature.name = std::move(name);
    for (size_t i = 0; i < inputs.size(); ++i) inputs[i].position = static_cast<uint32_t>(i);
    signature.inputs = std::move(inputs);
    signature.outputs = std::move(outputs);
    signature.outputs_recorded = true;
    trace_.signatures.push_back(std::move(signature));
    return static_cast<uint32_t>(trace_.signatures.size() - 1);
  }

  // Returns the operator's index. `ps` below zero: no durations.
  uint32_t AddOperator(uint32_t signature, uint32_t parent = trace::Operator::kNoParent, int64_t ps = -1,
                       int64_t self_ps = -1, const std::vector<uint64_t>& storages = {}) {
    trace::Operator op;
    op.id = trace_.operators.size() + 1;
    op.signature = signature;
    op.parent = parent;
    if (ps >= 0) op.duration_ps = ps;
    if (self_ps >= 0) op.self_ps = self_ps;
    op.first_storage = trace_.storages.size();
    op.storage_count = static_cast<uint32_t>(storages.size());
    trace_.storages.insert(trace_.storages.end(), storages.begin(), storages.end());
    trace_.operators.push_back(op);
    return static_cast<uint32_t>(trace_.operators.size() - 1);
  }

  // A kernel of its own name that took `ps`; `launcher` kNoParent: nobody knows who launched it.
  uint32_t AddKernel(std::string name, uint32_t launcher, int64_t ps) {
    const uint32_t kernel =
        AddOperator(AddSignature(std::move(name), {}, {}, trace::Kind::kDeviceKernel), trace::Operator::kNoParent, ps);
    trace_.operators[kernel].launcher = launcher;
    return kernel;
  }

 private:
  trace::Trace trace_;
};

// out[1024, 1024] = a[1024, 1024] · b[1024, 1024] as aten::mm.
inline uint32_t AddProductSignature(TraceBuilder& builder, trace::DataType dtype = trace::DataType::kBfloat16) {
  const trace::Tensor matrix = MakeTensor({1024, 1024}, dtype);
  return builder.AddSignature("aten::mm", {matrix, matrix}, {matrix});
}

}  // namespace sandglass::testing

#endif  // SANDGLASS_ANALYZER_REPLAY_TRACE_FIXTURE_H_
