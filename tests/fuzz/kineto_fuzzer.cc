// Bytes as a Kineto file: they are refused, or what comes of them is a trace that a store takes.
#include "collectors/importers/kineto/importer.h"
#include "collectors/importers/kineto/kineto_text.h"
#include "tests/fuzz/fuzzer.h"
#include "tests/fuzz/real_seeds.h"
#include "tests/fuzz/sound_import.h"

namespace sandglass::fuzz {

using collectors::kineto::KinetoEvent;
using collectors::kineto::KinetoFile;

std::vector<std::string> Seeds() {
  const std::string arguments =
      R"("External id": 1, "Record function id": 0, "Input Dims": [[16, 559], [], [[2, 3]]], )"
      R"("Input type": ["c10::BFloat16", "Scalar", "TensorList"], "Input Strides": [[559, 1], [], [[3, 1]]], )"
      R"("Concrete Inputs": ["", "-1", "[1, 2]"], "Sequence number": 4, "Fwd thread id": 1)";
  const std::string collective =
      R"("Collective name": "allreduce", "In msg nelems": 4, "Out msg nelems": 4, "dtype": "Float", )"
      R"("In split size": "[]", "Out split size": "[3]", "Process Group Name": "0", "Process Group Ranks": "[0, 1]")";
  return WithRealTraces(
      {
          KinetoFile(
              {KinetoEvent("cpu_op", "aten::mm", "100.5", "50", arguments),
               KinetoEvent("cuda_runtime", "cudaLaunchKernel", "120", "5", "\"correlation\": 77"),
               KinetoEvent("kernel", "gemm", "140", "20.125",
                           R"("External id": 1, "correlation": 77, "device": 0, "stream": 7, "grid": [4, 1, 1], )"
                           R"("block": [128, 1, 1], "registers per thread": 16, "shared memory": 0)",
                           "7"),
               KinetoEvent("gpu_memcpy", "Memcpy", "150", "1", R"("device": 1, "stream": 8, "bytes": 64)", "8"),
               KinetoEvent("user_annotation", "ProfilerStep#1", "1", "1000")},
              R"("deviceProperties": [{"id": 0, "name": "NVIDIA H100 80GB HBM3"}], "baseTimeNanoseconds": 1000,
                    "distributedInfo": {"backend": "nccl", "rank": 1, "world_size": 2}, "with_flops": 1,)"),
          KinetoFile({KinetoEvent("Operator", "aten::mm", "1", "5", "\"External id\": 1"),
                      KinetoEvent("Kernel", "gemm", "3", "5", "\"external id\": 1", "\"stream 7\"")}),
          KinetoFile({KinetoEvent("cpu_op", "record_param_comms", "1", "2", collective)}),
      },
      {"HolisticTraceAnalysis/triton_example/triton_example.json.gz",
       "HolisticTraceAnalysis/execution_trace/benchmark_simple_add_trace.json.gz"});
}

}  // namespace sandglass::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  sandglass::fuzz::RequireSoundImport(sandglass::collectors::kineto::Matches, sandglass::collectors::kineto::Import,
                                      data, size);
  return 0;
}
