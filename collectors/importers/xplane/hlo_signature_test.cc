#include "collectors/importers/xplane/hlo_signature.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "collectors/importers/xplane/hlo_program.h"

namespace sandglass::collectors::xplane {
namespace {

// Element types: 16 is bf16, 11 is f32, 2 is s8, 13 a tuple, 17 a token.
constexpr char kParameters[] = R"pb(
  instructions {
    name: "a"
    opcode: "parameter"
    id: 1
    shape {
      element_type: 16
      dimensions: [ 4, 8, 32 ]
    }
  }
  instructions {
    name: "b"
    opcode: "parameter"
    id: 2
    shape {
      element_type: 16
      dimensions: [ 4, 32, 16 ]
    }
  }
  instructions {
    name: "x"
    opcode: "parameter"
    id: 3
    shape {
      element_type: 11
      dimensions: [ 2, 6, 10, 10 ]
    }
  }
  instructions {
    name: "k"
    opcode: "parameter"
    id: 4
    shape {
      element_type: 11
      dimensions: [ 12, 3, 3, 3 ]
    }
  }
)pb";

// A module whose entry holds the parameters above and those instructions; `computations` are others.
std::unique_ptr<HloProgram> ProgramWith(const std::string& instructions, const std::string& computations = "") {
  hlo::HloProto hlo;
  const std::string text = absl::StrCat("name: 'jit_step' entry_computation_id: 100 computations { id: 100 ",
                                        kParameters, instructions, "}", computations);
  if (!google::protobuf::TextFormat::ParseFromString(text, hlo.mutable_hlo_module())) return nullptr;
  return HloProgram::Parse(hlo.SerializeAsString());
}

v1::OpSignature SignatureIn(const HloProgram& program, const std::string& name) {
  HloOp op;
  op.name = name;
  return SignatureOf(op, &program, program.Find(name));
}

std::string Shapes(const google::protobuf::RepeatedPtrField<v1::Tensor>& tensors) {
  return absl::StrJoin(tensors, " ", [](std::string* out, const v1::Tensor& tensor) {
    absl::StrAppend(out, tensor.position(), tensor.in_list() ? "+" : "", ":", static_cast<int>(tensor.dtype()), "[",
                    absl::StrJoin(tensor.dims(), ","), "]");
  });
}

std::string ExtraOf(const v1::OpSignature& signature, const std::string& key) {
  for (const v1::Extra& extra : signature.extras()) {
    if (extra.key() == key) return extra.value();
  }
  return "";
}

std::string IntegersOf(const v1::OpSignature& signature, const std::string& name) {
  for (const v1::Attribute& attribute : signature.attributes()) {
    if (attribute.name() != name) continue;
    return attribute.has_integers() ? absl::StrJoin(attribute.integers().values(), ",")
                                    : absl::StrCat(attribute.integer());
  }
  return "none";
}

TEST(HloSignatureTest, ADotHasItsShapesAxesAndWork) {
  const auto program = ProgramWith(R"pb(
    instructions {
      name: "dot.1"
      opcode: "dot"
      id: 5
      operand_ids: [ 1, 2 ]
      shape {
        element_type: 11
        dimensions: [ 4, 8, 16 ]
      }
      metadata { op_name: "jit(step)/dot_general" }
      dot_dimension_numbers {
        lhs_contracting_dimensions: 2
        rhs_contracting_dimensions: 1
        lhs_batch_dimensions: 0
        rhs_batch_dimensions: 0
      }
    })pb");
  ASSERT_NE(program, nullptr);
  const v1::OpSignature signature = SignatureIn(*program, "dot.1");
  EXPECT_EQ(signature.kind(), v1::OPERATOR_KIND_HOST_OP);
  EXPECT_EQ(signature.name(), "hlo::dot");
  EXPECT_EQ(Shapes(signature.inputs()), "0:8[4,8,32] 1:8[4,32,16]");
  EXPECT_EQ(Shapes(signature.outputs()), "0:9[4,8,16]");
  EXPECT_TRUE(signature.outputs_recorded());
  EXPECT_EQ(signature.inputs(0).shape_source(), v1::SHAPE_SOURCE_COMPILER);
  EXPECT_EQ(IntegersOf(signature, "lhs_contracting_dimensions"), "2");
  EXPECT_EQ(IntegersOf(signature, "rhs_batch_dimensions"), "0");
  EXPECT_EQ(ExtraOf(signature, "op_name"), "jit(step)/dot_general");
  EXPECT_EQ(ExtraOf(signature, "hlo_op"), "dot.1");
  // Four products of [8, 32] and [32, 16]: 2·4·8·16·32.
  EXPECT_EQ(signature.flops_flop().value(), 32768);
  EXPECT_EQ(signature.flops_flop().provenance(), v1::PROVENANCE_FORMULA);
}

TEST(HloSignatureTest, ACallOfALibraryIsTheProductThatItsConfigurationSays) {
  const auto program = ProgramWith(R"pb(
    instructions {
      name: "custom-call.1"
      opcode: "custom-call"
      id: 5
      operand_ids: [ 1, 2 ]
      custom_call_target: "__cublas$gemm"
      shape {
        element_type: 13
        tuple_shapes {
          element_type: 16
          dimensions: [ 4, 8, 16 ]
        }
        tuple_shapes { element_type: 2 dimensions: 1024 }
      }
      backend_config: '{"gemm_backend_config":{"dot_dimension_numbers":{"lhs_contracting_dimensions":["2"],"rhs_contracting_dimensions":["1"],"lhs_batch_dimensions":["0"],"rhs_batch_dimensions":["0"]}}}'
    })pb");
  ASSERT_NE(program, nullptr);
  const v1::OpSignature signature = SignatureIn(*program, "custom-call.1");
  EXPECT_EQ(signature.name(), "hlo::custom-call");
  EXPECT_EQ(signature.attributes(0).name(), "custom_call_target");
  EXPECT_EQ(signature.attributes(0).text(), "__cublas$gemm");
  EXPECT_EQ(IntegersOf(signature, "lhs_contracting_dimensions"), "2");
  EXPECT_EQ(Shapes(signature.outputs()), "0:8[4,8,16] 1:2[1024]");
  EXPECT_EQ(signature.flops_flop().value(), 32768);
}

// a is [4, 8, 32] and b [4, 32, 16].
TEST(HloSignatureTest, AProductWhoseAxesDoNotFitHasNoWork) {
  const char* const cases[] = {
      "",
      "{}",
      R"({"lhs_batch_dimensions":["0"],"rhs_batch_dimensions":["0"]})",
      R"({"lhs_contracting_dimensions":["1"],"rhs_contracting_dimensions":["1"]})",
      R"({"lhs_contracting_dimensions":["3"],"rhs_contracting_dimensions":["1"]})",
      R"({"lhs_contracting_dimensions":["two"],"rhs_contracting_dimensions":["1"]})",
      R"({"lhs_contracting_dimensions":"2","rhs_contracting_dimensions":["1"]})",
      R"({"lhs_contracting_dimensions":["2"]})",
  };
  for (const char* const axes : cases) {
    SCOPED_TRACE(axes);
    const auto program = ProgramWith(
        absl::StrCat(R"(instructions { name: "custom-call.1" opcode: "custom-call" id: 5 operand_ids: [1, 2] )"
                     R"(custom_call_target: "__cublas$gemm" shape { element_type: 16 dimensions: [4, 8, 16] } )"
                     R"(backend_config: '{"gemm_backend_config":{"dot_dimension_numbers":)",
                     axes, "}}' }"));
    ASSERT_NE(program, nullptr);
    EXPECT_FALSE(SignatureIn(*program, "custom-call.1").has_flops_flop());
  }
}

// x [2, 6, 10, 10] in two groups by k [12, 3, 3, 3]: 2·(2·12·8·8)·(3·3·3) FLOP.
constexpr char kConvolution[] = R"pb(
  instructions {
    name: "conv"
    opcode: "convolution"
    id: 5
    operand_ids: [ 3, 4 ]
    shape {
      element_type: 11
      dimensions: [ 2, 12, 8, 8 ]
    }
    feature_group_count: 2
    batch_group_count: 1
    window {
      dimensions { size: 3 stride: 1 window_dilation: 1 base_dilation: 1 }
      dimensions { size: 3 stride: 1 window_dilation: 1 base_dilation: 1 }
    }
    convolution_dimension_numbers {
      input_batch_dimension: 0
      input_feature_dimension: 1
      input_spatial_dimensions: [ 2, 3 ]
      kernel_output_feature_dimension: 0
      kernel_input_feature_dimension: 1
      kernel_spatial_dimensions: [ 2, 3 ]
      output_batch_dimension: 0
      output_feature_dimension: 1
      output_spatial_dimensions: [ 2, 3 ]
    }
  })pb";

TEST(HloSignatureTest, AConvolutionHasItsWindowAxesAndWork) {
  const auto program = ProgramWith(kConvolution);
  ASSERT_NE(program, nullptr);
  const v1::OpSignature signature = SignatureIn(*program, "conv");
  EXPECT_EQ(signature.name(), "hlo::convolution");
  EXPECT_EQ(IntegersOf(signature, "window_size"), "3,3");
  EXPECT_EQ(IntegersOf(signature, "padding_low"), "0,0");
  EXPECT_EQ(IntegersOf(signature, "feature_group_count"), "2");
  EXPECT_EQ(IntegersOf(signature, "kernel_spatial_dimensions"), "2,3");
  EXPECT_EQ(signature.flops_flop().value(), 2.0 * 2 * 12 * 8 * 8 * 3 * 3 * 3);
}

TEST(HloSignatureTest, WorkThatTheRulesDoNotCoverIsNotStated) {
  std::string dilated = kConvolution;
  dilated.replace(dilated.find("base_dilation: 1"), 16, "base_dilation: 2");
  const auto program = ProgramWith(dilated);
  ASSERT_NE(program, nullptr);
  EXPECT_FALSE(SignatureIn(*program, "conv").has_flops_flop());
  EXPECT_EQ(SignatureIn(*program, "conv").inputs_size(), 2);
}

TEST(HloSignatureTest, GradientsOfCallsHaveTheWorkOfTheForward) {
  // The gradient of the kernel, from x and the gradient of the result, which is as large as conv's.
  std::string gradient = kConvolution;
  gradient += R"pb(
    instructions {
      name: "filter"
      opcode: "custom-call"
      id: 6
      operand_ids: [ 3, 5 ]
      custom_call_target: "__cudnn$convBackwardFilter"
      shape {
        element_type: 13
        tuple_shapes {
          element_type: 11
          dimensions: [ 12, 3, 3, 3 ]
        }
      }
      convolution_dimension_numbers { kernel_output_feature_dimension: 0 }
    })pb";
  const auto program = ProgramWith(gradient);
  ASSERT_NE(program, nullptr);
  EXPECT_EQ(SignatureIn(*program, "filter").flops_flop().value(), SignatureIn(*program, "conv").flops_flop().value());
}

TEST(HloSignatureTest, AFusionSaysWhatItHolds) {
  const auto program = ProgramWith(
      R"pb(
        instructions {
          name: "fusion.3"
          opcode: "fusion"
          id: 5
          operand_ids: 1
          called_computation_ids: 200
          fusion_kind: "kInput"
          shape {
            element_type: 13
            tuple_shapes {
              element_type: 11
              dimensions: [ 4, 8 ]
            }
            tuple_shapes { element_type: 17 }
          }
        })pb",
      R"pb(
        computations {
          id: 200
          instructions {
            name: "p"
            opcode: "parameter"
            id: 11
            shape {
              element_type: 16
              dimensions: [ 4, 8, 32 ]
            }
          }
          instructions { name: "c1" opcode: "convert" id: 12 operand_ids: 11 }
          instructions { name: "c2" opcode: "convert" id: 13 operand_ids: 12 }
          instructions { name: "r" opcode: "reduce" id: 14 operand_ids: 13 called_computation_ids: 300 dimensions: 2 }
        }
        computations {
          id: 300
          root_id: 21
          instructions { name: "m" opcode: "maximum" id: 21 }
        }
      )pb");
  ASSERT_NE(program, nullptr);
  const v1::OpSignature signature = SignatureIn(*program, "fusion.3");
  EXPECT_EQ(signature.name(), "hlo::fusion");
  EXPECT_EQ(ExtraOf(signature, "holds"), "convert:2 reduce(maximum):1");
  EXPECT_EQ(ExtraOf(signature, "fusion_kind"), "kInput");
  // A token is no data.
  EXPECT_EQ(Shapes(signature.outputs()), "0:9[4,8]");
  EXPECT_FALSE(signature.has_flops_flop());
}

TEST(HloSignatureTest, AFusionThatHoldsADotHasItsWork) {
  const auto program =
      ProgramWith(R"pb(
                    instructions { name: "f" opcode: "fusion" id: 5 operand_ids: 1 called_computation_ids: 200 }
                  )pb",
                  R"pb(
                    computations {
                      id: 200
                      instructions {
                        name: "l"
                        opcode: "parameter"
                        id: 11
                        shape { dimensions: [ 8, 32 ] }
                      }
                      instructions {
                        name: "d"
                        opcode: "dot"
                        id: 12
                        operand_ids: [ 11, 11 ]
                        shape { dimensions: [ 8, 8 ] }
                        dot_dimension_numbers { lhs_contracting_dimensions: 1 rhs_contracting_dimensions: 1 }
                      }
                    })pb");
  ASSERT_NE(program, nullptr);
  EXPECT_EQ(SignatureIn(*program, "f").flops_flop().value(), 2 * 8 * 8 * 32);
}

TEST(HloSignatureTest, AFusionOfItselfEnds) {
  const auto program = ProgramWith(R"pb(
    instructions {
      name: "f"
      opcode: "fusion"
      id: 5
      called_computation_ids: [ 100, 100, 100 ]
    }
  )pb");
  ASSERT_NE(program, nullptr);
  EXPECT_FALSE(SignatureIn(*program, "f").has_flops_flop());
}

TEST(HloSignatureTest, ACollectiveSaysWhatItMoves) {
  const auto program = ProgramWith(R"pb(
    instructions {
      name: "all-reduce-start.2"
      opcode: "all-reduce-start"
      id: 5
      operand_ids: 1
      shape {
        element_type: 16
        dimensions: [ 4, 8, 32 ]
      }
    }
    instructions {
      name: "all-reduce-done.2"
      opcode: "all-reduce-done"
      id: 6
      operand_ids: 5
      shape {
        element_type: 16
        dimensions: [ 4, 8, 32 ]
      }
    })pb");
  ASSERT_NE(program, nullptr);
  const v1::OpSignature signature = SignatureIn(*program, "all-reduce-start.2");
  EXPECT_EQ(signature.kind(), v1::OPERATOR_KIND_COLLECTIVE);
  EXPECT_EQ(signature.communication().type(), v1::Communication::TYPE_ALL_REDUCE);
  EXPECT_EQ(signature.communication().input_elements(), 1024);
  EXPECT_EQ(signature.communication().dtype(), v1::DATA_TYPE_BFLOAT16);
  EXPECT_EQ(SignatureIn(*program, "all-reduce-done.2").kind(), v1::OPERATOR_KIND_HOST_OP);
}

TEST(HloSignatureTest, TheCompilersWorkIsTakenOnlyWhereItCouldBeDone) {
  const auto program = ProgramWith(kConvolution);
  ASSERT_NE(program, nullptr);
  HloOp op;
  op.name = "conv";
  op.flop = 1e6;
  op.shortest_ps = 1'000'000;
  v1::OpSignature signature = SignatureOf(op, program.get(), program->Find("conv"));
  EXPECT_EQ(signature.flops_flop().value(), 1e6);
  EXPECT_EQ(signature.flops_flop().provenance(), v1::PROVENANCE_COMPILER);
  // 1e12 FLOP in a µs are 1,000 PFLOP/s.
  op.flop = 1e12;
  signature = SignatureOf(op, program.get(), program->Find("conv"));
  EXPECT_EQ(signature.flops_flop().provenance(), v1::PROVENANCE_FORMULA);
}

TEST(HloSignatureTest, WithoutItsProgramAnInstructionHasItsNameOnly) {
  HloOp op;
  op.module = "jit_step";
  const struct {
    const char* name;
    const char* expected;
  } kCases[] = {{"fusion.12", "hlo::fusion"},
                {"loop_convert_fusion", "hlo::loop_convert_fusion"},
                {"custom-call.1.0", "hlo::custom-call.1"},
                {".1", "hlo::.1"},
                {"7", "hlo::7"}};
  for (const auto& c : kCases) {
    op.name = c.name;
    const v1::OpSignature signature = SignatureOf(op, nullptr, nullptr);
    EXPECT_EQ(signature.name(), c.expected);
    EXPECT_FALSE(signature.outputs_recorded());
    EXPECT_EQ(ExtraOf(signature, "hlo_module"), "jit_step");
  }
}

TEST(HloSignatureTest, ElementTypesAreXlas) {
  const struct {
    int number;
    v1::DataType type;
  } kCases[] = {{1, v1::DATA_TYPE_BOOL},         {2, v1::DATA_TYPE_INT8},         {4, v1::DATA_TYPE_INT32},
                {6, v1::DATA_TYPE_UINT8},        {8, v1::DATA_TYPE_OTHER},        {10, v1::DATA_TYPE_FLOAT16},
                {11, v1::DATA_TYPE_FLOAT32},     {12, v1::DATA_TYPE_FLOAT64},     {15, v1::DATA_TYPE_COMPLEX64},
                {16, v1::DATA_TYPE_BFLOAT16},    {18, v1::DATA_TYPE_COMPLEX128},  {19, v1::DATA_TYPE_FLOAT8_E5M2},
                {20, v1::DATA_TYPE_FLOAT8_E4M3}, {21, v1::DATA_TYPE_INT4},        {25, v1::DATA_TYPE_FLOAT8_E4M3},
                {28, v1::DATA_TYPE_FLOAT8_E4M3}, {32, v1::DATA_TYPE_FLOAT4_E2M1}, {33, v1::DATA_TYPE_OTHER},
                {-1, v1::DATA_TYPE_OTHER}};
  for (const auto& c : kCases) EXPECT_EQ(ElementType(c.number), c.type) << c.number;
}

}  // namespace
}  // namespace sandglass::collectors::xplane
