// Remembers which operator made the autograd node of each sequence number, thread by thread.
//
// libtorch numbers autograd nodes upwards on each thread. Several operators may see a number before a node takes it;
// the one that began last is the one that made the node. Memory is bounded: links older than the newest
// kMaxForwardLinks numbers of a thread are forgotten. Not thread-safe.
#ifndef SANDGLASS_COLLECTORS_TORCH_FORWARD_LINKS_H_
#define SANDGLASS_COLLECTORS_TORCH_FORWARD_LINKS_H_

#include <cstdint>
#include <deque>

namespace sandglass::collectors {

class ForwardLinks {
 public:
  static constexpr size_t kMaxForwardLinks = size_t{1} << 22;

  // Says that operator `id` saw `sequence` when it began. Later calls with the same number take its place.
  void Note(int64_t sequence, uint64_t id) {
    if (ids_.empty()) first_ = sequence;
    if (sequence < first_) return;
    const auto index = static_cast<uint64_t>(sequence - first_);
    if (index >= ids_.size() + kMaxForwardLinks) {
      ids_.clear();
      first_ = sequence;
    }
    while (first_ + static_cast<int64_t>(ids_.size()) <= sequence) ids_.push_back(0);
    ids_[static_cast<size_t>(sequence - first_)] = id;
    while (ids_.size() > kMaxForwardLinks) {
      ids_.pop_front();
      ++first_;
    }
  }

  // The operator of that number; 0: none, or forgotten.
  uint64_t Find(int64_t sequence) const {
    if (sequence < first_ || sequence - first_ >= static_cast<int64_t>(ids_.size())) return 0;
    return ids_[static_cast<size_t>(sequence - first_)];
  }

 private:
  int64_t first_ = 0;
  std::deque<uint64_t> ids_;
};

}  // namespace sandglass::collectors

#endif  // SANDGLASS_COLLECTORS_TORCH_FORWARD_LINKS_H_
