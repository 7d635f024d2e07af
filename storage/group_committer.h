// Writes changes durably, many callers in one sync.
//
// A thread of its own syncs at once when it is idle, and takes what has come during one sync together in the next, up
// to a limit. Submit may be called from several threads at once; changes are made in the order of the calls.
#ifndef SANDGLASS_STORAGE_GROUP_COMMITTER_H_
#define SANDGLASS_STORAGE_GROUP_COMMITTER_H_

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "storage/database.h"
#include "storage/mutex.h"

namespace sandglass::storage {

class GroupCommitter {
 public:
  // Changes that build on one another share a lane: after one of them could not be made, none that follows in that
  // lane is made, so that a lane never has a hole.
  class Lane {
    friend class GroupCommitter;
    // Read and written by the committer's thread only.
    absl::Status failure;
  };
  // Told when the changes are on disk, or why they are not and never will be. Called on the committer's thread, in the
  // order of the calls to Submit; it must be quick and must not call Commit.
  using Done = std::function<void(const absl::Status&)>;

  // Makes changes, all or none, so that they are on disk when it returns. Called on the committer's thread.
  using Write = std::function<absl::Status(const std::vector<Change>&)>;

  explicit GroupCommitter(Write write, size_t max_batch_bytes = 1 << 20);
  // Makes the changes that were submitted, and ends the thread.
  ~GroupCommitter();

  // Queues changes, to be made all or none.
  void Submit(std::shared_ptr<Lane> lane, std::vector<Change> changes, Done done);
  // Submits changes in a lane of their own and waits until they are on disk.
  absl::Status Commit(std::vector<Change> changes);
  // Bytes that are queued or being written.
  size_t pending_bytes() const;

 private:
  struct Item {
    std::shared_ptr<Lane> lane;
    std::vector<Change> changes;
    Done done;
    size_t bytes;
  };

  void Run();
  std::vector<Item> TakeBatch() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void WriteBatch(std::vector<Item>& items);

  const Write write_;
  const size_t max_batch_bytes_;
  mutable Mutex mutex_;
  CondVar changed_;
  std::deque<Item> queue_ ABSL_GUARDED_BY(mutex_);
  size_t pending_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace sandglass::storage

#endif  // SANDGLASS_STORAGE_GROUP_COMMITTER_H_
