// Operators of ONNX and HLO, worked by hand. An fp32 element is 4 bytes, a 64-bit index 8. Where an operator of ATen
// does the same, its work is that of the tests beside this one.
#include <string>

#include "analyzer/ops/work_case.h"

namespace sandglass::ops {
namespace {

TEST(OnnxWorkTest, Products) {
  ExpectWork({
      // 2·2·4·3 = 48. Read 6 + 12 elements, written 8.
      {"MatMul", Op("onnx::MatMul").In(kF32, {2, 3}).In(kF32, {3, 4}).Out(kF32, {2, 4}), OpClass::kGemm, 48, 0, 72, 32},
      // The second operand, which the runtime packed, is [256, 10]: 2·2·10·256 = 10240; read 512 + 2560, written 20.
      {"MatMul with packed weights", Op("onnx::MatMul").In(kF32, {2, 256}).Out(kF32, {2, 10}), OpClass::kGemm, 10240, 0,
       12288, 80},
      // 5·7 rows of 3 against one matrix: 2·35·4·3 = 840. Read 105 + 12, written 140.
      {"MatMul of a batch and a matrix", Op("onnx::MatMul").In(kF32, {5, 7, 3}).In(kF32, {3, 4}).Out(kF32, {5, 7, 4}),
       OpClass::kGemm, 840, 0, 468, 560},
      // 2·8 heads of [4,16]·[16,4]: 2·16·4·4·16 = 8192. Read 1024 each, written 256.
      {"MatMul of heads", Op("onnx::MatMul").In(kF32, {2, 8, 4, 16}).In(kF32, {2, 8, 16, 4}).Out(kF32, {2, 8, 4, 4}),
       OpClass::kBatchedGemm, 8192, 0, 8192, 1024},
      // The first matrix serves the whole batch and is read once: 5·48 = 240. Read 6 + 60, written 40.
      {"MatMul of a matrix and a batch", Op("onnx::MatMul").In(kF32, {2, 3}).In(kF32, {5, 3, 4}).Out(kF32, {5, 2, 4}),
       OpClass::kBatchedGemm, 240, 0, 264, 160},
      // [3]·[3, 4]: 2·3·4 = 24. Read 3 + 12, written 4.
      {"MatMul of a vector", Op("onnx::MatMul").In(kF32, {3}).In(kF32, {3, 4}).Out(kF32, {4}), OpClass::kGemm, 24, 0,
       60, 16},
      // An addition an element: 8. Read 6 + 12 + 4, written 8.
      {"Gemm", Op("onnx::Gemm").In(kF32, {2, 3}).In(kF32, {3, 4}).In(kF32, {4}).Out(kF32, {2, 4}), OpClass::kGemm, 48,
       8, 88, 32},
      {"Gemm of transposed operands",
       Op("onnx::Gemm").In(kF32, {3, 2}).In(kF32, {4, 3}).In(kF32, {4}).Out(kF32, {2, 4}), OpClass::kGemm, 48, 8, 88,
       32},
      // What follows the first operand is the addend.
      {"Gemm with packed weights", Op("onnx::Gemm").In(kF32, {2, 3}).In(kF32, {4}).Out(kF32, {2, 4}), OpClass::kGemm,
       48, 8, 88, 32},
      {"Gemm without addend", Op("onnx::Gemm").In(kF32, {2, 3}).In(kF32, {3, 4}).Out(kF32, {2, 4}), OpClass::kGemm, 48,
       0, 72, 32},
  });
}

TEST(OnnxWorkTest, Convolutions) {
  ExpectWork({
      // Output 27 elements · 2 channels · 9 taps · 2 = 972, bias 27. Read 50 + 54 + 3, written 27.
      {"Conv", Op("onnx::Conv").In(kF32, {1, 2, 5, 5}).In(kF32, {3, 2, 3, 3}).In(kF32, {3}).Out(kF32, {1, 3, 3, 3}),
       OpClass::kConvolution, 972, 27, 428, 108},
      // 6 inputs · 3 channels · 4 taps · 2 = 144. Read 6 + 24, written 24.
      {"ConvTranspose", Op("onnx::ConvTranspose").In(kF32, {1, 2, 3}).In(kF32, {2, 3, 4}).Out(kF32, {1, 3, 8}),
       OpClass::kConvolution, 144, 0, 120, 96},
  });
}

TEST(OnnxWorkTest, ElementsAndRows) {
  ExpectWork({
      {"Relu", Op("onnx::Relu").In(kF32, {2, 3}).Out(kF32, {2, 3}), OpClass::kElementwise, 0, 6, 24, 24},
      // Read 6 + 3, written 6.
      {"Add", Op("onnx::Add").In(kF32, {2, 3}).In(kF32, {3}).Out(kF32, {2, 3}), OpClass::kElementwise, 0, 6, 36, 24},
      // Truth values of a byte.
      {"Greater", Op("onnx::Greater").In(kF32, {2, 3}).In(kF32, {2, 3}).Out(kBool, {2, 3}), OpClass::kElementwise, 0, 6,
       48, 6},
      {"Max of two", Op("onnx::Max").In(kF32, {2, 3}).In(kF32, {2, 3}).Out(kF32, {2, 3}), OpClass::kElementwise, 0, 6,
       48, 24},
      // n operands meet in n − 1 operations an element; one alone is copied without any.
      {"Max of three", Op("onnx::Max").In(kF32, {2, 3}).In(kF32, {2, 3}).In(kF32, {3}).Out(kF32, {2, 3}),
       OpClass::kElementwise, 0, 12, 60, 24},
      {"Sum of one", Op("onnx::Sum").In(kF32, {2, 3}).Out(kF32, {2, 3}), OpClass::kElementwise, 0, 0, 24, 24},
      // The four best of 16, k itself in a tensor: 16·(1 + log2 4) = 48. Written 4 elements and their places.
      {"TopK", Op("onnx::TopK").In(kF32, {16}).In(kI64, {1}).Out(kF32, {4}).Out(kI64, {4}), OpClass::kSort, 0, 48, 64,
       48},
      // Along the axis in which the result differs: 12·(1 + log2 2).
      {"TopK of columns", Op("onnx::TopK").In(kF32, {4, 3}).In(kI64, {1}).Out(kF32, {2, 3}).Out(kI64, {2, 3}),
       OpClass::kSort, 0, 24, 48, 72},
      // An addition an element of the input; the axes are not read.
      {"ReduceSum", Op("onnx::ReduceSum").In(kF32, {2, 3}).In(kI64, {1}).Out(kF32, {2, 1}), OpClass::kReduction, 0, 6,
       24, 8},
      {"ReduceMax", Op("onnx::ReduceMax").In(kF32, {2, 3}).In(kI64, {1}).Out(kF32, {2, 1}), OpClass::kReduction, 0, 6,
       24, 8},
      // 12·6 + 8·2 = 88; short rows are read once.
      {"Softmax", Op("onnx::Softmax").In(kF32, {2, 3}).Out(kF32, {2, 3}), OpClass::kSoftmax, 0, 88, 24, 24},
      // 8·6 = 48; input, scale and shift read once: 24 + 24.
      {"LayerNormalization",
       Op("onnx::LayerNormalization").In(kF32, {2, 3}).In(kF32, {3}).In(kF32, {3}).Out(kF32, {2, 3}),
       OpClass::kNormalization, 0, 48, 48, 24},
      // Inference: 2·24 + (8 + 3)·3 channels = 81; read 24 + 4·3 elements, once.
      {"BatchNormalization",
       Op("onnx::BatchNormalization")
           .In(kF32, {2, 3, 4})
           .In(kF32, {3})
           .In(kF32, {3})
           .In(kF32, {3})
           .In(kF32, {3})
           .Out(kF32, {2, 3, 4}),
       OpClass::kNormalization, 0, 81, 144, 96},
  });
}

TEST(OnnxWorkTest, IndicesAndCopies) {
  ExpectWork({
      // Eight elements of the table, and two indices.
      {"Gather", Op("onnx::Gather").In(kF32, {100, 4}).In(kI64, {2}).Out(kF32, {2, 4}), OpClass::kEmbedding, 0, 0, 48,
       32},
      // The whole is copied: 20 + 20; of it two elements are written again, with two values and two indices read.
      {"ScatterElements", Op("onnx::ScatterElements").In(kF32, {20}).In(kI64, {2}).In(kF32, {2}).Out(kF32, {20}),
       OpClass::kScatter, 0, 0, 104, 88},
      // There are no views.
      {"Transpose", Op("onnx::Transpose").In(kF32, {2, 3}).Out(kF32, {3, 2}), OpClass::kCopy, 0, 0, 24, 24},
      {"Slice", Op("onnx::Slice").In(kF32, {100}).In(kI64, {1}).In(kI64, {1}).Out(kF32, {3}), OpClass::kCopy, 0, 0, 12,
       12},
      {"Split", Op("onnx::Split").In(kF32, {6}).In(kI64, {2}).Out(kF32, {2}).Out(kF32, {4}), OpClass::kCopy, 0, 0, 24,
       24},
      {"Expand", Op("onnx::Expand").In(kF32, {1, 3}).In(kI64, {2}).Out(kF32, {2, 3}), OpClass::kCopy, 0, 0, 12, 24},
      {"Cast", Op("onnx::Cast").In(kF32, {6}).Out(kI64, {6}), OpClass::kCopy, 0, 0, 24, 48},
      {"Concat", Op("onnx::Concat").In(kF32, {2}).In(kF32, {3}).Out(kF32, {5}), OpClass::kCopy, 0, 0, 20, 20},
  });
}

TEST(OnnxWorkTest, ProblemsKeepTheirShape) {
  const absl::StatusOr<Work> heads =
      WorkOf(Op("onnx::MatMul").In(kF32, {2, 8, 4, 16}).In(kF32, {2, 8, 16, 5}).Out(kF32, {2, 8, 4, 5}));
  ASSERT_TRUE(heads.ok()) << heads.status();
  EXPECT_EQ(heads->problem->batch, 16);
  EXPECT_EQ(heads->problem->m, 4);
  EXPECT_EQ(heads->problem->n, 5);
  EXPECT_EQ(heads->problem->k, 16);
}

struct Unknown {
  trace::Signature signature;
  OpClass op_class;
  Role role;
};

// Never nothing, and never a guess.
TEST(OnnxWorkTest, WhatProfilesDoNotSayIsUnknown) {
  const Unknown cases[] = {
      {Op("onnx::Novel").In(kF32, {2}).Out(kF32, {2}), OpClass::kUnknown, Role::kUnknown},
      {Op("onnx::LSTM").In(kF32, {2}).Out(kF32, {2}), OpClass::kRecurrentStep, Role::kUnknown},
      {Op("onnx::Resize").In(kF32, {2}).Out(kF32, {4}), OpClass::kPool, Role::kUnknown},
      // How large its window is stands in the model.
      {Op("onnx::MaxPool").In(kF32, {1, 1, 4, 4}).Out(kF32, {1, 1, 2, 2}), OpClass::kPool, Role::kWork},
      {Op("onnx::Attention").In(kF32, {1, 2, 3, 4}).In(kF32, {1, 2, 3, 4}).In(kF32, {1, 2, 3, 4}), OpClass::kAttention,
       Role::kWork},
      {Op("onnx::Slice").In(kF32, {100}), OpClass::kCopy, Role::kWork},
      {Op("onnx::TopK").In(kF32, {16}).In(kI64, {1}), OpClass::kSort, Role::kWork},
      {Op("onnx::TopK").In(kF32, {4, 4}).In(kI64, {1}).Out(kF32, {2, 2}), OpClass::kSort, Role::kWork},
      {Op("onnx::MatMul").In(kF32, {2, 3}), OpClass::kGemm, Role::kWork},
      {Op("onnx::MatMul").In(kF32, {2, 3}).In(kF32, {4, 4}).Out(kF32, {3, 3}), OpClass::kGemm, Role::kWork},
      {Op("onnx::MatMul").In(kF32, {2, 3}).In(kF32, {4, 4}).Out(kF32, {2, 4}), OpClass::kGemm, Role::kWork},
      {Op("onnx::Gemm").In(kF32, {2, 3}).In(kF32, {5}).Out(kF32, {2, 4}), OpClass::kGemm, Role::kWork},
      {Op("onnx::Conv").In(kF32, {1, 2, 5, 5}).In(kF32, {3}).Out(kF32, {1, 3, 3, 3}), OpClass::kConvolution,
       Role::kWork},
  };
  for (const Unknown& expected : cases) {
    SCOPED_TRACE(expected.signature.name);
    const Classification found = Classify(expected.signature);
    EXPECT_EQ(OpClassName(found.op_class), OpClassName(expected.op_class));
    EXPECT_EQ(static_cast<int>(found.role), static_cast<int>(expected.role));
    const absl::StatusOr<Work> work = WorkOf(expected.signature);
    EXPECT_FALSE(work.ok());
    EXPECT_EQ(std::string(work.status().message()).rfind(expected.signature.name, 0), 0) << work.status();
  }
}

TEST(OnnxWorkTest, WhatOnlyRenamesIsFreeAndControlFlowCalls) {
  for (const char* name : {"onnx::Reshape", "onnx::Squeeze", "onnx::Unsqueeze", "onnx::Flatten", "onnx::Shape"}) {
    EXPECT_EQ(static_cast<int>(Classify(Op(name)).role), static_cast<int>(Role::kFree)) << name;
  }
  for (const char* name : {"onnx::If", "onnx::Loop", "hlo::while", "hlo::conditional-of-none"}) {
    const bool exists = std::string(name) != "hlo::conditional-of-none";
    EXPECT_EQ(static_cast<int>(Classify(Op(name)).role), static_cast<int>(exists ? Role::kComposite : Role::kUnknown))
        << name;
  }
}

TEST(HloWorkTest, FiguresOfTheCompiler) {
  ExpectWork({
      // Operations of matrix units; bytes from shapes: 6 + 12 read, 8 written.
      {"dot", Op("hlo::dot").In(kF32, {2, 3}).In(kF32, {3, 4}).Out(kF32, {2, 4}).StatedFlop(48), OpClass::kGemm, 48, 0,
       72, 32},
      // Shapes are not needed where bytes are stated, the element type is.
      {"dot-general", Op("hlo::dot-general").Shapeless(kBf16).StatedFlop(48).StatedBytes(70, 30), OpClass::kBatchedGemm,
       48, 0, 70, 30},
      {"dot-general with only a result", Op("hlo::dot-general").Out(kBf16, {2}).StatedFlop(48).StatedBytes(70, 30),
       OpClass::kBatchedGemm, 48, 0, 70, 30},
      // Each figure stands for itself: read as stated, written 2 elements.
      {"dot whose reads alone are stated",
       Op("hlo::dot").In(kF32, {2, 3}).In(kF32, {3, 1}).Out(kF32, {2, 1}).StatedFlop(12).StatedRead(100),
       OpClass::kGemm, 12, 0, 100, 8},
      {"add", Op("hlo::add").In(kF32, {4}).In(kF32, {4}).Out(kF32, {4}).StatedFlop(4), OpClass::kElementwise, 0, 4, 32,
       16},
      {"a fusion whose class is known", Op("hlo::fusion").Class("reduction").In(kF32, {4}).Out(kF32, {}).StatedFlop(3),
       OpClass::kReduction, 0, 3, 16, 4},
  });
}

TEST(HloWorkTest, WithoutFiguresItIsUnknown) {
  for (const Op& op : {Op("hlo::dot").In(kF32, {2, 3}).In(kF32, {3, 4}).Out(kF32, {2, 4}),
                       Op("hlo::fusion").StatedFlop(9).StatedBytes(1, 1), Op("hlo::custom-call"), Op("hlo::")}) {
    EXPECT_EQ(static_cast<int>(Classify(op).role), static_cast<int>(Role::kUnknown)) << op.get().name;
    EXPECT_FALSE(WorkOf(op).ok()) << op.get().name;
  }
  // What computes a product depends on its elements' type.
  EXPECT_FALSE(WorkOf(Op("hlo::dot-general").StatedFlop(48).StatedBytes(70, 30)).ok());
  EXPECT_FALSE(
      WorkOf(Op("hlo::dot-general").Shapeless(trace::DataType::kOther).StatedFlop(48).StatedBytes(70, 30)).ok());
  // Neither bytes nor shapes.
  EXPECT_FALSE(WorkOf(Op("hlo::dot").StatedFlop(48)).ok());
  EXPECT_FALSE(WorkOf(Op("hlo::dot").In(kF32, {2}).StatedFlop(48)).ok());
  EXPECT_EQ(static_cast<int>(Classify(Op("hlo::get-tuple-element")).role), static_cast<int>(Role::kFree));
}

// It would hide its time.
TEST(KernelWorkTest, AKernelIsNotWhatAtenCallsSo) {
  for (const char* name : {"add", "view", "select", "MulBackward0", "aten::mm", "linear"}) {
    const Classification found = Classify(Op(name).Kind(trace::Kind::kDeviceKernel));
    EXPECT_EQ(static_cast<int>(found.role), static_cast<int>(Role::kUnknown)) << name;
    EXPECT_EQ(OpClassName(found.op_class), "unknown") << name;
  }
  EXPECT_EQ(static_cast<int>(Classify(Op("hlo::dot").StatedFlop(1).Kind(trace::Kind::kDeviceKernel)).role),
            static_cast<int>(Role::kWork));
}

}  // namespace
}  // namespace sandglass::ops
