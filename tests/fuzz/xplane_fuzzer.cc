// Bytes as a file of the XLA profiler: they are refused, or what comes of them is a trace that a store takes.
#include "collectors/importers/xplane/importer.h"
#include "collectors/importers/xplane/space_bytes.h"
#include "tests/fuzz/fuzzer.h"
#include "tests/fuzz/real_seeds.h"
#include "tests/fuzz/sound_import.h"

namespace sandglass::fuzz {
namespace {

using collectors::xplane::OfInstruction;
using collectors::xplane::PlaneBuilder;
using collectors::xplane::SpaceOf;

constexpr char kProgram[] = R"pb(
  name: "jit_step"
  entry_computation_id: 1
  computations {
    id: 1
    instructions {
      name: "p"
      opcode: "parameter"
      id: 1
      shape {
        element_type: 16
        dimensions: [ 8, 4 ]
      }
    }
    instructions {
      name: "dot.1"
      opcode: "dot"
      id: 2
      operand_ids: [ 1, 1 ]
      shape {
        element_type: 13
        tuple_shapes {
          element_type: 16
          dimensions: [ 8, 8 ]
        }
      }
      dot_dimension_numbers { lhs_contracting_dimensions: 1 rhs_contracting_dimensions: 1 }
    }
    instructions {
      name: "call.2"
      opcode: "custom-call"
      id: 3
      operand_ids: [ 1, 1 ]
      custom_call_target: "__cublas$gemm"
      backend_config: '{"gemm_backend_config":{"dot_dimension_numbers":{"lhs_contracting_dimensions":["1"]}}}'
    }
    instructions { name: "f.3" opcode: "fusion" id: 4 operand_ids: 2 called_computation_ids: 2 fusion_kind: "kLoop" }
    instructions { name: "all-reduce.4" opcode: "all-reduce" id: 5 operand_ids: 1 }
    instructions {
      name: "negate.5"
      opcode: "negate"
      id: 7
      shape { element_type: 11 dimensions: -1 }
    }
  }
  computations {
    id: 2
    instructions {
      name: "c"
      opcode: "convolution"
      id: 6
      operand_ids: [ 1, 1 ]
      window { dimensions { size: 3 stride: 1 } }
      convolution_dimension_numbers { kernel_output_feature_dimension: 1 kernel_spatial_dimensions: 0 }
    }
  }
)pb";

}  // namespace

std::vector<std::string> Seeds() {
  PlaneBuilder programs("/host:metadata");
  programs.Program(7, kProgram);
  PlaneBuilder gpu("/device:GPU:0");
  gpu.Stat({"core_count", 304}).Line(1, "Stream #1(Kernel)", 1000);
  for (const char* instruction : {"dot.1", "call.2", "f.3", "all-reduce.4", "negate.5", "f.3"}) {
    gpu.Event(instruction, 2'000'500, 3'000'000, OfInstruction(instruction));
  }
  gpu.Event("copy", 9'000'000, 1, {{"memcpy_details", "kind:Unknown size:64"}, {"correlation_id", 3}})
      .Event("kernel", 9'500'000, 1,
             {{"kernel_details", "regs:32 static_shared:16 grid:2,1,1"}, {"correlation_id", 4}});
  PlaneBuilder tpu("/device:TPU:0");
  tpu.Stat({"device_type_string", "TPU v5"}).Line(3, "XLA Ops", 500);
  tpu.Event("%while.9 = (s32[]) while()", 0, 9'000'000)
      .Event("%f.3 = f32[] fusion()", 1'000'000, 2'000'000, OfInstruction(""))
      .KindStat({"flops", 4096});
  PlaneBuilder host("/host:CPU");
  host.Line(5, "python", 0)
      .Event("copy", 0, 1, {{"memcpy_details", "size:64"}, {"correlation_id", 4}, {"step_num", 1}});
  return WithRealTraces({SpaceOf({programs, gpu, host}), SpaceOf({tpu, programs}),
                         SpaceOf({gpu}) + "\x12\x03"
                                          "err\x22\x01h"},
                        {"TraceLens/mi300/jax_conv_minimal_08/tw003.xplane.pb.gz"});
}

}  // namespace sandglass::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  sandglass::fuzz::RequireSoundImport(sandglass::collectors::xplane::Matches, sandglass::collectors::xplane::Import,
                                      data, size);
  return 0;
}
