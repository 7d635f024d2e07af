// What a server does besides answering: ends silent traces, removes old ones, takes backups, and opens the store anew
// after its disk was full.
//
// For one thread.
#ifndef SANDGLASS_ANALYZER_SERVE_HOUSEKEEPING_H_
#define SANDGLASS_ANALYZER_SERVE_HOUSEKEEPING_H_

#include <atomic>
#include <cstdint>
#include <functional>
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
  // From one backup to the next, those of a server that ran before too. Above zero.
  absl::Duration backup_every = absl::Hours(24);
  uint32_t backups_kept = 7;
};

// What was done, or could not be.
struct Chore {
  std::string message;
  // Whether somebody should look at it.
  bool warning = false;
  // The trace that it is about; empty: none.
  std::string trace_id = {};
  // Empty: unknown.
  std::string trace_name = {};
};

// What time it is, and a clock that nobody sets, from whatever it counts.
struct Clocks {
  std::function<absl::Time()> wall;
  std::function<absl::Duration()> steady;
};
Clocks SystemClocks();

class Housekeeping {
 public:
  // Called also by a thread of the housekeeping's own.
  using Say = std::function<void(const Chore&)>;

  // All must outlive this.
  Housekeeping(storage::TraceStore& store, Server& server, HousekeepingOptions options, Say say,
               Clocks clocks = SystemClocks());
  // Stops.
  ~Housekeeping();

  // Stops a backup that is under way, and waits until it has. From then on nothing is done any more.
  void Stop();

  // Whether a backup is under way.
  bool backing_up() const { return backing_up_; }

  // Does what is due. To be called about once a second.
  void Tick();

 private:
  // The earlier one of the wall clock's time and of what a steady clock makes of the time at the start: a wall clock
  // that is set must not make traces old, whether it was wrong at the start or is so now.
  absl::Time Now() const;
  // How long ago the newest backup was taken, `backup_every` at most.
  absl::Duration AgeOfBackups() const;
  void WatchStore();
  void EndSilent();
  void RemoveOld();
  void StartBackup();
  // On the thread of backups; whether there is one more.
  bool Backup();

  storage::TraceStore& store_;
  Server& server_;
  const HousekeepingOptions options_;
  const Say say_;
  const Clocks clocks_;
  const absl::Time began_;
  const absl::Duration began_steady_;
  // By the steady clock.
  absl::Duration next_look_;
  absl::Duration next_backup_;
  absl::Status store_status_;
  std::thread backup_;
  std::atomic<bool> backing_up_ = false;
  std::atomic<bool> backup_failed_ = false;
  std::atomic<bool> stopping_ = false;
};

}  // namespace sandglass::serve

#endif  // SANDGLASS_ANALYZER_SERVE_HOUSEKEEPING_H_
