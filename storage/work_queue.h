// A thread that does one thing after another: what waits for the disk and must not hold up a thread of gRPC's.
//
// Add may be called from several threads at once.
#ifndef SANDGLASS_STORAGE_WORK_QUEUE_H_
#define SANDGLASS_STORAGE_WORK_QUEUE_H_

#include <deque>
#include <functional>
#include <thread>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "storage/mutex.h"

namespace sandglass::storage {

class WorkQueue {
 public:
  WorkQueue() : thread_([this] { Run(); }) {}
  // Does what was added, and ends the thread.
  ~WorkQueue() {
    {
      MutexLock lock(mutex_);
      stopping_ = true;
    }
    changed_.NotifyAll();
    thread_.join();
  }

  void Add(std::function<void()> work) {
    {
      MutexLock lock(mutex_);
      queue_.push_back(std::move(work));
    }
    changed_.NotifyAll();
  }

 private:
  void Run() {
    while (true) {
      std::function<void()> work;
      {
        MutexLock lock(mutex_);
        while (queue_.empty() && !stopping_) changed_.Wait(mutex_);
        if (queue_.empty()) return;
        work = std::move(queue_.front());
        queue_.pop_front();
      }
      work();
    }
  }

  Mutex mutex_;
  CondVar changed_;
  std::deque<std::function<void()>> queue_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace sandglass::storage

#endif  // SANDGLASS_STORAGE_WORK_QUEUE_H_
