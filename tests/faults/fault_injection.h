// Faults in a server's own process, asked for by the environment. Linked into sandglass_with_faults only.
//
//   SANDGLASS_FAULT="ACTION POINT COUNT"
//     kill   SIGKILL when POINT is passed for the COUNTth time
//     drop   the same, after all bytes that were not synced are cut off, and all files whose directory was not, as a
//            machine that loses its power may do
//     eio    POINT fails with EIO from the COUNTth time on; enospc likewise
//   SANDGLASS_FAULT=unsynced leaves every sync out, to measure what they cost.
//
// A point is a name that storage passes to FaultPoint, or an operation and the kind of RocksDB's file, as in sync-log:
// create, append, sync, synced (after it), link, delete; log, sst, bulk (a table beside the database), manifest, other.
//   SANDGLASS_FAULT_SEEN=FILE: when it dies, POINT is written there: whether a fault came to pass.
#ifndef SANDGLASS_TESTS_FAULTS_FAULT_INJECTION_H_
#define SANDGLASS_TESTS_FAULTS_FAULT_INJECTION_H_

#include <string>

#include "rocksdb/io_status.h"

namespace sandglass::faults {

// What is to happen, and whether it is time. Safe from any thread.
class FaultPlan {
 public:
  // Reads the environment.
  static FaultPlan& The();

  // Passes a point at which the process may die.
  void Pass(const std::string& point);
  // Passes a point that may fail.
  rocksdb::IOStatus Fail(const std::string& point);
  bool drops() const { return action_ == "drop"; }

 private:
  FaultPlan();
  bool IsTime(const std::string& point);
  [[noreturn]] void Die() const;

  std::string action_;
  std::string point_;
  std::string seen_file_;
  long count_ = 0;
};

}  // namespace sandglass::faults

#endif  // SANDGLASS_TESTS_FAULTS_FAULT_INJECTION_H_
