#include "collectors/torch/operator_assembler.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"

namespace sandglass::collectors {
namespace {

const OpInfo kAdd = {.name = "aten::add",
                     .schema = "aten::add(Tensor self, Tensor other) -> Tensor",
                     .argument_names = {"self", "other", "alpha"}};
const OpInfo kEmpty = {.name = "aten::empty", .schema = "aten::empty() -> Tensor"};
const OpInfo kView = {.name = "aten::view", .schema = "aten::view(Tensor self) -> Tensor"};
const OpInfo kNode = {.name = "AddBackward0"};

constexpr uint8_t kFloat32 = v1::DATA_TYPE_FLOAT32;

// Feeds events as the observer's hot path would, and keeps what comes out.
class OperatorAssemblerTest : public ::testing::Test {
 protected:
  void Start(const OpInfo& op, int64_t ns, const std::vector<uint64_t>& storages = {}, uint64_t thread = 1,
             int64_t sequence = -1, uint64_t forward_thread = 0) {
    writer_.BeginStart(1, &op, forward_thread != 0, sequence, forward_thread);
    uint16_t position = 0;
    for (const uint64_t storage : storages) Tensor(position++, storage);
    assembler().Consume(thread, writer_.FinishStart(ns));
  }

  void End(int64_t ns, const std::vector<uint64_t>& storages = {}, uint64_t thread = 1,
           uint8_t flags = kResultsRecorded) {
    writer_.BeginEnd(1, ns, flags);
    uint16_t position = 0;
    for (const uint64_t storage : storages) Tensor(position++, storage);
    assembler().Consume(thread, writer_.Finish());
  }

  void Tensor(uint16_t position, uint64_t storage) {
    const int64_t dims[] = {2, 3};
    writer_.Tensor(position, 0, kFloat32, dims, {}, storage, 24);
  }

  OperatorAssembler& assembler() {
    if (assembler_ == nullptr) {
      assembler_ = std::make_unique<OperatorAssembler>(
          options_,
          [this](const v1::Operator& op) {
            out_.push_back(op);
            return emit_status_;
          },
          catch_up_);
    }
    return *assembler_;
  }

  std::vector<uint64_t> StorageIds(size_t index) const {
    return {out_[index].storage_ids().begin(), out_[index].storage_ids().end()};
  }

  AssemblerOptions options_;
  OperatorAssembler::CatchUp catch_up_;
  absl::Status emit_status_;
  EventWriter writer_;
  std::vector<v1::Operator> out_;
  std::unique_ptr<OperatorAssembler> assembler_;
};

TEST_F(OperatorAssemblerTest, ParentsComeBeforeChildrenAndSelfTimesAddUp) {
  Start(kAdd, 100, {1, 2});
  Start(kEmpty, 110);
  End(130, {3});
  Start(kView, 140, {3});
  Start(kView, 145, {3});
  End(150, {3});
  End(160, {3});
  EXPECT_TRUE(out_.empty()) << "a tree goes out when its outermost operator has ended";
  End(200, {3});
  ASSERT_EQ(out_.size(), 4u);
  for (size_t i = 0; i < 4; ++i) EXPECT_EQ(out_[i].id(), i + 1);
  EXPECT_FALSE(out_[0].has_parent_id());
  EXPECT_EQ(out_[1].parent_id(), 1u);
  EXPECT_EQ(out_[2].parent_id(), 1u);
  EXPECT_EQ(out_[3].parent_id(), 3u);
  EXPECT_EQ(out_[0].start_ns(), 100);
  // 100 ns in all; 20 and 20 in children, so 60 of its own. The second child: 20, of which 5 in its own child.
  EXPECT_EQ(out_[0].duration_ps(), 100000);
  EXPECT_EQ(out_[0].self_ps(), 60000);
  EXPECT_EQ(out_[2].self_ps(), 15000);
  int64_t self = 0;
  for (const v1::Operator& op : out_) self += op.self_ps();
  EXPECT_EQ(self, out_[0].duration_ps());
  EXPECT_EQ(assembler().first_ns(), 100);
  EXPECT_EQ(assembler().last_ns(), 200);
}

TEST_F(OperatorAssemblerTest, SelfTimeIsUnknownWhereAChildIsMissing) {
  Start(kAdd, 100, {1, 2});
  End(200, {3}, 1, kResultsRecorded | kChildrenMissing);
  ASSERT_EQ(out_.size(), 1u);
  EXPECT_EQ(out_[0].duration_ps(), 100000);
  EXPECT_FALSE(out_[0].has_self_ps());
}

TEST_F(OperatorAssemblerTest, AnEndThatWasNotSeenLeavesTimesUnknown) {
  Start(kAdd, 100, {1, 2});
  Start(kEmpty, 110);
  End(kUnknownTime, {}, 1, 0);
  End(200, {3});
  ASSERT_EQ(out_.size(), 2u);
  EXPECT_FALSE(out_[0].has_self_ps());
  EXPECT_TRUE(out_[1].has_start_ns());
  EXPECT_FALSE(out_[1].has_duration_ps());
  EXPECT_FALSE(out_[1].signature().outputs_recorded());
}

TEST_F(OperatorAssemblerTest, ShapeRunsHaveNoTimes) {
  options_.record_times = false;
  Start(kAdd, 100, {1, 2});
  End(200, {3});
  ASSERT_EQ(out_.size(), 1u);
  EXPECT_FALSE(out_[0].has_start_ns());
  EXPECT_FALSE(out_[0].has_duration_ps());
  EXPECT_FALSE(out_[0].has_self_ps());
  EXPECT_FALSE(assembler().first_ns().has_value());
}

TEST_F(OperatorAssemblerTest, StoragesAreNumberedByGeneration) {
  Start(kAdd, 1, {10, 20});  // arguments 1 and 2
  Start(kEmpty, 2);
  End(3, {30});  // a new one: 3
  End(4, {30});  // made inside: still 3
  Start(kView, 5, {30});
  End(6, {30});  // shares its argument's
  Start(kAdd, 7, {10, 30});
  End(8, {30});  // in place: an argument's
  Start(kEmpty, 9);
  End(10, {30});  // the same address, but nobody passed it: freed and taken again
  Start(kAdd, 11, {10, 30});
  End(12, {20});  // another address that was seen before as an argument
  ASSERT_EQ(out_.size(), 6u);
  EXPECT_EQ(StorageIds(0), (std::vector<uint64_t>{1, 2, 3}));
  EXPECT_EQ(StorageIds(1), (std::vector<uint64_t>{3}));
  EXPECT_EQ(StorageIds(2), (std::vector<uint64_t>{3, 3}));
  EXPECT_EQ(StorageIds(3), (std::vector<uint64_t>{1, 3, 3}));
  EXPECT_EQ(StorageIds(4), (std::vector<uint64_t>{4}));
  EXPECT_EQ(StorageIds(5), (std::vector<uint64_t>{1, 4, 5}));
}

TEST_F(OperatorAssemblerTest, BackwardIsLinkedToTheLastOperatorThatSawTheNumber) {
  Start(kAdd, 1, {}, 1, 7);   // a composite sees 7 …
  Start(kView, 2, {}, 1, 7);  // … and what it calls takes it
  End(3);
  End(4);
  Start(kAdd, 5, {}, 1, 8);
  End(6);
  Start(kNode, 7, {}, 1, 7, 1);
  Start(kAdd, 8);
  End(9);
  End(10, {}, 1, 0);
  ASSERT_EQ(out_.size(), 5u);
  EXPECT_EQ(out_[3].signature().kind(), v1::OPERATOR_KIND_ANNOTATION);
  EXPECT_EQ(out_[3].forward_id(), 2u);
  EXPECT_EQ(out_[4].forward_id(), 2u) << "what the node calls differentiates the same operator";
  EXPECT_FALSE(out_[0].has_forward_id());
  EXPECT_EQ(out_[3].sequence_number(), 7);
}

TEST_F(OperatorAssemblerTest, AnUnknownForwardOperatorStaysUnknown) {
  Start(kNode, 7, {}, 1, 99, 5);
  End(10, {}, 1, 0);
  ASSERT_EQ(out_.size(), 1u);
  EXPECT_FALSE(out_[0].has_forward_id());
  EXPECT_EQ(out_[0].thread(), 0u) << "asking for a thread must not number it";
}

TEST_F(OperatorAssemblerTest, CatchesUpWithTheForwardThread) {
  uint64_t asked = 0;
  catch_up_ = [&](uint64_t torch_thread) {
    asked = torch_thread;
    Start(kAdd, 1, {}, 1, 7);
    End(2);
  };
  Start(kNode, 7, {}, 2, 7, 1);
  End(10, {}, 2, 0);
  EXPECT_EQ(asked, 1u);
  ASSERT_EQ(out_.size(), 2u);
  EXPECT_EQ(out_[0].signature().name(), "aten::add");
  EXPECT_EQ(out_[1].forward_id(), out_[0].id());
  EXPECT_GT(out_[1].id(), out_[0].id());
}

TEST_F(OperatorAssemblerTest, SignaturesSayWhatTheEventsHold) {
  options_.parameter_storages = {10};
  options_.device = 0;
  writer_.BeginStart(1, &kAdd, false, -1, 0);
  const int64_t dims[] = {4, 2};
  const int64_t strides[] = {1, 4};
  writer_.Tensor(0, kStrided | kRequiresGrad, kFloat32, dims, strides, 10, 64);
  writer_.Tensor(1, kInList | kNoStorage, v1::DATA_TYPE_INT64, {}, {}, 0, 0);
  writer_.Integer(2, -5);
  writer_.Real(3, -std::numeric_limits<double>::infinity());
  writer_.Boolean(4, true);
  writer_.Text(5, "mean");
  const int64_t values[] = {1, -1};
  writer_.Integers(6, values);
  writer_.None(7);
  assembler().Consume(1, writer_.FinishStart(5));
  End(6, {30});
  ASSERT_EQ(out_.size(), 1u);
  const v1::OpSignature& signature = out_[0].signature();
  EXPECT_EQ(out_[0].device(), 0u);
  EXPECT_TRUE(out_[0].has_device());
  EXPECT_EQ(signature.kind(), v1::OPERATOR_KIND_HOST_OP);
  ASSERT_EQ(signature.inputs_size(), 2);
  EXPECT_EQ(signature.inputs(0).ShortDebugString(),
            "dtype: DATA_TYPE_FLOAT32 dims: 4 dims: 2 strides: 1 strides: 4 shape_source: SHAPE_SOURCE_RECORDED "
            "storage_bytes: 64 is_parameter: true requires_grad: true");
  EXPECT_EQ(signature.inputs(1).ShortDebugString(),
            "dtype: DATA_TYPE_INT64 shape_source: SHAPE_SOURCE_RECORDED position: 1 in_list: true is_parameter: false "
            "requires_grad: false");
  std::string attributes;
  for (const v1::Attribute& attribute : signature.attributes()) attributes += attribute.ShortDebugString() + "; ";
  EXPECT_EQ(attributes,
            "position: 2 name: \"alpha\" integer: -5; position: 3 real: -inf; position: 4 boolean: true; position: 5 "
            "text: \"mean\"; position: 6 integers { values: 1 values: -1 }; position: 7; ");
  EXPECT_EQ(StorageIds(0), (std::vector<uint64_t>{1, 0, 2}));
}

TEST_F(OperatorAssemblerTest, AnErrorOfTheSinkIsKeptAndNothingMoreGoesOut) {
  emit_status_ = absl::UnavailableError("gone");
  Start(kAdd, 1);
  Start(kEmpty, 2);
  End(3);
  End(4);
  EXPECT_EQ(assembler().status().message(), "gone");
  EXPECT_EQ(out_.size(), 1u);
  Start(kAdd, 5);
  End(6);
  EXPECT_EQ(out_.size(), 1u);
}

TEST_F(OperatorAssemblerTest, FinishSendsWhatHasNotEnded) {
  Start(kAdd, 1, {1});
  Start(kEmpty, 2);
  End(3, {2});
  assembler().Finish();
  ASSERT_EQ(out_.size(), 2u);
  EXPECT_FALSE(out_[0].has_duration_ps());
  EXPECT_EQ(out_[1].duration_ps(), 1000);
  EXPECT_EQ(assembler().unfinished(), 1u);
}

TEST(ForwardLinks, ForgetsTheOldestAndNothingElse) {
  ForwardLinks links;
  links.Note(5, 50);
  links.Note(5, 51);
  links.Note(7, 70);
  EXPECT_EQ(links.Find(4), 0u);
  EXPECT_EQ(links.Find(5), 51u);
  EXPECT_EQ(links.Find(6), 0u);
  EXPECT_EQ(links.Find(7), 70u);
  EXPECT_EQ(links.Find(8), 0u);
  links.Note(3, 30);  // older than what is kept: not taken in
  EXPECT_EQ(links.Find(3), 0u);
  // A number far ahead leaves room for kMaxForwardLinks numbers up to it: the oldest kept is 5 + 2^22 - 2^22 + 1 = 6.
  links.Note(5 + static_cast<int64_t>(ForwardLinks::kMaxForwardLinks), 90);
  EXPECT_EQ(links.Find(5), 0u);
  EXPECT_EQ(links.Find(7), 70u);
  EXPECT_EQ(links.Find(5 + static_cast<int64_t>(ForwardLinks::kMaxForwardLinks)), 90u);
  // And one that leaves nothing of the old.
  links.Note(std::numeric_limits<int64_t>::max() - 1, 99);
  EXPECT_EQ(links.Find(std::numeric_limits<int64_t>::max() - 1), 99u);
  EXPECT_EQ(links.Find(7), 0u);
}

}  // namespace
}  // namespace sandglass::collectors
