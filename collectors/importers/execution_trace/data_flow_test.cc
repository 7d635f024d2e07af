#include "collectors/importers/execution_trace/data_flow.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace sandglass::collectors::execution_trace {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// A trace of nodes in the order in which they began.
class DataFlowTest : public ::testing::Test {
 protected:
  // Tensors are pairs of numbers of a tensor and a storage.
  using Tensors = std::vector<std::pair<uint64_t, uint64_t>>;

  uint32_t Add(uint32_t parent, const Tensors& inputs, const Tensors& outputs, bool writes_first = false) {
    Node node;
    node.id = trace_.nodes.size() + 1;
    node.parent = parent;
    node.first_tensor = trace_.tensors.size();
    node.inputs = static_cast<uint32_t>(inputs.size());
    node.outputs = static_cast<uint32_t>(outputs.size());
    for (const auto& [tensor, storage] : inputs) trace_.tensors.push_back({.tensor = tensor, .storage = storage});
    for (const auto& [tensor, storage] : outputs) trace_.tensors.push_back({.tensor = tensor, .storage = storage});
    if (writes_first) trace_.tensors[node.first_tensor].is_written = true;
    trace_.nodes.push_back(node);
    return static_cast<uint32_t>(trace_.nodes.size() - 1);
  }

  std::vector<uint32_t> Sources(uint32_t node) {
    flow_ = DataFlowOf(trace_);
    const auto sources = flow_.SourcesOf(node);
    return {sources.begin(), sources.end()};
  }

  uint64_t StorageOf(uint32_t node, size_t tensor) {
    return DataFlowOf(trace_).storages[trace_.nodes[node].first_tensor + tensor];
  }

  Trace trace_;
  DataFlow flow_;
};

// linear(x, w) calls t(w) and addmm(x, t).
TEST_F(DataFlowTest, TheOutermostThatHasEndedIsTheSource) {
  const uint32_t linear = Add(kNoNode, {{10, 11}, {12, 13}}, {{20, 21}});
  const uint32_t t = Add(linear, {{12, 13}}, {{14, 13}});
  const uint32_t addmm = Add(linear, {{10, 11}, {14, 13}}, {{20, 21}});
  const uint32_t relu = Add(kNoNode, {{20, 21}}, {{22, 23}});
  const uint32_t clamp = Add(relu, {{20, 21}}, {{22, 23}});
  EXPECT_THAT(Sources(linear), IsEmpty());
  EXPECT_THAT(Sources(t), IsEmpty());
  EXPECT_THAT(Sources(addmm), ElementsAre(t));
  EXPECT_THAT(Sources(relu), ElementsAre(linear));
  EXPECT_THAT(Sources(clamp), ElementsAre(linear));
  // The view shares memory with what it is a view of.
  EXPECT_EQ(StorageOf(t, 1), StorageOf(t, 0));
  EXPECT_NE(StorageOf(linear, 2), StorageOf(linear, 0));
  EXPECT_EQ(StorageOf(linear, 2), StorageOf(addmm, 2));
}

TEST_F(DataFlowTest, AViewSeesWhatWasWrittenBehindItsBack) {
  const uint32_t empty = Add(kNoNode, {}, {{10, 11}});
  const uint32_t view = Add(kNoNode, {{10, 11}}, {{12, 11}});
  const uint32_t before = Add(kNoNode, {{12, 11}}, {{30, 31}});
  const uint32_t fill = Add(kNoNode, {{10, 11}}, {{10, 11}}, true);
  const uint32_t after = Add(kNoNode, {{12, 11}}, {{32, 33}});
  const uint32_t base = Add(kNoNode, {{10, 11}}, {{34, 35}});
  EXPECT_THAT(Sources(view), ElementsAre(empty));
  EXPECT_THAT(Sources(before), ElementsAre(view));
  EXPECT_THAT(Sources(fill), ElementsAre(empty));
  EXPECT_THAT(Sources(after), ElementsAre(view, fill));
  EXPECT_THAT(Sources(base), ElementsAre(fill));
}

// aten::to of a tensor that is what it should be.
TEST_F(DataFlowTest, WhoHandsAnArgumentBackDidNotMakeIt) {
  const uint32_t made = Add(kNoNode, {}, {{10, 11}});
  Add(kNoNode, {{10, 11}}, {{10, 11}});
  const uint32_t reads = Add(kNoNode, {{10, 11}}, {});
  EXPECT_THAT(Sources(reads), ElementsAre(made));
}

TEST_F(DataFlowTest, AnAddressThatIsUsedAgainIsAnotherStorage) {
  const uint32_t first = Add(kNoNode, {}, {{10, 11}});
  const uint32_t reads_first = Add(kNoNode, {{10, 11}}, {});
  const uint32_t second = Add(kNoNode, {}, {{12, 11}});
  const uint32_t reads_second = Add(kNoNode, {{12, 11}}, {});
  EXPECT_NE(StorageOf(first, 0), StorageOf(second, 0));
  EXPECT_EQ(StorageOf(reads_second, 0), StorageOf(second, 0));
  EXPECT_THAT(Sources(reads_first), ElementsAre(first));
  EXPECT_THAT(Sources(reads_second), ElementsAre(second));
}

// They are told apart by their own numbers alone.
TEST_F(DataFlowTest, TensorsWithoutMemoryShareNone) {
  const uint32_t made = Add(kNoNode, {}, {{10, 0}});
  const uint32_t reads = Add(kNoNode, {{10, 0}}, {{10, 0}});
  const uint32_t reads_again = Add(kNoNode, {{10, 0}}, {});
  const uint32_t nothing = Add(kNoNode, {{0, 0}}, {{0, 0}});
  const uint32_t reads_nothing = Add(kNoNode, {{0, 0}}, {});
  EXPECT_THAT(Sources(reads), ElementsAre(made));
  EXPECT_THAT(Sources(reads_again), ElementsAre(made));
  EXPECT_THAT(Sources(reads_nothing), IsEmpty());
  EXPECT_EQ(StorageOf(reads, 0), 0);
  EXPECT_EQ(StorageOf(nothing, 1), 0);
}

TEST_F(DataFlowTest, AMillionWithinEachOtherTakeNoTime) {
  uint32_t parent = kNoNode;
  for (int i = 0; i < 1'000'000; ++i) parent = Add(parent, {{10, 11}}, {{10, 11}}, true);
  const uint32_t after = Add(kNoNode, {{10, 11}}, {});
  EXPECT_THAT(Sources(after), ElementsAre(0));
}

}  // namespace
}  // namespace sandglass::collectors::execution_trace
