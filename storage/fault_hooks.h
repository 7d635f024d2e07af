// Where a test's build of the server takes hold of a store: the points in the code at which it may die, and the file
// system below RocksDB. In the program that users have, nothing sets them.
//
// To be set before a store is opened, once; then safe from any thread.
#ifndef SANDGLASS_STORAGE_FAULT_HOOKS_H_
#define SANDGLASS_STORAGE_FAULT_HOOKS_H_

#include <cstddef>
#include <cstdio>

namespace rocksdb {
class Env;
}  // namespace rocksdb

namespace sandglass::storage {

struct FaultHooks {
  // Called with the name of each point that is passed.
  void (*at)(const char* point) = nullptr;
  // Called when a file is made past RocksDB that lasts only once it is synced.
  void (*created)(const char* path) = nullptr;
  // Called after such a file, or one of RocksDB's, was synced past RocksDB, with how far it counts.
  void (*synced)(const char* path, size_t bytes) = nullptr;
  // Renames such a file, as rename(2) does.
  int (*rename)(const char* from, const char* to) = nullptr;
  // Leaves every sync out, to measure what it costs.
  bool unsynced = false;
  // Leaves compactions out, so that a test knows which tables there are.
  bool uncompacted = false;
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

// Says that this file was made.
inline void FileCreated(const char* path) {
  if (TheFaultHooks().created != nullptr) TheFaultHooks().created(path);
}

// Renames a file; not 0: errno says why not.
inline int RenameFile(const char* from, const char* to) {
  return TheFaultHooks().rename != nullptr ? TheFaultHooks().rename(from, to) : std::rename(from, to);
}

// Says that this file is on the disk up to here.
inline void FileSynced(const char* path, size_t bytes) {
  if (TheFaultHooks().synced != nullptr) TheFaultHooks().synced(path, bytes);
}

}  // namespace sandglass::storage

#endif  // SANDGLASS_STORAGE_FAULT_HOOKS_H_
