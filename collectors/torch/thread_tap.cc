#include "collectors/torch/thread_tap.h"

#include <algorithm>
#include <chrono>

namespace sandglass::collectors {
namespace {

// A blocked producer looks again after this long even if nobody wakes it, so that a lost wake-up costs little.
constexpr std::chrono::milliseconds kRecheck(1);

// The ring is handed over early enough that the producer rarely meets a full one.
constexpr size_t kWakeAtFraction = 4;

}  // namespace

void TapControl::WakeConsumer() {
  if (consumer_wanted.exchange(true, std::memory_order_relaxed)) return;
  // Under the lock, so that the consumer cannot miss it between its look and its sleep.
  const std::lock_guard<std::mutex> lock(mutex);
  wake_consumer.notify_one();
}

ThreadTap::ThreadTap(TapControl& control, uint64_t torch_thread, size_t buffer_bytes)
    : control_(control),
      torch_thread_(torch_thread),
      buffer_bytes_(buffer_bytes),
      ring_(buffer_bytes / sizeof(uint64_t)) {}

void ThreadTap::EnterSession(uint16_t session) {
  if (session == session_) return;
  session_ = session;
  open_.clear();
  dropped_.store(0, std::memory_order_relaxed);
  blocked_.store(0, std::memory_order_relaxed);
}

bool ThreadTap::TakeOver(uint64_t torch_thread) {
  if (!retired_.load(std::memory_order_acquire) || ring_.used_words() > 0) return false;
  retired_.store(false, std::memory_order_relaxed);
  torch_thread_.store(torch_thread, std::memory_order_relaxed);
  open_.clear();
  return true;
}

void ThreadTap::Start(const void* call, int64_t start_ns, uint8_t end_flags) {
  // Room is kept for the ends of all that is open, so that an operator that has begun can always end.
  const size_t reserve = (open_.size() + 1) * EventWriter::kEndWords * 2;
  const bool recorded = Push(writer_.FinishStart(start_ns), reserve, true);
  if (!recorded) NoteDropped();
  open_.push_back({.call = call, .recorded = recorded, .end_flags = end_flags});
}

void ThreadTap::NoteDropped() {
  dropped_.fetch_add(1, std::memory_order_relaxed);
  for (auto outer = open_.rbegin(); outer != open_.rend(); ++outer) {
    if (!outer->recorded) continue;
    outer->end_flags |= kChildrenMissing;
    break;
  }
}

bool ThreadTap::TakeOpen(const void* call, uint8_t& flags) {
  size_t depth = open_.size();
  while (depth > 0 && open_[depth - 1].call != call) --depth;
  if (depth == 0) return false;
  // What is still open inside ended without telling us; the consumer must see as many ends as starts.
  while (open_.size() > depth) {
    const bool recorded = open_.back().recorded;
    open_.pop_back();
    if (!recorded) continue;
    writer_.BeginEnd(session_, kUnknownTime, 0);
    End();
  }
  const Open open = open_.back();
  open_.pop_back();
  flags = open.end_flags;
  return open.recorded;
}

void ThreadTap::End() {
  const size_t reserve = open_.size() * EventWriter::kEndWords * 2;
  if (Push(writer_.Finish(), reserve, true)) return;
  writer_.DropArguments(kResultsRecorded);
  Push(writer_.Finish(), 0, false);
}

bool ThreadTap::Push(std::span<const uint64_t> event, size_t reserve, bool may_drop) {
  // A longer event would never fit; without its arguments it would say less than nothing.
  if (event.size() + reserve > ring_.max_event_words()) return false;
  bool pushed = ring_.TryPush(event, reserve);
  if (!pushed && !(may_drop && control_.drop_when_full.load(std::memory_order_relaxed))) {
    blocked_.fetch_add(1, std::memory_order_relaxed);
    while (!pushed && control_.recording.load(std::memory_order_acquire)) {
      control_.WakeConsumer();
      std::unique_lock<std::mutex> lock(control_.mutex);
      control_.room.wait_for(lock, kRecheck);
      lock.unlock();
      pushed = ring_.TryPush(event, reserve);
    }
  }
  if (ring_.used_words() > ring_.capacity_words() / kWakeAtFraction) control_.WakeConsumer();
  return pushed;
}

}  // namespace sandglass::collectors
