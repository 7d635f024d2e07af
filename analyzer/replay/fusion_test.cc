#include "analyzer/replay/fusion.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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
    EXPECT_EQ(list.costed.size(), builder_.trace().operators.size());
    return FindChains(builder_.trace(), list, precision);
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
  EXPECT_EQ(chains.operators, 4u);
  EXPECT_EQ(chains.kernels, 1u);
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

TEST_F(FusionTest, ChainsEnd) {
  // At products.
  Add(relu_, {1, 2});
  Add(mm_, {2, 6, 3});
  Add(relu_, {3, 4});
  // Where nothing of the chain is read.
  Add(relu_, {11, 12});
  // At other sizes.
  Add(half_, {12, 13});
  EXPECT_EQ(Find().kernels, 0u);
}

TEST_F(FusionTest, ThreadsAndRepetitionsAreApart) {
  const uint32_t first = Add(relu_, {1, 2});
  const uint32_t second = Add(sigmoid_, {2, 3});
  EXPECT_EQ(Find().kernels, 1u);
  builder_.trace().operators[second].thread = 7;
  EXPECT_EQ(Find().kernels, 0u);
  builder_.trace().operators[second].thread.reset();
  builder_.trace().operators[first].occurrences = 2;
  EXPECT_EQ(Find().kernels, 0u);
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
  EXPECT_EQ(chains.kernels, 5u);
  EXPECT_EQ(chains.operators, 10u);
}

// Long runs are cut, so that no kernel grows without end.
TEST_F(FusionTest, ChainsAreNotEndless) {
  for (uint64_t i = 1; i <= 100; ++i) Add(relu_, {i, i + 1});
  EXPECT_EQ(Find().kernels, 4u);
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
  EXPECT_DOUBLE_EQ(chains.kinds[0].work.written.value(), kBytes);
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
