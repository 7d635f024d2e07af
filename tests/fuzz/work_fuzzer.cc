// Signatures of operators, as any trace may hold them: the work that is derived is finite and not negative, or an
// error.
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "analyzer/ops/op_class.h"
#include "analyzer/ops/work.h"
#include "analyzer/trace/trace_protos.h"
#include "proto/trace.pb.h"
#include "tests/fuzz/fuzzer.h"

namespace sandglass::fuzz {
namespace {

void Add(v1::OpSignature& signature, std::initializer_list<int64_t> dims, bool output) {
  v1::Tensor& tensor = output ? *signature.add_outputs() : *signature.add_inputs();
  tensor.set_dtype(v1::DATA_TYPE_BFLOAT16);
  for (const int64_t dim : dims) tensor.add_dims(dim);
  tensor.set_shape_source(v1::SHAPE_SOURCE_RECORDED);
  tensor.set_position(output ? 0 : static_cast<uint32_t>(signature.inputs_size() - 1));
}

std::string Seed(const char* name, std::initializer_list<std::initializer_list<int64_t>> inputs,
                 std::initializer_list<int64_t> output) {
  v1::OpSignature signature;
  signature.set_kind(v1::OPERATOR_KIND_HOST_OP);
  signature.set_name(name);
  for (const auto& dims : inputs) Add(signature, dims, false);
  Add(signature, output, true);
  signature.set_outputs_recorded(true);
  v1::Attribute& attribute = *signature.add_attributes();
  attribute.set_position(2);
  attribute.set_name("dim");
  attribute.set_integer(-1);
  return signature.SerializeAsString();
}

// An LSTM of two layers of 4 states, of 5 steps of 3 rows.
std::string RecurrentLayers() {
  v1::OpSignature signature;
  signature.set_kind(v1::OPERATOR_KIND_HOST_OP);
  signature.set_name("aten::_cudnn_rnn");
  Add(signature, {5, 3, 2}, false);
  Add(signature, {16, 6}, false);
  const auto add = [&signature](uint32_t position, const char* name, int64_t value) {
    v1::Attribute& attribute = *signature.add_attributes();
    attribute.set_position(position);
    attribute.set_name(name);
    attribute.set_integer(value);
  };
  add(6, "mode", 2);
  add(7, "hidden_size", 4);
  add(9, "num_layers", 2);
  return signature.SerializeAsString();
}

bool Sound(double value) { return std::isfinite(value) && value >= 0; }

}  // namespace

std::vector<std::string> Seeds() {
  return {
      Seed("aten::mm", {{4, 8}, {8, 2}}, {4, 2}),
      Seed("aten::bmm", {{3, 4, 8}, {3, 8, 2}}, {3, 4, 2}),
      Seed("aten::convolution", {{1, 3, 8, 8}, {4, 3, 3, 3}}, {1, 4, 6, 6}),
      Seed("aten::add", {{4, 1}, {1, 8}}, {4, 8}),
      Seed("aten::_softmax", {{4, 8}}, {4, 8}),
      Seed("aten::native_layer_norm", {{4, 8}, {8}, {8}}, {4, 8}),
      Seed("aten::embedding", {{100, 8}, {5}}, {5, 8}),
      Seed("aten::cumsum", {{4, 8}}, {4, 8}),
      Seed("aten::sum", {{4, 8}}, {4}),
      Seed("aten::topk", {{4, 8}}, {4, 2}),
      Seed("onnx::MatMul", {{2, 3, 4, 8}, {2, 3, 8, 2}}, {2, 3, 4, 2}),
      Seed("onnx::MatMul", {{4, 8}}, {4, 2}),
      Seed("onnx::Gemm", {{8, 4}, {8, 2}, {2}}, {4, 2}),
      Seed("onnx::Gather", {{100, 8}, {5}}, {5, 8}),
      Seed("onnx::Slice", {{100, 8}, {1}}, {5, 8}),
      Seed("aten::convolution_backward", {{2, 6, 5, 5}, {2, 3, 7, 7}, {6, 3, 3, 3}}, {2, 3, 7, 7}),
      Seed("CausalConv1dFn", {{2, 8, 4}, {8, 3}}, {2, 8, 4}),
      Seed("DaoAILab::_causal_conv1d_update_cpp", {{2, 8}, {5, 8, 3}, {8, 3}}, {2, 8}),
      Seed("ChunkGatedDeltaRuleFunction", {{1, 9, 2, 4}, {1, 9, 2, 4}, {1, 9, 4, 4}, {1, 9, 4}, {1, 9, 4}},
           {1, 9, 4, 4}),
      Seed("MambaChunkScanCombinedFn", {{1, 9, 4, 4}, {1, 9, 4}, {4}, {1, 9, 2, 3}, {1, 9, 2, 3}}, {1, 9, 4, 4}),
      RecurrentLayers(),
      Seed("aten::_grouped_mm", {{9, 3}, {4, 3, 5}}, {9, 5}),
      Seed("vllm::inplace_fused_experts", {{5, 6}, {8, 8, 6}, {8, 6, 4}, {5, 2}, {5, 2}}, {5, 6}),
      Seed("sandglass::selective_scan", {{2, 8, 4}, {2, 8, 4}, {4, 3}, {2, 8, 3}, {2, 8, 3}, {4}}, {2, 8, 4}),
  };
}

}  // namespace sandglass::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sandglass;  // NOLINT(google-build-using-namespace): the entry point has no namespace
  v1::OpSignature proto;
  if (!proto.ParseFromArray(data, static_cast<int>(size))) return 0;
  const trace::Signature signature = trace::SignatureFromProto(proto);
  if (ops::Classify(signature).role != ops::Role::kWork) return 0;
  const auto work = ops::WorkOf(signature);
  if (!work.ok()) return 0;
  const bool sound = fuzz::Sound(work->matrix.value()) && fuzz::Sound(work->vector.value()) &&
                     fuzz::Sound(work->read.value()) && fuzz::Sound(work->written.value()) &&
                     fuzz::Sound(work->reread.bytes.value()) && fuzz::Sound(work->reread.row.value()) &&
                     work->kernels > 0 && work->second_turns >= 0;
  if (sound) return 0;
  std::fprintf(stderr, "unsound work of %s\n", proto.ShortDebugString().c_str());
  std::abort();
}
