#include "analyzer/replay/fusion.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "analyzer/replay/trace_fixture.h"

namespace sandglass::replay {
namespace {

using ::testing::ElementsAre;
using testing::MakeTensor;
using testing::TraceBuilder;
using trace::Operator;

constexpr uint32_t kNone = Chains::kNone;
// [8, 1024] in FP32.
constexpr double kBytes = 8 * 1024 * 4;

// relu and sigmoid of a, their sum, and operators that end chains, by storage.
class FusionTest : public ::testing::Test {
 protected:
  trace::Tensor Matrix() const { return MakeTensor({8, 1024}, trace::DataType::kFloat32); }
  uint32_t Add(uint32_t signature, const std::vector<uint64_t>& storages) {
    return builder_.AddOperator(signature, Operator::kNoParent, -1, -1, storages);
  }
  Chains Find(Precision precision = Precision::kSource) {
    const WorkList list = ListWork(builder_.trace(), precision);
    return FindChains(builder_.trace(), list, precision);
  }

  static uint64_t Kernels(const Chains& chains) {
    return static_cast<uint64_t>(
        std::count_if(chains.beginning.begin(), chains.beginning.end(), [](uint32_t kind) { return kind != kNone; }));
  }

  TraceBuilder builder_;
  const uint32_t relu_ = builder_.AddSignature("aten::relu", {Matrix()}, {Matrix()});
  const uint32_t sigmoid_ = builder_.AddSignature("aten::sigmoid", {Matrix()}, {Matrix()});
  const uint32_t add_ = builder_.AddSignature("aten::add", {Matrix(), Matrix()}, {Matrix()});
  const uint32_t softmax_ = builder_.AddSignature("aten::_softmax", {Matrix()}, {Matrix()});
  const uint32_t mm_ =
      builder_.AddSignature("aten::mm", {Matrix(), MakeTensor({1024, 1024}, trace::DataType::kFloat32)}, {Matrix()});
  const uint32_t half_ = builder_.AddSignature("aten::relu", {MakeTensor({4, 1024}, trace::DataType::kFloat32)},
                                               {MakeTensor({4, 1024}, trace::DataType::kFloat32)});
};

TEST_F(FusionTest, ResultsThatNobodyElseReadsStayInside) {
  // b = relu(a); c = sigmoid(b); d = c + b; softmax(d): one kernel reads a and writes e.
  Add(relu_, {1, 2});
  Add(sigmoid_, {2, 3});
  Add(add_, {3, 2, 4});
  Add(softmax_, {4, 5});
  Add(mm_, {5, 6, 7});
  const Chains chains = Find();
  EXPECT_THAT(chains.beginning, ElementsAre(0, kNone, kNone, kNone, kNone));
  ASSERT_EQ(chains.kinds.size(), 1u);
  EXPECT_TRUE(chains.by_storage);
  const Chain& chain = chains.kinds[0];
  EXPECT_THAT(chain.signatures, ElementsAre(relu_, sigmoid_, add_, softmax_));
  EXPECT_DOUBLE_EQ(chain.work.read.value(), kBytes);
  EXPECT_DOUBLE_EQ(chain.work.written.value(), kBytes);
  EXPECT_EQ(chain.work.kernels, 1);
  // The addition moves most.
  EXPECT_EQ(chain.main_signature, add_);
  EXPECT_EQ(chain.work.op_class, ops::OpClass::kElementwise);
  // All that its members do.
  double vector = 0;
  const WorkList list = ListWork(builder_.trace(), Precision::kSource);
  for (const uint32_t signature : chain.signatures) vector += list.work[signature]->vector.value();
  EXPECT_DOUBLE_EQ(chain.work.vector.value(), vector);
}

TEST_F(FusionTest, WhatIsReadLaterIsWritten) {
  // b is read by the product as well, and c is the result.
  Add(relu_, {1, 2});
  Add(sigmoid_, {2, 3});
  Add(mm_, {2, 6, 7});
  const Chain chain = Find().kinds.at(0);
  EXPECT_DOUBLE_EQ(chain.work.read.value(), kBytes);
  EXPECT_DOUBLE_EQ(chain.work.written.value(), 2 * kBytes);
}

TEST_F(FusionTest, StoragesThatAreWrittenAnewEndALife) {
  // The product writes b anew, so its later reader is none of relu's.
  Add(relu_, {1, 2});
  Add(sigmoid_, {2, 3});
  Add(mm_, {3, 6, 2});
  Add(mm_, {2, 6, 7});
  EXPECT_DOUBLE_EQ(Find().kinds.at(0).work.written.value(), kBytes);
}

TEST_F(FusionTest, WhatIsChangedInPlaceLivesOn) {
  const uint32_t in_place = builder_.AddSignature("aten::relu_", {Matrix()}, {Matrix()});
  Add(relu_, {1, 2});
  Add(in_place, {2, 2});
  Add(mm_, {2, 6, 7});
  // relu's own result is read behind the chain, as far as storages tell.
  const Chain chain = Find().kinds.at(0);
  EXPECT_DOUBLE_EQ(chain.work.read.value(), kBytes);
  EXPECT_DOUBLE_EQ(chain.work.written.value(), 2 * kBytes);
}

// Products of [8, 1024] by [1024, 1024], for compilers that fuse into them.
class ProductChainsTest : public FusionTest {
 protected:
  Chains FindWithProducts() {
    const WorkList list = ListWork(builder_.trace(), Precision::kSource);
    return FindChains(builder_.trace(), list, Precision::kSource, ChainHeads::kProductsToo);
  }
};

TEST_F(ProductChainsTest, WhatGoesOverAResultOneByOneIsPartOfTheProduct) {
  Add(mm_, {1, 6, 2});
  Add(add_, {2, 7, 3});
  Add(relu_, {3, 4});
  Add(softmax_, {4, 5});
  const Chains chains = FindWithProducts();
  EXPECT_THAT(chains.beginning, ElementsAre(0, kNone, kNone, kNone));
  const Chain& chain = chains.kinds.at(0);
  EXPECT_THAT(chain.signatures, ElementsAre(mm_, add_, relu_));
  EXPECT_EQ(chain.main_signature, mm_);
  EXPECT_EQ(chain.work.op_class, ops::OpClass::kGemm);
  EXPECT_DOUBLE_EQ(chain.work.matrix.value(), 2.0 * 8 * 1024 * 1024);
  EXPECT_DOUBLE_EQ(chain.work.vector.value(), 2 * 8 * 1024);
  EXPECT_TRUE(chain.work.problem.has_value());
  // Both operands and what is added; the last result.
  EXPECT_DOUBLE_EQ(chain.work.read.value(), 2 * kBytes + 1024 * 1024 * 4);
  EXPECT_DOUBLE_EQ(chain.work.written.value(), kBytes);
  // Compilers that leave products to a library join the two behind it, and the softmax.
  EXPECT_THAT(Find().kinds.at(0).signatures, ElementsAre(add_, relu_, softmax_));
}

// However little a product moves, it is what a kernel is known by.
TEST_F(ProductChainsTest, TheProductLeads) {
  const uint32_t outer = builder_.AddSignature(
      "aten::mm", {MakeTensor({8, 1}, trace::DataType::kFloat32), MakeTensor({1, 1024}, trace::DataType::kFloat32)},
      {Matrix()});
  Add(outer, {1, 6, 2});
  Add(add_, {2, 7, 3});
  const Chain chain = FindWithProducts().kinds.at(0);
  EXPECT_EQ(chain.main_signature, outer);
  EXPECT_EQ(chain.work.op_class, ops::OpClass::kGemm);
}

TEST_F(ProductChainsTest, WhatGradientsReadIsWritten) {
  Add(mm_, {1, 6, 2});
  Add(relu_, {2, 3});
  Add(mm_, {2, 6, 4});
  EXPECT_DOUBLE_EQ(FindWithProducts().kinds.at(0).work.written.value(), 2 * kBytes);
}

TEST_F(ProductChainsTest, OnlyWhatReadsAllOfTheResult) {
  // Another tensor of the same size, a sum over rows, and half of the result.
  Add(mm_, {1, 6, 2});
  Add(relu_, {3, 4});
  Add(mm_, {1, 6, 12});
  Add(softmax_, {12, 13});
  Add(mm_, {1, 6, 22});
  Add(half_, {22, 23});
  EXPECT_EQ(Kernels(FindWithProducts()), 0u);
}

// A row that the product is broadcast with is larger than its result.
TEST_F(ProductChainsTest, BroadcastResultsAreNoPartOfTheProduct) {
  const trace::Tensor row = MakeTensor({1, 1024}, trace::DataType::kFloat32);
  const uint32_t vector =
      builder_.AddSignature("aten::mm", {row, MakeTensor({1024, 1024}, trace::DataType::kFloat32)}, {row});
  const uint32_t add_row = builder_.AddSignature("aten::add", {row, Matrix()}, {Matrix()});
  Add(vector, {1, 6, 2});
  Add(add_row, {2, 7, 3});
  EXPECT_EQ(Kernels(FindWithProducts()), 0u);
}

TEST_F(ProductChainsTest, SizesTellWhereStoragesDoNot) {
  Add(mm_, {});
  Add(relu_, {});
  builder_.trace().phase = trace::Phase::kInfer;
  const Chains chains = FindWithProducts();
  EXPECT_FALSE(chains.by_storage);
  EXPECT_DOUBLE_EQ(chains.kinds.at(0).work.written.value(), kBytes);
  EXPECT_DOUBLE_EQ(chains.kinds.at(0).work.read.value(), kBytes + 1024 * 1024 * 4);
}

TEST_F(FusionTest, ChainsEnd) {
  // At products.
  Add(relu_, {1, 2});
  Add(mm_, {2, 6, 3});
  Add(relu_, {3, 4});
  // Where nothing of the chain is read.
  Add(relu_, {11, 12});
  // At other sizes.
  Add(half_, {12, 13});
  EXPECT_EQ(Kernels(Find()), 0u);
}

// What is reduced and then broadcast is another tensor than the one that its reader goes over, and is no link; nor is a
// number, whose reading is free.
TEST_F(FusionTest, BroadcastsAreNoChain) {
  const trace::Tensor column = MakeTensor({8, 1}, trace::DataType::kFloat32);
  const uint32_t mean = builder_.AddSignature("aten::mean", {Matrix()}, {column});
  trace::Tensor expanded = Matrix();
  expanded.strides = {1, 0};
  const uint32_t mul = builder_.AddSignature("aten::mul", {expanded, Matrix()}, {Matrix()});
  Add(mean, {1, 2});
  Add(mul, {2, 3, 4});
  EXPECT_EQ(Kernels(Find()), 0u);
}

// 32 copies into parts of one buffer: the buffer is written, not read.
TEST_F(FusionTest, WhatIsOnlyWrittenIsNoLink) {
  const uint32_t copy = builder_.AddSignature("aten::copy_", {Matrix(), Matrix()}, {Matrix()});
  for (uint64_t i = 0; i < 32; ++i) Add(copy, {100, i + 1, 100});
  EXPECT_EQ(Kernels(Find()), 0u);
}

// A row of what was written is not what stays in registers.
TEST_F(FusionTest, PartsOfAResultAreNoChain) {
  const uint32_t add_row =
      builder_.AddSignature("aten::add", {MakeTensor({1, 1024}, trace::DataType::kFloat32), Matrix()}, {Matrix()});
  Add(relu_, {1, 2});
  Add(add_row, {2, 7, 3});
  EXPECT_EQ(Kernels(Find()), 0u);
  // All of it is.
  Add(add_, {3, 7, 4});
  EXPECT_EQ(Kernels(Find()), 1u);
}

TEST_F(FusionTest, WhatIsNotKnownEndsChainsAndReads) {
  const uint32_t mystery = builder_.AddSignature("vendor::mystery", {Matrix()}, {Matrix()});
  Add(relu_, {1, 2});
  Add(mystery, {2, 9});
  Add(sigmoid_, {2, 3});
  EXPECT_EQ(Kernels(Find()), 0u);
  // Whatever it touches, nothing is moved past it.
  Add(mystery, {50, 51});
  Add(relu_, {3, 4});
  EXPECT_EQ(Kernels(Find()), 0u);
  Add(sigmoid_, {4, 5});
  EXPECT_EQ(Kernels(Find()), 1u);
}

TEST_F(FusionTest, WhatIsNotKnownReadsBehindAChain) {
  const uint32_t mystery = builder_.AddSignature("vendor::mystery", {Matrix()}, {Matrix()});
  Add(relu_, {1, 2});
  Add(sigmoid_, {2, 3});
  Add(mystery, {2, 9});
  EXPECT_DOUBLE_EQ(Find().kinds.at(0).work.written.value(), 2 * kBytes);
}

// b = relu(a); c = b + x; d = c + x: x is read once.
TEST_F(FusionTest, WhatSeveralReadIsReadOnce) {
  Add(relu_, {1, 2});
  Add(add_, {2, 7, 3});
  Add(add_, {3, 7, 4});
  EXPECT_DOUBLE_EQ(Find().kinds.at(0).work.read.value(), 2 * kBytes);
}

// Two views of one storage are two parts of it where one operator reads them.
TEST_F(FusionTest, ViewsOfOneStorageAreReadEach) {
  Add(add_, {7, 7, 2});
  Add(relu_, {2, 3});
  EXPECT_DOUBLE_EQ(Find().kinds.at(0).work.read.value(), 2 * kBytes);
}

// A normalization comes back to its rows, wherever in a chain it stands, and two of them once.
TEST_F(FusionTest, AChainComesBackToItsRowsOnce) {
  const trace::Tensor row = MakeTensor({1024}, trace::DataType::kFloat32);
  const trace::Tensor column = MakeTensor({8, 1}, trace::DataType::kFloat32);
  const uint32_t norm = builder_.AddSignature("aten::native_layer_norm", {Matrix(), MakeTensor({}), row, row},
                                              {Matrix(), column, column});
  Add(relu_, {1, 2});
  Add(norm, {2, 0, 5, 6, 3, 8, 9});
  const Chain chain = Find().kinds.at(0);
  EXPECT_DOUBLE_EQ(chain.work.read.value(), kBytes + 2 * 4096);
  EXPECT_DOUBLE_EQ(chain.work.reread.bytes.value(), kBytes);
  EXPECT_DOUBLE_EQ(chain.work.reread.row.value(), kBytes / 8);
  Add(norm, {3, 0, 5, 6, 4, 10, 11});
  EXPECT_DOUBLE_EQ(Find().kinds.at(0).work.reread.bytes.value(), kBytes);
  // Moments of a batch are over all rows.
  builder_.trace().signatures[norm].name = "aten::native_batch_norm";
  EXPECT_EQ(Kernels(Find()), 0u);
}

// A cast does no vector work; what it feeds is in FP64.
TEST_F(FusionTest, TheWidestTypeIsThatOfTheChain) {
  const trace::Tensor wide = MakeTensor({8, 1024}, trace::DataType::kFloat64);
  const uint32_t cast = builder_.AddSignature("aten::_to_copy", {Matrix()}, {wide});
  const uint32_t relu = builder_.AddSignature("aten::relu", {wide}, {wide});
  Add(cast, {1, 2});
  Add(relu, {2, 3});
  EXPECT_EQ(Find().kinds.at(0).work.vector_dtype, trace::DataType::kFloat64);
}

TEST_F(FusionTest, ThreadsAndRepetitionsAreApart) {
  const uint32_t first = Add(relu_, {1, 2});
  const uint32_t second = Add(sigmoid_, {2, 3});
  EXPECT_EQ(Kernels(Find()), 1u);
  builder_.trace().operators[second].thread = 7;
  EXPECT_EQ(Kernels(Find()), 0u);
  builder_.trace().operators[second].thread.reset();
  builder_.trace().operators[first].occurrences = 2;
  EXPECT_EQ(Kernels(Find()), 0u);
}

TEST_F(FusionTest, LayersAreOfOneKind) {
  for (uint64_t layer = 0; layer < 5; ++layer) {
    const uint64_t s = 10 * layer;
    Add(relu_, {s + 1, s + 2});
    Add(sigmoid_, {s + 2, s + 3});
    Add(mm_, {s + 3, 100, s + 11});
  }
  const Chains chains = Find();
  EXPECT_EQ(chains.kinds.size(), 1u);
  EXPECT_EQ(Kernels(chains), 5u);
}

// Long runs are cut, so that no kernel grows without end.
TEST_F(FusionTest, ChainsAreNotEndless) {
  for (uint64_t i = 1; i <= 100; ++i) Add(relu_, {i, i + 1});
  EXPECT_EQ(Kernels(Find()), 4u);
}

// Without storages, neighbours of one size are a chain; gradients read what training wrote.
TEST_F(FusionTest, SizesTellWhereStoragesDoNot) {
  Add(relu_, {});
  Add(sigmoid_, {});
  Add(half_, {});
  Chains chains = Find();
  EXPECT_THAT(chains.beginning, ElementsAre(0, kNone, kNone));
  EXPECT_FALSE(chains.by_storage);
  EXPECT_DOUBLE_EQ(chains.kinds[0].work.read.value(), kBytes);
  // Of what nobody says what it is for, gradients may follow.
  EXPECT_DOUBLE_EQ(chains.kinds[0].work.written.value(), 2 * kBytes);
  builder_.trace().phase = trace::Phase::kDecode;
  EXPECT_DOUBLE_EQ(Find().kinds.at(0).work.written.value(), kBytes);
  builder_.trace().phase = trace::Phase::kTrain;
  EXPECT_DOUBLE_EQ(Find().kinds.at(0).work.written.value(), 2 * kBytes);
}

TEST_F(FusionTest, BytesAreThoseOfThePrecision) {
  Add(relu_, {1, 2});
  Add(sigmoid_, {2, 3});
  const Chain chain = Find(Precision::kBf16).kinds.at(0);
  EXPECT_DOUBLE_EQ(chain.work.read.value(), kBytes / 2);
  EXPECT_DOUBLE_EQ(chain.work.written.value(), kBytes / 2);
}

}  // namespace
}  // namespace sandglass::replay
