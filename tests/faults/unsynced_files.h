// Which bytes and files, RocksDB's and the inventory, would not survive if the machine lost its power now.
//
// Safe from any thread. Renames count as on disk at once: there are two, of CURRENT and of the inventory, and both are
// followed by a sync of the directory.
#ifndef SANDGLASS_TESTS_FAULTS_UNSYNCED_FILES_H_
#define SANDGLASS_TESTS_FAULTS_UNSYNCED_FILES_H_

#include <cstdint>
#include <map>
#include <mutex>
#include <shared_mutex>
#include <string>

namespace sandglass::faults {

class UnsyncedFiles {
 public:
  static UnsyncedFiles& The();

  // Held while an operation on a file is under way, so that power is not lost in the middle of one.
  using Operation = std::shared_lock<std::shared_mutex>;
  Operation Begin() { return Operation(power_); }

  void Created(const std::string& path);
  void Synced(const std::string& path, uint64_t bytes);
  void DirectorySynced();
  void Renamed(const std::string& from, const std::string& to);
  // A file has another name now, which is not in its directory yet.
  void Linked(const std::string& path, const std::string& name);
  void Deleted(const std::string& path);

  // Cuts off what was not synced. No operation begins or goes on afterwards.
  void LosePower();

 private:
  struct File {
    uint64_t synced_bytes = 0;
    bool in_directory = false;
  };

  std::shared_mutex power_;
  std::mutex mutex_;
  std::map<std::string, File> files_;
};

}  // namespace sandglass::faults

#endif  // SANDGLASS_TESTS_FAULTS_UNSYNCED_FILES_H_
