// Threads that do the long work of calls, so that gRPC's own threads stay free for the wire.
//
// Safe for use by several threads at once.
#ifndef SANDGLASS_ANALYZER_SERVE_WORKER_POOL_H_
#define SANDGLASS_ANALYZER_SERVE_WORKER_POOL_H_

#include <cstddef>
#include <deque>
#include <functional>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "storage/mutex.h"

namespace sandglass::serve {

class WorkerPool {
 public:
  // Starts `threads` threads; at most `queue` pieces of work wait for one.
  WorkerPool(int threads, size_t queue);

  // Does what waits, then ends the threads.
  ~WorkerPool();

  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // Does `work` on one of the threads as soon as one is free; false, and nothing happens, if too much waits already.
  bool Run(std::function<void()> work);

 private:
  void Loop();

  const size_t queue_;
  storage::Mutex mutex_;
  storage::CondVar changed_;
  std::deque<std::function<void()>> waiting_ ABSL_GUARDED_BY(mutex_);
  bool closing_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace sandglass::serve

#endif  // SANDGLASS_ANALYZER_SERVE_WORKER_POOL_H_
