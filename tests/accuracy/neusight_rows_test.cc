#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tests/accuracy/row_set_fixture.h"
#include "tests/accuracy/row_sets.h"

namespace sandglass::accuracy {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

constexpr char kNeusight[] = "neusight/model_ops_measured_vs_pred.csv.gz";
constexpr char kNeusightHeader[] =
    "device,model,mode,batch,num_layer,node,op,fw_ops,bw_ops,acc_ops,input_shapes,output_shape,meas_fw_ms,meas_bw_ms,"
    "meas_acc_ms,roofline_fw_ms,habitat_fw_ms,micro_fw_ms,neusight_fw_ms,roofline_bw_ms,habitat_bw_ms,neusight_bw_ms\n";

// A line of that file. `kernels`, backward and what is added up, and shapes are Python's.
struct Line {
  std::string device = "Tesla_P4";
  std::string node = "";
  std::string op = "";
  std::string forward = "";
  std::string inputs = "";
  std::string output = "";
  std::string forward_ms = "1";
  std::string mode = "inf";
  std::string backward = "";
  std::string backward_ms = "";
  std::string accumulation = "";
  std::string accumulation_ms = "";
  // Of roofline, habitat, micro and neusight.
  std::string said = ",,,";
};

std::string TextOf(const Line& line) {
  const auto quoted = [](const std::string& text) { return absl::StrCat("\"", text, "\""); };
  return absl::StrJoin(
      {line.device, std::string("m"), line.mode, std::string("2"), std::string("3"), line.node, line.op,
       quoted(line.forward), quoted(line.backward), quoted(line.accumulation), quoted(line.inputs), quoted(line.output),
       line.forward_ms, line.backward_ms, line.accumulation_ms, line.said, std::string(",,\n")},
      ",");
}

// A node that starts nothing, and one that starts next to nothing.
Line Getitem(const std::string& device, const std::string& forward_ms) {
  return {.device = device,
          .op = "getitem",
          .forward = "[['MEM', ((1,), (1,))]]",
          .inputs = "[(1,)]",
          .output = "(1,)",
          .forward_ms = forward_ms};
}
Line Relu(const std::string& device, const std::string& forward_ms) {
  return {.device = device,
          .op = "VECrelu",
          .forward = "[['VECrelu', (2, 4)]]",
          .inputs = "[(2, 4)]",
          .output = "(2, 4)",
          .forward_ms = forward_ms};
}

// Of [8, 3] and weights [3, 5].
Line Linear() {
  return {.op = "Linear", .forward = "[['Linear', (8, 3, 5)]]", .inputs = "[(8, 3)]", .output = "(8, 5)"};
}
Line LinearGradient(const std::string& accumulation, const std::string& accumulation_ms) {
  Line line = Linear();
  line.mode = "train";
  line.backward = "[['Linear', (8, 5, 3)], ['Linear', (5, 8, 3)]]";
  line.backward_ms = "3";
  line.accumulation = accumulation;
  line.accumulation_ms = accumulation_ms;
  return line;
}

// The set of that name, of those that NeuSight's files give.
absl::StatusOr<RowSet> Neusight(const std::string& folder, const std::string& name) {
  absl::StatusOr<std::vector<RowSet>> sets = ReadNeusight(folder);
  if (!sets.ok()) return sets.status();
  for (RowSet& set : *sets) {
    if (set.name == name) return std::move(set);
  }
  return absl::NotFoundError(name);
}

TEST_F(RowSetsTest, NodesBecomeTheOperatorsOfTheirKernels) {
  std::string text = kNeusightHeader;
  for (const Line& line : std::vector<Line>{
           {.op = "Linear",
    .forward = "[['Linear', (8, 3, 5)]]",
    .inputs = "[(2, 4, 3)]",
    .output = "(2, 4, 5)",
    .forward_ms = "2",
    .said = "1,,0,4"},
           {.op = "BMM",
           .forward = "[['BMM', (6, 7, 3, 5)]]",
           .inputs = "[(6, 7, 3), (6, 3, 5)]",
           .output = "(6, 7, 5)"},
           {.op = "VECadd", .forward = "[['VECadd', (2, 4)]]", .inputs = "[(2, 4), (4,)]", .output = "(2, 4)"},
           {.op = "VECmulu", .forward = "[['VECmulu', (2, 4)]]", .inputs = "[(2, 4)]", .output = "(2, 4)"},
           {.op = "VECln", .forward = "[['VECln', (2, 4)]]", .inputs = "[(1, 2, 4)]", .output = "(1, 2, 4)"},
           {.op = "VECsoftmax", .forward = "[['VECsoftmax', (2, 4)]]", .inputs = "[(2, 4)]", .output = "(2, 4)"},
           {.op = "getitem", .forward = "[['MEM', ((1,), (1,))]]", .inputs = "[(1,)]", .output = "(1,)"},
           {.op = "contiguous", .forward = "[['MEM', ((2, 4), (2, 4))]]", .inputs = "[(2, 4)]", .output = "(2, 4)"},
           {.op = "VECrelu",
           .forward = "[['VECrelu', (2, 4)]]",
           .inputs = "[(2, 4)]",
           .output = "(2, 4)",
           .forward_ms = "0"}}) {
    text += TextOf(line);
  }
  Write(kNeusight, text);
  const auto set = Neusight(folder_, "neusight operators");
  ASSERT_TRUE(set.ok()) << set.status();
  ASSERT_EQ(set->rows.size(), 6u);
  const MeasuredRow& linear = set->rows[0];
  EXPECT_EQ(linear.device, "Tesla_P4");
  EXPECT_EQ(linear.op_class, "FC");
  EXPECT_DOUBLE_EQ(linear.measured.value(), 2e-3);
  EXPECT_THAT(linear.published, ElementsAre(Pair("neusight", 4e-3), Pair("roofline", 1e-3)));
  const ops::Work product = WorkOfRow(linear);
  EXPECT_EQ(product.problem->m, 8);
  EXPECT_EQ(product.problem->k, 3);
  EXPECT_EQ(product.problem->n, 5);
  const ops::Work batched = WorkOfRow(set->rows[1]);
  EXPECT_EQ(set->rows[1].work.size(), 1u);
  EXPECT_EQ(batched.problem->batch, 6);
  EXPECT_EQ(batched.problem->m, 7);
  EXPECT_EQ(batched.problem->k, 3);
  EXPECT_EQ(batched.problem->n, 5);
  // A broadcast operand is read once, one that is a number not at all.
  EXPECT_DOUBLE_EQ(WorkOfRow(set->rows[2]).read.value(), (8 + 4) * 4);
  EXPECT_DOUBLE_EQ(WorkOfRow(set->rows[3]).read.value(), 8 * 4);
  EXPECT_EQ(WorkOfRow(set->rows[4]).op_class, ops::OpClass::kNormalization);
  EXPECT_EQ(WorkOfRow(set->rows[5]).op_class, ops::OpClass::kSoftmax);
}

// Heads of queries and keys are views and are copied before they are multiplied; square weights of attention are not.
TEST_F(RowSetsTest, ViewsOfHeadsAreCopiedBeforeTheProduct) {
  Write(kNeusight, absl::StrCat(kNeusightHeader,
                                TextOf({.op = "BMM",
                                        .forward = "[['BMM', (6, 7, 3, 7)]]",
                                        .inputs = "[(2, 3, 7, 3), (2, 3, 3, 7)]",
                                        .output = "(2, 3, 7, 7)"}),
                                TextOf({.op = "BMM",
                                        .forward = "[['BMM', (6, 7, 7, 3)]]",
                                        .inputs = "[(2, 3, 7, 7), (2, 3, 7, 3)]",
                                        .output = "(2, 3, 7, 3)"})));
  const auto set = Neusight(folder_, "neusight operators");
  ASSERT_TRUE(set.ok()) << set.status();
  EXPECT_EQ(set->rows.at(0).work.size(), 3u);
  ASSERT_EQ(set->rows.at(1).work.size(), 2u);
  EXPECT_DOUBLE_EQ(WorkOfRow(set->rows[1]).read.value(), 2 * 3 * 7 * 3 * 4);
}

// Of three other devices the medians are 2, 6 and 8 us where nothing is done, and 20, 24 and 30 where next to nothing
// is started; its own 90 us do not count.
TEST_F(RowSetsTest, TheTimerIsThatOfTheOtherDevices) {
  std::string text = kNeusightHeader;
  const auto add = [&text](const char* device, const char* nothing, const char* tiny) {
    text += TextOf(Getitem(device, nothing)) + TextOf(Relu(device, tiny));
  };
  add("a", "0.002", "0.020");
  add("b", "0.006", "0.024");
  add("c", "0.009", "0.031");
  add("c", "0.007", "0.029");
  add("d", "0.09", "0.09");
  Write(kNeusight, text);
  const auto set = Neusight(folder_, "neusight operators");
  ASSERT_TRUE(set.ok()) << set.status();
  ASSERT_EQ(set->rows.size(), 5u);
  EXPECT_EQ(set->rows[4].device, "d");
  EXPECT_NEAR(set->rows[4].timer.value(), 6e-6, 1e-12);
  EXPECT_NEAR(set->rows[4].launch.value(), 24e-6, 1e-12);
}

// The host takes longer for a normalization: the least that one reads on any other device, three quarters of it before
// the kernel.
TEST_F(RowSetsTest, NormalizationsWaitForTheHost) {
  std::string text = kNeusightHeader;
  const auto add = [&text](const char* device, const char* forward_ms) {
    text += TextOf({.device = device,
                    .op = "VECln",
                    .forward = "[['VECln', (2, 4)]]",
                    .inputs = "[(2, 4)]",
                    .output = "(2, 4)",
                    .forward_ms = forward_ms});
  };
  add("a", "0.040");
  add("a", "0.100");
  add("b", "0.036");
  add("c", "0.020");
  Write(kNeusight, text);
  const auto set = Neusight(folder_, "neusight operators");
  ASSERT_TRUE(set.ok()) << set.status();
  ASSERT_EQ(set->rows.size(), 4u);
  EXPECT_NEAR(set->rows[0].launch.value(), 20e-6, 1e-12);
  EXPECT_NEAR(set->rows[0].timer.value(), 15e-6, 1e-12);
  // Its own says nothing.
  EXPECT_EQ(set->rows[3].device, "c");
  EXPECT_NEAR(set->rows[3].launch.value(), 36e-6, 1e-12);
}

// And for a linear layer, whose large ones wait for nothing.
TEST_F(RowSetsTest, LinearLayersTakeTheHostLonger) {
  std::string text = kNeusightHeader;
  for (const auto& [device, forward_ms] : {std::pair("a", "0.045"), {"a", "9"}, {"b", "0.041"}, {"c", "0.030"}}) {
    Line line = Linear();
    line.device = device;
    line.forward_ms = forward_ms;
    text += TextOf(line);
  }
  Write(kNeusight, text);
  const auto set = Neusight(folder_, "neusight operators");
  ASSERT_TRUE(set.ok()) << set.status();
  ASSERT_EQ(set->rows.size(), 4u);
  EXPECT_NEAR(set->rows[0].launch.value(), 30e-6, 1e-12);
  EXPECT_EQ(set->rows[0].timer, Seconds());
  EXPECT_NEAR(set->rows[3].launch.value(), 41e-6, 1e-12);
}

TEST_F(RowSetsTest, GradientsLeaveOutWhatIsAddedUp) {
  Write(kNeusight, absl::StrCat(kNeusightHeader, TextOf(LinearGradient("[['VECadd', [1, 15]]]", "1")),
                                TextOf({.op = "VECmulu",
                                        .forward = "[['VECmulu', (2, 4)]]",
                                        .inputs = "[(2, 4)]",
                                        .output = "(2, 4)",
                                        .backward_ms = "0",
                                        .accumulation_ms = "0"})));
  const auto set = Neusight(folder_, "neusight gradients");
  ASSERT_TRUE(set.ok()) << set.status();
  ASSERT_EQ(set->rows.size(), 1u);
  EXPECT_NEAR(set->rows[0].measured.value(), 2e-3, 1e-15);
  ASSERT_EQ(set->rows[0].work.size(), 2u);
  EXPECT_EQ(WorkOfRow(set->rows[0]).problem->k, 5);
}

// A gradient of two operators takes the host twice as long behind what the timer reads (4 of 24 us); where adding to
// gradients was timed as well and subtracted, so was that.
TEST_F(RowSetsTest, TheHostStartsOneOperatorAfterTheOther) {
  std::string text = kNeusightHeader;
  text += TextOf(Getitem("other", "0.004")) + TextOf(Relu("other", "0.024"));
  text += TextOf(LinearGradient("", "")) + TextOf(LinearGradient("[['VECadd', [1, 15]]]", ""));
  Write(kNeusight, text);
  const auto set = Neusight(folder_, "neusight gradients");
  ASSERT_TRUE(set.ok()) << set.status();
  ASSERT_EQ(set->rows.size(), 2u);
  EXPECT_NEAR(set->rows[0].timer.value(), 4e-6, 1e-12);
  EXPECT_NEAR(set->rows[0].launch.value(), 44e-6, 1e-12);
  EXPECT_EQ(set->rows[1].timer, Seconds());
  EXPECT_NEAR(set->rows[1].launch.value(), 40e-6, 1e-12);
}

// What autograd calls for a node, not the kernels that the published predictor knows.
TEST_F(RowSetsTest, GradientsAreTheOperatorsThatAutogradCalls) {
  struct Case {
    const char* op;
    const char* backward;
    const char* inputs;
    const char* accumulation;
    // Operators, and what the first reads and writes of elements of four bytes.
    size_t operators;
    const char* first;
    double elements;
  };
  const std::vector<Case> cases = {
      // Gradient and kept tensor in, gradient out.
      {"VECgelu", "[['VECgelu', (2, 4)]]", "[(2, 4)]", "", 1, "aten::gelu_backward", 24},
      {"VECrelu", "[['VECrelu', (2, 4)]]", "[(2, 4)]", "", 1, "aten::threshold_backward", 24},
      {"VECtanh", "[['VECmulu', (2, 4)], ['VECaddu', (2, 4)]]", "[(2, 4)]", "", 1, "aten::tanh_backward", 24},
      {"VECsoftmax", "[['VECmul', (2, 4)], ['VECsoftmax', (2, 4)]]", "[(2, 4)]", "", 1, "aten::_softmax_backward_data",
       24},
      // 8 elements three times, two rows' moments, and weight, bias and their gradients.
      {"VECln", "[['VECmul', (2, 4)]]", "[(2, 4)]", "", 1, "aten::native_layer_norm_backward", 24 + 4 + 16},
      // A number has no gradient.
      {"VECdiv", "[['VECdiv', (2, 4)], ['VECdiv', (2, 4)]]", "[(2, 4), (1,)]", "", 1, "aten::div", 16},
      {"VECdiv", "[['VECdiv', (2, 4)], ['VECdiv', (2, 4)]]", "[(2, 4), (2, 4)]", "", 2, "aten::div", 24},
      // Of weights, inputs, and over rows of the bias where there is one.
      {"Linear", "[['Linear', (2, 4, 3)], ['Linear', (4, 2, 3)]]", "[(2, 3)]",
       "[['VECadd', [1, 12]], ['VECadd', [1, 4]]]", 3, "aten::mm", 8 + 12 + 6},
      {"Linear", "[['Linear', (2, 4, 3)], ['Linear', (4, 2, 3)]]", "[(2, 3)]", "[['VECadd', [1, 12]]]", 2, "aten::mm",
       8 + 12 + 6},
  };
  for (const Case& tried : cases) {
    SCOPED_TRACE(tried.op);
    Write(kNeusight, absl::StrCat(kNeusightHeader, TextOf({.op = tried.op,
                                                           .forward = tried.backward,
                                                           .inputs = tried.inputs,
                                                           .output = "(2, 4)",
                                                           .mode = "train",
                                                           .backward = tried.backward,
                                                           .backward_ms = "3",
                                                           .accumulation = tried.accumulation,
                                                           .accumulation_ms = "1"})));
    const auto set = Neusight(folder_, "neusight gradients");
    ASSERT_TRUE(set.ok()) << set.status();
    ASSERT_EQ(set->rows.size(), 1u);
    ASSERT_EQ(set->rows[0].work.size(), tried.operators);
    EXPECT_EQ(set->rows[0].work[0].name, tried.first);
    const absl::StatusOr<ops::Work> work = ops::WorkOf(set->rows[0].work[0]);
    ASSERT_TRUE(work.ok()) << work.status();
    EXPECT_DOUBLE_EQ((work->read + work->written).value(), 4 * tried.elements);
  }
}

// Nodes that scores leave out, in a step of training and of inference: operators forward and backward.
TEST_F(RowSetsTest, StepsHaveWhatDropoutDoesInTraining) {
  const auto operators_of = [&](const char* model, const char* mode, const char* op, const char* shape) {
    const bool trains = mode == std::string("train");
    std::string text = TextOf({.op = op,
                               .forward = "[['MEM', ((1,),)]]",
                               .inputs = shape,
                               .output = shape,
                               .mode = mode,
                               .backward = trains ? "[['MEM', ((1,),)]]" : ""});
    text.replace(text.find(",m,") + 1, 1, model);
    Write(kNeusight, absl::StrCat(kNeusightHeader, text));
    Write("neusight/e2e_measured_vs_pred.csv.gz",
          absl::StrCat("device,predictor,model,mode,batch,option,measured_ms,predicted_ms\nTesla_P4,neusight,", model,
                       ",", mode, ",2,,10,8\n"));
    const auto set = Neusight(folder_, "neusight steps");
    EXPECT_TRUE(set.ok()) << set.status();
    std::vector<std::string> names;
    for (const trace::Signature& signature : set->rows.at(0).work) names.push_back(signature.name);
    return names;
  };
  EXPECT_THAT(operators_of("gpt2_large", "train", "dropout", "(2, 4, 8, 8)"),
              ElementsAre("aten::native_dropout", "aten::native_dropout_backward"));
  EXPECT_THAT(operators_of("gpt2_large", "inf", "dropout", "(2, 4, 8, 8)"), ElementsAre());
  // OPT's attention leaves nothing out.
  EXPECT_THAT(operators_of("opt_13", "train", "dropout", "(8, 8, 8)"), ElementsAre());
  EXPECT_THAT(operators_of("opt_13", "train", "dropout", "(8, 16)"),
              ElementsAre("aten::native_dropout", "aten::native_dropout_backward"));
  EXPECT_THAT(operators_of("gpt2_large", "train", "where", "(2, 4, 8, 8)"), ElementsAre("aten::where", "aten::where"));
  EXPECT_THAT(operators_of("gpt2_large", "inf", "contiguous", "(2, 8, 4, 16)"), ElementsAre("aten::clone"));
  EXPECT_THAT(operators_of("gpt2_large", "inf", "contiguous", "(2, 8, 64)"), ElementsAre());
}

// Before the layer an addition, in it a product and an addition, behind it a norm: three layers are 1 + 3 · 2 + 1
// operators, and in training their gradients and sums as well.
TEST_F(RowSetsTest, StepsRepeatTheirLayer) {
  std::string text = kNeusightHeader;
  for (const char* mode : {"inf", "train"}) {
    const auto add = [&](const char* node, const char* op, const char* kernels, const char* backward,
                         const char* accumulation) {
      text += TextOf({.node = node,
                      .op = op,
                      .forward = kernels,
                      .inputs = "[(8, 3)]",
                      .output = "(8, 3)",
                      .mode = mode,
                      .backward = backward,
                      .accumulation = accumulation});
    };
    add("add_1", "VECaddu", "[['VECaddu', (8, 3)]]", "", "");
    add("transformer_h_0_mlp", "Linear", "[['Linear', (8, 3, 3)]]", "[['Linear', (8, 3, 3)], ['Linear', (3, 8, 3)]]",
        "[['VECadd', [1, 9]]]");
    add("add_2", "VECaddu", "[['VECaddu', (8, 3)]]", "", "");
    add("transformer_ln_f", "VECln", "[['VECln', (8, 3)]]", "", "");
  }
  Write(kNeusight, text);
  Write("neusight/e2e_measured_vs_pred.csv.gz",
        "device,predictor,model,mode,batch,option,measured_ms,predicted_ms\n"
        "Tesla_P4,neusight,m,inf,2,,10,8\nTesla_P4,micro,m,inf,2,,10,12\nTesla_P4,neusight,m,inf,2,fusion,5,5\n"
        "Tesla_P4,neusight,m,train,2,,30,\nTesla_P4,neusight,other,inf,2,,7,7\n");
  const auto set = Neusight(folder_, "neusight steps");
  ASSERT_TRUE(set.ok()) << set.status();
  ASSERT_EQ(set->rows.size(), 3u);
  EXPECT_EQ(set->rows[0].op_class, "inf");
  EXPECT_EQ(set->rows[0].work.size(), 1u + 3 * 2 + 1);
  EXPECT_THAT(set->rows[0].published, ElementsAre(Pair("micro", 12e-3), Pair("neusight", 8e-3)));
  EXPECT_EQ(set->rows[1].work.size(), 1u + 3 * (2 + 2 + 1) + 1);
  EXPECT_THAT(set->rows[1].published, ElementsAre());
  // A model without a graph has no work: it counts as unanswered.
  EXPECT_TRUE(set->rows[2].work.empty());
  // The same model compiled is a set of its own, on the stack that does.
  const auto fused = Neusight(folder_, "neusight fused steps");
  ASSERT_TRUE(fused.ok()) << fused.status();
  ASSERT_EQ(fused->rows.size(), 1u);
  EXPECT_DOUBLE_EQ(fused->rows[0].measured.value(), 5e-3);
  EXPECT_EQ(fused->rows[0].work.size(), set->rows[0].work.size());
  EXPECT_EQ(fused->rows[0].stack, "torch-compile");
  EXPECT_EQ(set->rows[0].stack, "");
}

}  // namespace
}  // namespace sandglass::accuracy
