// Shows a test the calls with which a spool meets the disk, as they are made.
//
// Linked into a test, it stands in for the C library's functions and does what they do. The hooks are called from
// whichever thread makes the call; they are to be set while none does.
#ifndef SANDGLASS_COLLECTORS_STREAM_DISK_CALLS_H_
#define SANDGLASS_COLLECTORS_STREAM_DISK_CALLS_H_

#include <cstdint>
#include <functional>
#include <string>

namespace sandglass::collectors {

struct DiskCalls {
  // A file or folder is about to be synced.
  std::function<void(const std::string& path)> on_sync;
  // Bytes are about to be taken out of a file.
  std::function<void(const std::string& path, uint64_t offset, uint64_t size)> on_punch;
};

DiskCalls& HookedDiskCalls();

}  // namespace sandglass::collectors

#endif  // SANDGLASS_COLLECTORS_STREAM_DISK_CALLS_H_
