// What a database of Nsight Systems holds, read into plain values.
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_NSIGHT_TRACE_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_NSIGHT_TRACE_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "collectors/importers/format/importer.h"
#include "collectors/importers/format/problems.h"
#include "proto/trace.pb.h"

namespace sandglass::collectors::nsight {

enum class WorkKind : uint8_t { kKernel, kCopy, kFill, kGraph };

// What joins device work to the call that launched it: numbers of calls count in each process alone.
struct CallKey {
  int64_t process = 0;
  int64_t correlation = 0;

  bool operator==(const CallKey& other) const { return process == other.process && correlation == other.correlation; }
  template <typename H>
  friend H AbslHashValue(H h, const CallKey& key) {
    return H::combine(std::move(h), key.process, key.correlation);
  }
};

// Times are ns since the recording began; an end is not before its start.
struct Work {
  int64_t start_ns = 0;
  int64_t end_ns = 0;
  std::optional<CallKey> call;
  std::optional<uint32_t> queue;
  // The number of the GPU on its host.
  std::optional<uint32_t> gpu;
  // Index into Trace::signatures.
  uint32_t signature = 0;
  WorkKind kind = WorkKind::kKernel;
};

// What a program marked on a host thread, by NVTX.
struct Range {
  int64_t start_ns = 0;
  int64_t end_ns = 0;
  // The thread as the file numbers it, with its process.
  int64_t thread = 0;
  uint32_t signature = 0;
};

// A call of the device's runtime or driver that launched something.
struct Call {
  int64_t start_ns = 0;
  int64_t end_ns = 0;
  int64_t thread = 0;
};

struct Trace {
  std::vector<v1::OpSignature> signatures;
  std::vector<Work> work;
  std::vector<Range> ranges;
  // Those that device work names.
  absl::flat_hash_map<CallKey, Call> calls;
  // Names of GPUs by their numbers.
  std::map<uint32_t, std::string> gpus;
  // When the recording began, in ns of the Unix epoch.
  std::optional<int64_t> start_unix_ns;
  std::map<std::string, std::string> extras;
  // What was not taken on purpose, what is missing, and what was wrong with a row.
  Counts left_out;
  Counts missing;
  Problems problems;
};

}  // namespace sandglass::collectors::nsight

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_NSIGHT_TRACE_H_
