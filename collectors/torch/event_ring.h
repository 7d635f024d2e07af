// A bounded queue of events between one producing thread and one consuming thread, without locks.
//
// TryPush is for the producer only, Drain for the consumer only (one at a time; calls may come from different threads
// if they are ordered by other means). Memory is taken once, at construction.
#ifndef SANDGLASS_COLLECTORS_TORCH_EVENT_RING_H_
#define SANDGLASS_COLLECTORS_TORCH_EVENT_RING_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "absl/functional/function_ref.h"

namespace sandglass::collectors {

class EventRing {
 public:
  // Capacity in words, rounded up to a power of two, at least 1024.
  explicit EventRing(size_t capacity_words);

  size_t capacity_words() const { return words_.size(); }

  // The longest event that always fits an empty ring: half of it, because an event is never split at the end.
  size_t max_event_words() const { return words_.size() / 2; }

  // Copies `event` in, if that leaves at least `reserve` words free; otherwise returns false and changes nothing.
  bool TryPush(std::span<const uint64_t> event, size_t reserve = 0);

  // Words that hold events now, roughly; for either thread.
  size_t used_words() const { return head_.load(std::memory_order_relaxed) - tail_.load(std::memory_order_relaxed); }

  // Hands every event that was pushed before the call to `take`, in order, and frees their room one by one. Returns
  // how many there were.
  size_t Drain(absl::FunctionRef<void(std::span<const uint64_t>)> take);

 private:
  std::vector<uint64_t> words_;
  size_t mask_;
  // Both count words since the beginning, so that their difference is what is used.
  alignas(64) std::atomic<size_t> head_ = 0;  // the producer's
  size_t known_tail_ = 0;                     // the producer's last look at tail_
  alignas(64) std::atomic<size_t> tail_ = 0;  // the consumer's
};

}  // namespace sandglass::collectors

#endif  // SANDGLASS_COLLECTORS_TORCH_EVENT_RING_H_
