// Bytes as a profile of ONNX Runtime: they are refused, or what comes of them is a trace that a store takes.
#include "absl/strings/str_cat.h"
#include "collectors/importers/onnxruntime/importer.h"
#include "collectors/importers/onnxruntime/profile_text.h"
#include "tests/fuzz/fuzzer.h"
#include "tests/fuzz/sound_import.h"

namespace sandglass::fuzz {

using collectors::onnxruntime::ProfileEvent;
using collectors::onnxruntime::ProfileFile;
using collectors::onnxruntime::ProfileNode;
using collectors::onnxruntime::ProfileRun;

std::vector<std::string> Seeds() {
  const std::string shapes =
      R"(,"node_index" : "3","input_type_shape" : [{"float":[2,3]},{"int64":[]}],"output_type_shape" : [{"float16":[2]}])";
  const std::string kernel =
      R"("stream" : "7","grid_x" : "4","grid_y" : "1","grid_z" : "1","block_x" : "128","op_name" : "MatMul")";
  return {
      ProfileFile({ProfileEvent("Session", "session_initialization", 1, 4), ProfileRun(5, 100),
                   ProfileNode("MatMul", 10, 6, shapes), ProfileEvent("Kernel", "gemm", 11, 30, kernel),
                   ProfileEvent("Api", "cudaLaunchKernel", 11, 2), ProfileNode("If", 20, 9),
                   ProfileNode("Add", 21, 0, shapes, 12), ProfileRun(200, 5)}),
      ProfileFile({ProfileEvent("Node", "n_fence_before", 9, 0),
                   ProfileNode("ReluGrad", 10, 3, R"(,"graph_index" : 7)"),
                   ProfileEvent("Node", "n_fence_after", 13, 0)}),
      absl::StrCat("[", ProfileNode("Exp\t", 1, 1), ",]"),
  };
}

}  // namespace sandglass::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  sandglass::fuzz::RequireSoundImport(sandglass::collectors::onnxruntime::Matches,
                                      sandglass::collectors::onnxruntime::Import, data, size);
  return 0;
}
