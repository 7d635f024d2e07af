// Where a test's build of the server takes hold of a store: the points in the code at which it may die, and the file
// system below RocksDB. In the program that users have, nothing sets them.
//
// To be set before a store is opened, once; then safe from any thread.
#ifndef SANDGLASS_STORAGE_FAULT_HOOKS_H_
#define SANDGLASS_STORAGE_FAULT_HOOKS_H_

#include <cstddef>

namespace rocksdb {
class Env;
}  // namespace rocksdb

namespace sandglass::storage {

struct FaultHooks {
  // Called with the name of each point that is passed.
  void (*at)(const char* point) = nullptr;
  // Called after a file of RocksDB's was synced past RocksDB, with its length.
  void (*synced)(const char* path, size_t bytes) = nullptr;
  // Leaves every sync out, to measure what it costs.
  bool unsynced = false;
  // For RocksDB's files; null: the system's.
  rocksdb::Env* env = nullptr;
};

inline FaultHooks& TheFaultHooks() {
  static FaultHooks hooks;
  return hooks;
}

// Says that this point is passed.
inline void FaultPoint(const char* point) {
  if (TheFaultHooks().at != nullptr) TheFaultHooks().at(point);
}

// Says that this file is on the disk up to here.
inline void FileSynced(const char* path, size_t bytes) {
  if (TheFaultHooks().synced != nullptr) TheFaultHooks().synced(path, bytes);
}

}  // namespace sandglass::storage

#endif  // SANDGLASS_STORAGE_FAULT_HOOKS_H_
