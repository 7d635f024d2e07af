// Bytes as a Chakra file: they are refused, or what comes of them is a trace that a store takes, whose references are
// to operators of it.
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "collectors/importers/chakra/chakra_bytes.h"
#include "collectors/importers/chakra/importer.h"
#include "collectors/importers/format/byte_source.h"
#include "collectors/importers/format/keeping_sink.h"
#include "proto/operator_columns.h"
#include "proto/trace_validator.h"
#include "tests/fuzz/fuzzer.h"

namespace sandglass::fuzz {
namespace {

using collectors::KeepingSink;
using collectors::chakra::AddAttribute;
using collectors::chakra::AllReduce;
using collectors::chakra::ChakraFile;
using collectors::chakra::ChakraNode;
using collectors::chakra::TorchOperator;

void Require(const absl::Status& status, const char* what) {
  if (status.ok()) return;
  std::fprintf(stderr, "an imported trace has a %s that no store takes: %s\n", what, status.ToString().c_str());
  std::abort();
}

void RequireWithin(uint64_t id, size_t operators) {
  if (id <= operators) return;
  std::fprintf(stderr, "an imported trace refers to operator %llu of %zu\n", static_cast<unsigned long long>(id),
               operators);
  std::abort();
}

void RequireSound(const KeepingSink& sink) {
  Require(ValidateHeader(sink.header()), "header");
  Require(ValidateSummary(sink.summary()), "summary");
  const TraceLimits limits = TraceLimits::Of(sink.header());
  uint64_t last_id = 0;
  for (const v1::Operator& op : sink.operators()) {
    Require(ValidateSignature(op.signature(), limits), "signature");
    v1::OpSignature copy;
    if (!copy.ParseFromString(op.signature().SerializeAsString())) {
      Require(absl::InvalidArgumentError("a text is not UTF-8"), "signature");
    }
    const auto tensors = static_cast<uint32_t>(op.signature().inputs_size() + op.signature().outputs_size());
    Require(ValidateRow(RowOf(op, 0), last_id, tensors, limits), "row");
    for (const uint64_t id : op.data_dep_ids()) RequireWithin(id, sink.operators().size());
    for (const uint64_t id : op.control_dep_ids()) RequireWithin(id, sink.operators().size());
    RequireWithin(op.parent_id(), sink.operators().size());
    RequireWithin(op.launcher_id(), sink.operators().size());
    last_id = op.id();
  }
}

}  // namespace

std::vector<std::string> Seeds() {
  chakra_et::Node first = TorchOperator(1, "aten::mm(0)", 8);
  chakra_et::Arguments& inputs = *first.mutable_inputs();
  inputs.set_values("[[62, 63, 0, 6, 4, 'cuda:0'], [[1, 9, 0, 2, 8, 'cpu']], [1, 1], True, '<None>', -1.5]");
  inputs.set_shapes("[[2, 3], [[2]], [[], []], [], [], []]");
  inputs.set_types(
      "['Tensor(float)', 'GenericList[Tensor(long int)]', 'GenericList[Int,Int]', 'Bool', 'None', "
      "'Double']");
  *first.mutable_outputs() = inputs;
  chakra_et::Node kernel = ChakraNode(2, "gemm", chakra_et::NODE_TYPE_COMP, false);
  AddAttribute("stream", kernel).set_int64_val(7);
  kernel.add_data_deps(1);
  kernel.set_duration_micros(5);
  kernel.set_start_time_micros(100);
  chakra_et::Node rest = TorchOperator(3, "aten::mm(1)", 8);
  rest.add_ctrl_deps(1);
  chakra_et::Node send = ChakraNode(4, "send", chakra_et::NODE_TYPE_COMM_SEND, false);
  AddAttribute("comm_dst", send).set_int32_val(1);
  AddAttribute("involved_dim", send).mutable_bool_list()->add_values(true);
  return {ChakraFile({first, kernel, rest}, ""), ChakraFile({AllReduce(1 << 20), kernel, send}),
          ChakraFile({ChakraNode(7, "load", chakra_et::NODE_TYPE_MEM_LOAD, false)})};
}

}  // namespace sandglass::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sandglass;  // NOLINT(google-build-using-namespace): the entry point has no namespace
  const absl::string_view bytes(reinterpret_cast<const char*>(data), size);
  collectors::chakra::Matches(bytes);
  const auto source = collectors::MemoryByteSource(bytes);
  collectors::ImportOptions options;
  options.name = "fuzz";
  fuzz::KeepingSink sink;
  const auto report = collectors::chakra::Import(*source, options, sink);
  if (report.ok()) fuzz::RequireSound(sink);
  return 0;
}
