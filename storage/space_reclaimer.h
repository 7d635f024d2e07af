// Gives the disk back what removed traces took. A removal by itself only hides them: RocksDB drops their bytes when it
// happens to write their neighbours anew, which a store that takes no traces, for its disk is full, never does.
//
// All methods may be called from several threads at once.
#ifndef SANDGLASS_STORAGE_SPACE_RECLAIMER_H_
#define SANDGLASS_STORAGE_SPACE_RECLAIMER_H_

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "proto/trace_id.h"
#include "storage/database.h"
#include "storage/mutex.h"

namespace sandglass::storage {

class SpaceReclaimer {
 public:
  // `database` must be open for writing and outlive this.
  explicit SpaceReclaimer(Database& database);
  // Gives up what it is doing.
  ~SpaceReclaimer();

  // A trace is gone, durably. Quick.
  void Note(uint32_t tenant, const TraceId& trace);

  // Gives the place of all noted traces back, and waits for that. What could not be done is left for the next time.
  // ResourceExhausted: what lies beside them must be written anew, and there is no room for it.
  absl::Status Run();

  // Has a thread do it. Returns what the thread's last time came to.
  absl::Status Start();

 private:
  void Loop();
  absl::Status Reclaim(const std::vector<std::string>& prefixes);

  Database& database_;
  // One at a time.
  Mutex run_mutex_;
  Mutex mutex_;
  CondVar changed_;
  // The traces' keys begin so.
  std::vector<std::string> removed_ ABSL_GUARDED_BY(mutex_);
  bool wanted_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status last_ ABSL_GUARDED_BY(mutex_);
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

}  // namespace sandglass::storage

#endif  // SANDGLASS_STORAGE_SPACE_RECLAIMER_H_
