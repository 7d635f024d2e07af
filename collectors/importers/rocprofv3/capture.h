// What a JSON file of rocprofv3 holds of a device's work, read into plain values.
//
// The file is what AMD's rocprofiler-sdk tool saw in one process: agents (CPUs and GPUs), symbols of kernels, and
// arrays of records by kind. Times are ns of the system's monotonic clock. Nothing in it tells shapes, or which
// operator of a framework launched a kernel.
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_ROCPROFV3_CAPTURE_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_ROCPROFV3_CAPTURE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "collectors/importers/format/importer.h"
#include "proto/trace.pb.h"

namespace sandglass::collectors::rocprofv3 {

struct Agent {
  int64_t handle = 0;
  bool is_gpu = false;
  // The product's name, or else the architecture's ("gfx950").
  std::string name;
  // Among the GPUs.
  std::optional<uint32_t> ordinal;
};

// A kernel or a copy.
struct Work {
  int64_t start_ns = 0;
  int64_t duration_ps = 0;
  // Index into Capture::signatures.
  uint32_t signature = 0;
  // Index into Capture::gpus, and the stream, or else the queue.
  std::optional<uint32_t> gpu;
  std::optional<uint32_t> queue;
};

struct Capture {
  std::vector<Work> work;
  // Without repetition.
  std::vector<v1::OpSignature> signatures;
  // In the order of their ordinals.
  std::vector<Agent> gpus;
  // What was run; empty: not known.
  std::string command;
  // Of the file's arrays of records.
  uint64_t records = 0;
  // By reason, as in ImportReport.
  Counts left_out;
  Counts missing;
  std::vector<std::string> problems;
};

}  // namespace sandglass::collectors::rocprofv3

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_ROCPROFV3_CAPTURE_H_
