#include "collectors/importers/execution_trace/data_flow.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "collectors/torch/storage_generations.h"

namespace sandglass::collectors::execution_trace {
namespace {

class Walk {
 public:
  explicit Walk(const Trace& trace) : trace_(trace), last_within_(trace.nodes.size()), began_(trace.nodes.size()) {
    flow_.storages.resize(trace.tensors.size());
  }

  DataFlow Run() && {
    FindLastWithin();
    for (uint32_t i = 0; i < trace_.nodes.size(); ++i) {
      Begin(i);
      // All that called this node and nothing after it, from the inside.
      for (uint32_t at = i; at != kNoNode && last_within_[at] == i; at = trace_.nodes[at].parent) End(at);
    }
    flow_.first.push_back(flow_.sources.size());
    return std::move(flow_);
  }

 private:
  // Who did something last, and when.
  struct Source {
    uint32_t node = kNoNode;
    uint64_t moment = 0;
  };

  // The last node that each one called, directly or not, or itself. Parents stand before what they called.
  void FindLastWithin() {
    for (uint32_t i = 0; i < last_within_.size(); ++i) last_within_[i] = i;
    for (auto i = static_cast<uint32_t>(last_within_.size()); i-- > 0;) {
      const uint32_t parent = trace_.nodes[i].parent;
      if (parent != kNoNode) last_within_[parent] = std::max(last_within_[parent], last_within_[i]);
    }
  }

  void Begin(uint32_t index) {
    const Node& node = trace_.nodes[index];
    began_[index] = ++now_;
    flow_.first.push_back(flow_.sources.size());
    for (uint64_t k = node.first_tensor; k < node.first_tensor + node.inputs; ++k) {
      const TensorIdentity& input = trace_.tensors[k];
      if (input.storage != 0) flow_.storages[k] = generations_.OfArgument(input.storage, ++now_);
      const Source made = Find(makers_, {input.tensor, flow_.storages[k]});
      const Source wrote = Find(writers_, flow_.storages[k]);
      if (made.node != kNoNode) flow_.sources.push_back(made.node);
      if (wrote.node != kNoNode && wrote.moment > made.moment) flow_.sources.push_back(wrote.node);
    }
    const auto begin = flow_.sources.begin() + static_cast<std::ptrdiff_t>(flow_.first.back());
    std::sort(begin, flow_.sources.end());
    flow_.sources.erase(std::unique(begin, flow_.sources.end()), flow_.sources.end());
  }

  void End(uint32_t index) {
    const Node& node = trace_.nodes[index];
    const uint64_t outputs = node.first_tensor + node.inputs;
    given_.clear();
    for (uint64_t k = node.first_tensor; k < outputs; ++k) {
      const TensorIdentity& input = trace_.tensors[k];
      given_tensors_.emplace(input.tensor, flow_.storages[k]);
      if (input.storage == 0) continue;
      given_.try_emplace(input.storage, flow_.storages[k]);
      if (input.is_written) writers_[flow_.storages[k]] = {index, ++now_};
    }
    for (uint64_t k = outputs; k < outputs + node.outputs; ++k) EndResult(index, k);
    given_tensors_.clear();
  }

  void EndResult(uint32_t index, uint64_t k) {
    const TensorIdentity& result = trace_.tensors[k];
    const uint64_t storage = result.storage == 0 ? 0 : StorageOfResult(index, result);
    flow_.storages[k] = storage;
    // An argument that is handed back as it is was made by somebody else.
    const std::pair<uint64_t, uint64_t> tensor = {result.tensor, storage};
    const bool is_changed = storage != 0 && Find(writers_, storage).node == index;
    if (result.tensor == 0 || (given_tensors_.contains(tensor) && !is_changed)) return;
    makers_[tensor] = {index, ++now_};
  }

  uint64_t StorageOfResult(uint32_t index, const TensorIdentity& result) {
    const auto given = given_.find(result.storage);
    const bool is_new = given == given_.end();
    const uint64_t storage = is_new ? generations_.OfResult(result.storage, began_[index], ++now_) : given->second;
    if (is_new || result.is_written) writers_[storage] = {index, ++now_};
    return storage;
  }

  template <typename Sources>
  static Source Find(const Sources& sources, const typename Sources::key_type& key) {
    const auto found = sources.find(key);
    return found == sources.end() ? Source() : found->second;
  }

  const Trace& trace_;
  DataFlow flow_;
  std::vector<uint32_t> last_within_;
  // When each node began.
  std::vector<uint64_t> began_;
  uint64_t now_ = 0;
  StorageGenerations generations_;
  // Who returned a tensor, which is known by its number and its storage's; who changed a storage's content.
  absl::flat_hash_map<std::pair<uint64_t, uint64_t>, Source> makers_;
  absl::flat_hash_map<uint64_t, Source> writers_;
  // Of the node that ends: storages among its arguments, and its tensors.
  absl::flat_hash_map<uint64_t, uint64_t> given_;
  absl::flat_hash_set<std::pair<uint64_t, uint64_t>> given_tensors_;
};

}  // namespace

DataFlow DataFlowOf(const Trace& trace) { return Walk(trace).Run(); }

}  // namespace sandglass::collectors::execution_trace
