// Threads that do one thing after another: what takes long, or waits for the disk, and must not hold up a thread of
// gRPC's.
//
// Tenants take turns, so that one who has much to do does not hold up another for longer than one thing takes. Add may
// be called from several threads at once.
#ifndef SANDGLASS_STORAGE_WORK_QUEUE_H_
#define SANDGLASS_STORAGE_WORK_QUEUE_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "storage/mutex.h"

namespace sandglass::storage {

class WorkQueue {
 public:
  // So much may wait of one tenant, where nothing else is asked for.
  static constexpr size_t kMostWaiting = 1024;

  // Starts `threads` threads; at most `most_waiting` things wait of one tenant.
  explicit WorkQueue(int threads = 1, size_t most_waiting = kMostWaiting) : most_waiting_(most_waiting) {
    for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { Run(); });
  }
  // Does what was added, and ends the threads.
  ~WorkQueue() {
    {
      MutexLock lock(mutex_);
      stopping_ = true;
    }
    changed_.NotifyAll();
    for (std::thread& thread : threads_) thread.join();
  }

  WorkQueue(const WorkQueue&) = delete;
  WorkQueue& operator=(const WorkQueue&) = delete;

  // Does `work` when it is the tenant's turn; false, and nothing happens, if too much of that tenant waits already.
  bool Add(uint32_t tenant, std::function<void()> work) {
    {
      MutexLock lock(mutex_);
      std::deque<std::function<void()>>& waiting = waiting_[tenant];
      if (waiting.size() >= most_waiting_) return false;
      waiting.push_back(std::move(work));
    }
    changed_.NotifyAll();
    return true;
  }

 private:
  void Run() {
    while (true) {
      std::function<void()> work;
      {
        MutexLock lock(mutex_);
        while (waiting_.empty() && !stopping_) changed_.Wait(mutex_);
        if (waiting_.empty()) return;
        work = Next();
      }
      work();
    }
  }

  // The first of the next tenant after the last one's number, round and round.
  std::function<void()> Next() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    auto turn = waiting_.upper_bound(last_);
    if (turn == waiting_.end()) turn = waiting_.begin();
    last_ = turn->first;
    std::function<void()> work = std::move(turn->second.front());
    turn->second.pop_front();
    if (turn->second.empty()) waiting_.erase(turn);
    return work;
  }

  const size_t most_waiting_;
  Mutex mutex_;
  CondVar changed_;
  // By tenant; none is empty.
  std::map<uint32_t, std::deque<std::function<void()>>> waiting_ ABSL_GUARDED_BY(mutex_);
  uint32_t last_ ABSL_GUARDED_BY(mutex_) = 0;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace sandglass::storage

#endif  // SANDGLASS_STORAGE_WORK_QUEUE_H_
