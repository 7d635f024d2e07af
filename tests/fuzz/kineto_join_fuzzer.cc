// Bytes as a Kineto file with an ExecutionTrace of its run and the capture of its graphs: they are refused, or what
// comes of them is a trace that a store takes. The three files stand one behind the other, parted by lines of "#".
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "collectors/importers/execution_trace/execution_trace_text.h"
#include "collectors/importers/kineto/importer.h"
#include "collectors/importers/kineto/kineto_text.h"
#include "tests/fuzz/fuzzer.h"
#include "tests/fuzz/sound_import.h"

namespace sandglass::fuzz {
namespace {

using collectors::execution_trace::ExecutionTraceFile;
using collectors::execution_trace::NestedNode;
using collectors::kineto::KinetoEvent;
using collectors::kineto::KinetoFile;

constexpr char kBetween[] = "\n#\n";

// A product and a launch of a graph within it.
std::string Run() {
  const char* const arguments =
      R"("External id": 1, "Record function id": 51, "Input Dims": [[2, 3], [3, 4]], "Input type": ["float", "float"])";
  return KinetoFile({KinetoEvent("cpu_op", "aten::mm", "10", "40", arguments),
                     KinetoEvent("cuda_runtime", "cudaGraphLaunch", "20", "2", R"("correlation": 7)"),
                     KinetoEvent("kernel", "gemm", "30", "5", R"("correlation": 7, "device": 0, "stream": 7)"),
                     KinetoEvent("kernel", "relu", "36", "2", R"("correlation": 7, "device": 0, "stream": 8)")});
}

std::string Nodes() {
  return ExecutionTraceFile("1.1.0-chakra.0.0.4", {NestedNode(collectors::execution_trace::MmNode(3, 51))});
}

std::string Capture() {
  const char* const shape = R"("Input Dims": [[2, 3]], "Input type": ["float"])";
  return KinetoFile({KinetoEvent("cuda_runtime", "cudaStreamBeginCapture", "2", "1"),
                     KinetoEvent("user_annotation", "forward", "4", "90"),
                     KinetoEvent("cpu_op", "aten::mm", "10", "9", shape),
                     KinetoEvent("cuda_runtime", "cudaLaunchKernel", "12", "1", R"("kernel": "gemm")"),
                     KinetoEvent("cpu_op", "aten::relu", "20", "9", shape),
                     KinetoEvent("cuda_runtime", "cudaLaunchKernel", "22", "1", R"("kernel": "relu")"),
                     KinetoEvent("cuda_runtime", "cudaStreamEndCapture", "95", "1")});
}

// A file of this process with that text.
std::string Written(const char* name, absl::string_view text) {
  const char* const folder = std::getenv("TEST_TMPDIR");
  const std::string path = absl::StrCat(folder == nullptr ? "/tmp" : folder, "/kineto_join_", getpid(), "_", name);
  if (!(std::ofstream(path, std::ios::binary) << text).flush()) {
    std::fprintf(stderr, "%s cannot be written\n", path.c_str());
    std::abort();
  }
  return path;
}

}  // namespace

std::vector<std::string> Seeds() {
  return {absl::StrCat(Run(), kBetween, Nodes(), kBetween, Capture()), absl::StrCat(Run(), kBetween, Nodes()),
          absl::StrCat(Run(), kBetween, kBetween, Capture())};
}

}  // namespace sandglass::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sandglass;  // NOLINT(google-build-using-namespace)
  const absl::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::vector<absl::string_view> files = absl::StrSplit(bytes, absl::MaxSplits(fuzz::kBetween, 2));
  collectors::ImportOptions options;
  if (files.size() > 1 && !files[1].empty()) options.execution_trace = fuzz::Written("nodes", files[1]);
  if (files.size() > 2 && !files[2].empty()) options.capture = fuzz::Written("capture", files[2]);
  fuzz::RequireSoundImport(collectors::kineto::Matches, collectors::kineto::Import,
                           reinterpret_cast<const uint8_t*>(files[0].data()), files[0].size(), options);
  return 0;
}
