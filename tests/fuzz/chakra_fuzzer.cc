// Bytes as a Chakra file: they are refused, or what comes of them is a trace that a store takes, whose references are
// to operators of it.
#include "absl/strings/string_view.h"
#include "collectors/importers/chakra/chakra_bytes.h"
#include "collectors/importers/chakra/importer.h"
#include "tests/fuzz/fuzzer.h"
#include "tests/fuzz/real_seeds.h"
#include "tests/fuzz/sound_import.h"

namespace sandglass::fuzz {

using collectors::chakra::AddAttribute;
using collectors::chakra::AllReduce;
using collectors::chakra::ChakraFile;
using collectors::chakra::ChakraNode;
using collectors::chakra::TorchOperator;

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
  return WithRealTraces({ChakraFile({first, kernel, rest}, ""), ChakraFile({AllReduce(1 << 20), kernel, send}),
                         ChakraFile({ChakraNode(7, "load", chakra_et::NODE_TYPE_MEM_LOAD, false)})},
                        {"astra-sim/examples/workload/microbenchmarks/all_reduce/8npus_1MB/all_reduce.0.et"});
}

}  // namespace sandglass::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sandglass;  // NOLINT(google-build-using-namespace): the entry point has no namespace
  fuzz::RequireSoundImport(collectors::chakra::Matches, collectors::chakra::Import, data, size);
  return 0;
}
