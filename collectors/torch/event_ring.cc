#include "collectors/torch/event_ring.h"

#include <algorithm>
#include <bit>

#include "collectors/torch/event.h"

namespace sandglass::collectors {

EventRing::EventRing(size_t capacity_words)
    : words_(std::bit_ceil(std::max<size_t>(capacity_words, 1024))), mask_(words_.size() - 1) {}

bool EventRing::TryPush(std::span<const uint64_t> event, size_t reserve) {
  const size_t head = head_.load(std::memory_order_relaxed);
  const size_t to_end = words_.size() - (head & mask_);
  const size_t padding = event.size() <= to_end ? 0 : to_end;
  const size_t needed = padding + event.size() + reserve;
  if (words_.size() - (head - known_tail_) < needed) {
    known_tail_ = tail_.load(std::memory_order_acquire);
    if (words_.size() - (head - known_tail_) < needed) return false;
  }
  if (padding > 0) {
    words_[head & mask_] = MakeHead({.tag = EventTag::kPadding, .words = static_cast<uint32_t>(padding)});
  }
  std::copy(event.begin(), event.end(), words_.begin() + static_cast<ptrdiff_t>((head + padding) & mask_));
  head_.store(head + padding + event.size(), std::memory_order_release);
  return true;
}

size_t EventRing::Drain(absl::FunctionRef<void(std::span<const uint64_t>)> take) {
  const size_t head = head_.load(std::memory_order_acquire);
  size_t tail = tail_.load(std::memory_order_relaxed);
  size_t events = 0;
  while (tail != head) {
    const uint64_t* at = words_.data() + (tail & mask_);
    const EventHead event = ReadHead(*at);
    // Moved on before `take`, which may drain this ring again from inside, would lose the event's room to the
    // producer; so the room is freed afterwards and `take` must not drain the same ring.
    if (event.tag != EventTag::kPadding) {
      take({at, event.words});
      ++events;
    }
    tail += event.words;
    tail_.store(tail, std::memory_order_release);
  }
  return events;
}

}  // namespace sandglass::collectors
