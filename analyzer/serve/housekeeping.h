// What a server does besides answering: ends silent traces, removes old ones, takes backups, and opens the store anew
// after its disk was full.
//
// For one thread.
#ifndef SANDGLASS_ANALYZER_SERVE_HOUSEKEEPING_H_
#define SANDGLASS_ANALYZER_SERVE_HOUSEKEEPING_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "analyzer/serve/server.h"
#include "storage/retention.h"
#include "storage/trace_store.h"

namespace sandglass::serve {

struct HousekeepingOptions {
  // A trace that nobody wrote to for so long is ended; zero: never.
  absl::Duration expire_after = absl::Hours(72);
  storage::RetentionPolicy retention;
  // Where backups go; empty: none are made.
  std::string backups;
  absl::Duration backup_every = absl::Hours(24);
  uint32_t backups_kept = 7;
};

class Housekeeping {
 public:
  // Says what it did, one line each.
  using Say = std::function<void(const std::string&)>;

  // The time; by default the wall clock's at the start, and counted by a steady clock from there, so that a wall clock
  // that is set does not make traces old.
  using Clock = std::function<absl::Time()>;

  // All must outlive this.
  Housekeeping(storage::TraceStore& store, Server& server, HousekeepingOptions options, Say say, Clock clock = nullptr);
  // Stops a backup that is under way.
  ~Housekeeping();

  // Whether a backup is under way.
  bool backing_up() const { return backing_up_; }

  // Does what is due. To be called about once a second.
  void Tick();

 private:
  void WatchStore();
  void EndSilent();
  void RemoveOld();
  void StartBackup();

  storage::TraceStore& store_;
  Server& server_;
  const HousekeepingOptions options_;
  const Say say_;
  const Clock clock_;
  absl::Time next_look_;
  absl::Time next_backup_;
  absl::Status store_status_;
  std::thread backup_;
  std::atomic<bool> backing_up_ = false;
  std::atomic<bool> stopping_ = false;
};

}  // namespace sandglass::serve

#endif  // SANDGLASS_ANALYZER_SERVE_HOUSEKEEPING_H_
