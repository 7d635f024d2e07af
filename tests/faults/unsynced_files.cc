#include "tests/faults/unsynced_files.h"

#include <unistd.h>

#include <algorithm>

namespace sandglass::faults {

UnsyncedFiles& UnsyncedFiles::The() {
  // Never destroyed: threads of RocksDB's outlive main.
  static auto* const files = new UnsyncedFiles;
  return *files;
}

void UnsyncedFiles::Created(const std::string& path) {
  const std::lock_guard<std::mutex> lock(mutex_);
  files_[path] = {};
}

void UnsyncedFiles::Synced(const std::string& path, uint64_t bytes) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (const auto it = files_.find(path); it != files_.end()) {
    it->second.synced_bytes = std::max(it->second.synced_bytes, bytes);
  }
}

void UnsyncedFiles::DirectorySynced() {
  const std::lock_guard<std::mutex> lock(mutex_);
  for (auto& [path, file] : files_) file.in_directory = true;
}

void UnsyncedFiles::Renamed(const std::string& from, const std::string& to) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto it = files_.find(from);
  if (it == files_.end()) return;
  files_[to] = {it->second.synced_bytes, true};
  files_.erase(it);
}

void UnsyncedFiles::Linked(const std::string& path, const std::string& name) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (const auto it = files_.find(path); it != files_.end()) files_[name] = {it->second.synced_bytes, false};
}

void UnsyncedFiles::Deleted(const std::string& path) {
  const std::lock_guard<std::mutex> lock(mutex_);
  files_.erase(path);
}

void UnsyncedFiles::LosePower() {
  power_.lock();
  const std::lock_guard<std::mutex> lock(mutex_);
  for (const auto& [path, file] : files_) {
    if (!file.in_directory) {
      unlink(path.c_str());
    } else if (truncate(path.c_str(), static_cast<off_t>(file.synced_bytes)) != 0) {
      // It went meanwhile: there is nothing to cut.
    }
  }
}

}  // namespace sandglass::faults
