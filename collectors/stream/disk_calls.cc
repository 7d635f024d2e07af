#include "collectors/stream/disk_calls.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"

namespace sandglass::collectors {
namespace {

std::string PathOf(int file) {
  std::error_code error;
  return std::filesystem::read_symlink(absl::StrCat("/proc/self/fd/", file), error);
}

int Sync(long number, int file) {
  if (const auto& hook = HookedDiskCalls().on_sync) hook(PathOf(file));
  return static_cast<int>(syscall(number, file));
}

}  // namespace

DiskCalls& HookedDiskCalls() {
  static DiskCalls calls;
  return calls;
}

}  // namespace sandglass::collectors

extern "C" {

int fsync(int file) { return sandglass::collectors::Sync(SYS_fsync, file); }

int fdatasync(int file) { return sandglass::collectors::Sync(SYS_fdatasync, file); }

int fallocate64(int file, int mode, off64_t offset, off64_t size) {
  const auto& hook = sandglass::collectors::HookedDiskCalls().on_punch;
  if (hook && (mode & FALLOC_FL_PUNCH_HOLE) != 0) {
    hook(sandglass::collectors::PathOf(file), static_cast<uint64_t>(offset), static_cast<uint64_t>(size));
  }
  return static_cast<int>(syscall(SYS_fallocate, file, mode, offset, size));
}

}  // extern "C"
