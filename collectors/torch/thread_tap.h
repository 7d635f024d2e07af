// The producing side of an observer, one for each thread that runs operators: decides what fits, counts what does not.
//
// Knows nothing of libtorch. Start and End are called by the owning thread only, properly nested; the consumer drains
// `ring`. Counters are atomic, for the consumer to read.
#ifndef SANDGLASS_COLLECTORS_TORCH_THREAD_TAP_H_
#define SANDGLASS_COLLECTORS_TORCH_THREAD_TAP_H_

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <span>
#include <vector>

#include "collectors/torch/event.h"
#include "collectors/torch/event_ring.h"

namespace sandglass::collectors {

// What all taps and the consumer share: whether recording is on, and how they wake each other.
struct TapControl {
  std::atomic<bool> recording = false;
  std::atomic<bool> drop_when_full = false;
  // Counts recordings, so that what an older one left behind is known as such.
  std::atomic<uint16_t> session = 0;

  std::mutex mutex;
  std::condition_variable wake_consumer;
  std::condition_variable room;
  std::atomic<bool> consumer_wanted = false;

  // Asks the consumer to look at the rings now.
  void WakeConsumer();
};

class ThreadTap {
 public:
  // `control` must outlive the tap.
  ThreadTap(TapControl& control, uint64_t torch_thread, size_t buffer_bytes);

  uint64_t torch_thread() const { return torch_thread_.load(std::memory_order_relaxed); }

  // Says that the owning thread is gone; TakeOver gives the tap to another one, and returns false if it is in use or
  // still holds events.
  void Retire() { retired_.store(true, std::memory_order_release); }
  bool TakeOver(uint64_t torch_thread);

  EventRing& ring() { return ring_; }
  // As asked for; the ring may be larger.
  size_t buffer_bytes() const { return buffer_bytes_; }

  // The writer for the next event.
  EventWriter& writer() { return writer_; }

  // Called before an operator of `session` writes its start; forgets what is open from older sessions.
  void EnterSession(uint16_t session);

  // Puts the start in writer() into the ring. `call` tells this call from others that are open; `end_flags` are kept
  // for its end.
  void Start(const void* call, int64_t start_ns, uint8_t end_flags);

  // Whether the end of `call` is to be written, with these flags; false if its start was dropped or never seen. Closes
  // it, and what was left open inside it.
  bool TakeOpen(const void* call, uint8_t& flags);

  // Puts the end in writer() into the ring. There is always room for an end without results.
  void End();

  // Operators that were left out, and operators that had to wait, in this session.
  uint64_t dropped() const { return dropped_.load(std::memory_order_relaxed); }
  uint64_t blocked() const { return blocked_.load(std::memory_order_relaxed); }

 private:
  struct Open {
    const void* call = nullptr;
    bool recorded = false;
    uint8_t end_flags = 0;
  };

  bool Push(std::span<const uint64_t> event, size_t reserve, bool may_drop);
  void NoteDropped();

  TapControl& control_;
  std::atomic<uint64_t> torch_thread_;
  std::atomic<bool> retired_ = false;
  const size_t buffer_bytes_;
  EventRing ring_;
  EventWriter writer_;
  std::vector<Open> open_;
  uint16_t session_ = 0;
  std::atomic<uint64_t> dropped_ = 0;
  std::atomic<uint64_t> blocked_ = 0;
};

}  // namespace sandglass::collectors

#endif  // SANDGLASS_COLLECTORS_TORCH_THREAD_TAP_H_
