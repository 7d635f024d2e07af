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
  // So many pieces of work may wait of one tenant, where nothing else is asked for, and so many bytes that they hold.
  static constexpr size_t kMostWaiting = 1024;
  static constexpr size_t kMostBytesOfTenant = 16 << 20;
  // And of all together.
  static constexpr size_t kMostBytes = 48 << 20;

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

  // Does `work`, which holds `bytes` of memory, when it is the tenant's turn; false, and nothing happens, if too much
  // waits already.
  bool Add(uint32_t tenant, size_t bytes, std::function<void()> work) {
    {
      MutexLock lock(mutex_);
      const auto line = waiting_.find(tenant);
      const bool full = line != waiting_.end() &&
                        (line->second.work.size() >= most_waiting_ || line->second.bytes + bytes > kMostBytesOfTenant);
      if (full || bytes > kMostBytesOfTenant || bytes_ + bytes > kMostBytes) return false;
      Line& added = waiting_[tenant];
      added.work.push_back({std::move(work), bytes});
      added.bytes += bytes;
      bytes_ += bytes;
    }
    changed_.NotifyAll();
    return true;
  }

 private:
  struct Work {
    std::function<void()> run;
    size_t bytes;
  };
  struct Line {
    std::deque<Work> work;
    size_t bytes = 0;
  };

  void Run() {
    while (true) {
      Work work;
      {
        MutexLock lock(mutex_);
        while (waiting_.empty() && !stopping_) changed_.Wait(mutex_);
        if (waiting_.empty()) return;
        work = Next();
      }
      work.run();
    }
  }

  // The first of the next tenant after the last one's number, round and round.
  Work Next() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    auto turn = waiting_.upper_bound(last_);
    if (turn == waiting_.end()) turn = waiting_.begin();
    last_ = turn->first;
    Line& line = turn->second;
    Work work = std::move(line.work.front());
    line.work.pop_front();
    line.bytes -= work.bytes;
    bytes_ -= work.bytes;
    if (line.work.empty()) waiting_.erase(turn);
    return work;
  }

  const size_t most_waiting_;
  Mutex mutex_;
  CondVar changed_;
  // By tenant; none is empty.
  std::map<uint32_t, Line> waiting_ ABSL_GUARDED_BY(mutex_);
  size_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  uint32_t last_ ABSL_GUARDED_BY(mutex_) = 0;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace sandglass::storage

#endif  // SANDGLASS_STORAGE_WORK_QUEUE_H_
