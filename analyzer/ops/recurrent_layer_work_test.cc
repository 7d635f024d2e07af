// Layers of recurrent cells, worked by hand. An fp32 element is 4 bytes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "analyzer/ops/work_case.h"

namespace sandglass::ops {
namespace {

using ::testing::HasSubstr;

constexpr int64_t kElman = 1;
constexpr int64_t kLstm = 2;
constexpr int64_t kGru = 3;

// States of 4; of which nothing but input and states is given.
Op Cudnn(int64_t mode, const Dims& input, int64_t layers, bool both_ways) {
  Op op("aten::_cudnn_rnn");
  op.In(kF32, input).List(kF32, {{16, 2}, {16, 4}}).Int("weight_stride0", 4).None().In(kF32, {2, 3, 4}).None();
  op.Int("mode", mode).Int("hidden_size", 4).Int("proj_size", 0).Int("num_layers", layers).Flag("batch_first", false);
  return op.Real("dropout", 0).Flag("train", true).Flag("bidirectional", both_ways);
}

// 5 steps of 3 rows of 2, two layers both ways: products of all steps [15, 2 + 8] by [·, 2·16] 9,600 FLOP; ten turns of
// [3, 4] by [4, 16] in both directions, 768 each. 5·3·4·2·2 = 240 states of 5·8 + 12. Weights of a layer's steps are
// 2·16·4 elements, which 4 further steps of each layer read again. A kernel a layer, and two a turn.
TEST(RecurrentLayerWorkTest, LstmBothWaysInTwoLayers) {
  const auto work = WorkOf(Cudnn(kLstm, {5, 3, 2}, 2, true));
  ASSERT_TRUE(work.ok()) << work.status();
  EXPECT_EQ(work->op_class, OpClass::kRecurrentStep);
  EXPECT_EQ(work->matrix, Flop::Of(9600 + 7680));
  EXPECT_EQ(FlopOf(*work->problem), Flop::Of(9600));
  EXPECT_EQ(work->second_problem->batch, 2);
  EXPECT_EQ(FlopOf(*work->second_problem), Flop::Of(768));
  EXPECT_EQ(work->second_turns, 10);
  EXPECT_EQ(work->vector, Flop::Of(240 * 52));
  EXPECT_EQ(work->read, Bytes::Of(4 * (30 + 32 + 64 + 24)));
  EXPECT_EQ(work->written, Bytes::Of(4 * 5 * 3 * 8));
  EXPECT_EQ(work->reread.row, Bytes::Of(512));
  EXPECT_EQ(work->reread.bytes, Bytes::Of(8 * 512));
  EXPECT_EQ(work->reread.rows_a_core, 0);
  EXPECT_EQ(work->loop->steps, 10);
  EXPECT_EQ(work->kernels, 22);
}

TEST(RecurrentLayerWorkTest, CellsHaveTheirGates) {
  // One layer one way: columns 4 and 12; 60 states.
  const auto elman = WorkOf(Cudnn(kElman, {5, 3, 2}, 1, false));
  ASSERT_TRUE(elman.ok()) << elman.status();
  EXPECT_EQ(elman->matrix, Flop::Of(2 * 15 * 4 * 2 + 5 * 2 * 3 * 4 * 4));
  EXPECT_EQ(elman->vector, Flop::Of(60 * 10));
  const auto gru = WorkOf(Cudnn(kGru, {5, 3, 2}, 1, false));
  ASSERT_TRUE(gru.ok()) << gru.status();
  EXPECT_EQ(gru->matrix, Flop::Of(2 * 15 * 12 * 2 + 5 * 2 * 3 * 12 * 4));
  EXPECT_EQ(gru->vector, Flop::Of(60 * 35));
}

// 12 rows packed, of which the steps have 5, 4, 2 and 1: 4 steps of 3.
TEST(RecurrentLayerWorkTest, PackedRowsAreTakenApart) {
  const auto work = WorkOf(Cudnn(kGru, {12, 2}, 1, false).Ints("batch_sizes", {5, 4, 2, 1}));
  ASSERT_TRUE(work.ok()) << work.status();
  EXPECT_EQ(work->problem->m, 12);
  EXPECT_EQ(work->second_problem->m, 3);
  EXPECT_EQ(work->second_turns, 4);
  // Four further rows, one a step: 8 steps, the longest of which decides nothing but their number.
  const auto uneven = WorkOf(Cudnn(kGru, {16, 2}, 1, false).Ints("batch_sizes", {5, 4, 2, 1, 1, 1, 1, 1}));
  ASSERT_TRUE(uneven.ok()) << uneven.status();
  EXPECT_EQ(uneven->problem->m, 16);
  EXPECT_EQ(uneven->vector, Flop::Of(16 * 4 * 35));
  EXPECT_THAT(std::string(WorkOf(Cudnn(kGru, {12, 2}, 1, false)).status().message()), HasSubstr("packed sequences"));
}

// The list of weights lies in the buffer, which is also handed through as the last result.
TEST(RecurrentLayerWorkTest, WeightsAreReadOnce) {
  Op op("aten::_cudnn_rnn");
  op.In(kF32, {5, 3, 2}).List(kF32, {{16, 2}, {16, 4}}).Int("weight_stride0", 4).In(kF32, {96}).In(kF32, {1, 3, 4});
  op.None().Int("mode", kLstm).Int("hidden_size", 4).Int("proj_size", 0).Int("num_layers", 1);
  op.Out(kF32, {5, 3, 4}).Out(kF32, {1, 3, 4}).Out(kF32, {1, 3, 4}).Out(kF32, {7}).Out(kF32, {96});
  const auto work = WorkOf(op);
  ASSERT_TRUE(work.ok()) << work.status();
  EXPECT_EQ(work->read, Bytes::Of(4 * (30 + 32 + 64 + 12)));
  EXPECT_EQ(work->written, Bytes::Of(4 * (60 + 12 + 12 + 7)));
}

// MIOpen has no weight buffer before the states and no projection.
TEST(RecurrentLayerWorkTest, MiopenHasOtherArguments) {
  Op op("aten::miopen_rnn");
  op.In(kF32, {3, 5, 2}).List(kF32, {{16, 2}}).Int("", 4).In(kF32, {1, 3, 4}).None();
  op.Int("", kLstm).Int("", 4).Int("", 1).Flag("", true).Real("", 0).Flag("", true).Flag("", false);
  const auto work = WorkOf(op);
  ASSERT_TRUE(work.ok()) << work.status();
  EXPECT_EQ(work->second_problem->m, 3);
  EXPECT_EQ(work->second_turns, 5);
  EXPECT_EQ(work->vector, Flop::Of(60 * 52));
}

// oneDNN's operator is one layer one way: 5 steps of 3 rows of 2 and states of 4, of however many layers and
// directions, and wherever the caller has the batch. Weights, both biases, and both states are read.
TEST(RecurrentLayerWorkTest, OneDnnRunsLayerByLayer) {
  Op op("aten::mkldnn_rnn_layer");
  op.In(kF32, {5, 3, 2}).In(kF32, {16, 2}).In(kF32, {16, 4}).In(kF32, {16}).In(kF32, {16});
  op.In(kF32, {1, 3, 4}).In(kF32, {1, 3, 4}).Flag("reverse", true).Ints("batch_sizes", {}).Int("", kLstm);
  op.Int("", 4).Int("num_layers", 2).Flag("has_biases", true).Flag("bidirectional", true);
  op.Flag("batch_first", true).Flag("train", false);
  const auto work = WorkOf(op);
  ASSERT_TRUE(work.ok()) << work.status();
  EXPECT_EQ(work->op_class, OpClass::kRecurrentStep);
  EXPECT_EQ(FlopOf(*work->problem), Flop::Of(2 * 15 * 16 * 2));
  EXPECT_EQ(work->second_problem->batch, 1);
  EXPECT_EQ(work->second_turns, 5);
  EXPECT_EQ(work->matrix, Flop::Of(2 * 15 * 16 * 2 + 5 * 2 * 3 * 16 * 4));
  EXPECT_EQ(work->vector, Flop::Of(60 * 52));
  EXPECT_EQ(work->read, Bytes::Of(4 * (30 + 32 + 64 + 16 + 16 + 12 + 12)));
  EXPECT_EQ(work->written, Bytes::Of(4 * 60));
  op.Out(kF32, {5, 3, 4}).Out(kF32, {1, 3, 4}).Out(kF32, {1, 3, 4}).Out(trace::DataType::kUint8, {100});
  EXPECT_EQ(WorkOf(op)->written, Bytes::Of(4 * (60 + 12 + 12) + 100));
  // Its gradient is the same turns, and three products of all steps.
  Op back("aten::mkldnn_rnn_layer_backward");
  back.In(kF32, {5, 3, 2}).In(kF32, {16, 2}).In(kF32, {16, 4}).In(kF32, {16}).In(kF32, {16}).In(kF32, {1, 3, 4});
  back.In(kF32, {1, 3, 4}).In(kF32, {5, 3, 4}).In(kF32, {1, 3, 4}).In(kF32, {1, 3, 4}).In(kF32, {5, 3, 4});
  back.None().None().Flag("", false).Int("", kLstm).Int("", 4);
  const auto gradient = WorkOf(back);
  ASSERT_TRUE(gradient.ok()) << gradient.status();
  EXPECT_EQ(gradient->matrix, 2 * work->matrix);
  EXPECT_EQ(gradient->vector, Flop::Of(60 * 24));
}

TEST(RecurrentLayerWorkTest, WhatIsNotKnownOfOneDnn) {
  const auto error = [](const Dims& input, int64_t mode, int64_t hidden) {
    Op op("aten::mkldnn_rnn_layer");
    op.In(kF32, input).In(kF32, {16, 2}).In(kF32, {16, 4}).In(kF32, {16}).In(kF32, {16});
    op.In(kF32, {1, 3, 4}).In(kF32, {1, 3, 4}).Flag("reverse", false).Ints("batch_sizes", {});
    op.Int("mode", mode).Int("hidden_size", hidden);
    return std::string(WorkOf(op).status().message());
  };
  EXPECT_EQ(error({5, 3, 2}, kLstm, 4), "");
  EXPECT_THAT(error({5, 3, 2}, 7, 4), HasSubstr("cell's mode, 0 to 3"));
  EXPECT_THAT(error({5, 3, 2}, kLstm, 0), HasSubstr("size of its state"));
  EXPECT_NE(error({5, 3}, kLstm, 4), "");
  EXPECT_THAT(error({int64_t{1} << 30, 1, 2}, kLstm, 4), HasSubstr("no operator has"));
  EXPECT_THAT(error({1, 1, 2}, kLstm, int64_t{1} << 30), HasSubstr("no operator has"));
}

// Turns of the states' gradients as forward; the inputs' gradient and both weights', [15, 16] by 2 + 2 + 4 columns.
TEST(RecurrentLayerWorkTest, BackwardIsTwiceForward) {
  Op op("aten::_cudnn_rnn_backward");
  op.In(kF32, {5, 3, 2}).List(kF32, {{16, 2}, {16, 4}}).Int("weight_stride0", 4).None().In(kF32, {1, 3, 4}).None();
  op.In(kF32, {5, 3, 4}).In(kF32, {5, 3, 4}).None().None();
  op.Int("mode", kLstm).Int("hidden_size", 4).Int("proj_size", 0).Int("num_layers", 1);
  const auto back = WorkOf(op);
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_EQ(FlopOf(*back->problem), Flop::Of(2 * 15 * 16 * 8));
  const auto forward = WorkOf(Cudnn(kLstm, {5, 3, 2}, 1, false));
  EXPECT_EQ(back->matrix, 2 * forward->matrix);
  EXPECT_EQ(back->vector, Flop::Of(60 * 24));
}

TEST(RecurrentLayerWorkTest, WhatIsNotKnown) {
  EXPECT_THAT(std::string(WorkOf(Cudnn(7, {5, 3, 2}, 1, false)).status().message()), HasSubstr("cell's mode, 0 to 3"));
  EXPECT_THAT(std::string(WorkOf(Op("aten::_cudnn_rnn").In(kF32, {5, 3, 2})).status().message()),
              HasSubstr("size of its state"));
  Op projected("aten::_cudnn_rnn");
  projected.In(kF32, {5, 3, 2}).List(kF32, {{16, 2}}).Int("", 4).None().In(kF32, {1, 3, 4}).None();
  projected.Int("mode", kLstm).Int("hidden_size", 4).Int("proj_size", 2).Int("num_layers", 1);
  EXPECT_THAT(std::string(WorkOf(projected).status().message()), HasSubstr("projected"));
  EXPECT_FALSE(WorkOf(Cudnn(kLstm, {5}, 1, false)).ok());
  for (const int64_t layers : {int64_t{1} << 62, int64_t{0}, int64_t{-3}}) {
    EXPECT_THAT(std::string(WorkOf(Cudnn(kLstm, {5, 3, 2}, layers, false)).status().message()),
                HasSubstr("no operator has"))
        << layers;
  }
  EXPECT_THAT(std::string(WorkOf(Cudnn(kLstm, {int64_t{1} << 28, 1, 2}, 3, false)).status().message()),
              HasSubstr("as many steps"));
  EXPECT_FALSE(WorkOf(Cudnn(kLstm, {5, 3, int64_t{1} << 40}, 1, false)).ok());
  // No steps are no work, and nothing is read again.
  const auto none = WorkOf(Cudnn(kLstm, {0, 3, 2}, 1, false));
  ASSERT_TRUE(none.ok()) << none.status();
  EXPECT_EQ(none->matrix, Flop());
  EXPECT_EQ(none->reread.bytes, Bytes());
}

}  // namespace
}  // namespace sandglass::ops
