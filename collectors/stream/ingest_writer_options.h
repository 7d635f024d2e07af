// What an IngestWriter is told, and what it tells of itself: plain values.
#ifndef SANDGLASS_COLLECTORS_STREAM_INGEST_WRITER_OPTIONS_H_
#define SANDGLASS_COLLECTORS_STREAM_INGEST_WRITER_OPTIONS_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include "absl/time/time.h"
#include "collectors/stream/chunk_packer.h"
#include "collectors/stream/retry_policy.h"
#include "collectors/stream/spool.h"
#include "proto/ingest_service.pb.h"

namespace sandglass::collectors {

struct IngestWriterOptions {
  // How errors call the server ("127.0.0.1:7117"), and what a user can do when it cannot be reached.
  std::string destination = "the server";
  std::string mend = "check that it runs";
  ChunkSize chunk = {};
  // Payload that may wait for the server, in bytes; at least that of one chunk.
  size_t max_buffered_bytes = size_t{8} << 20;
  v1::Validation validation = v1::VALIDATION_STRICT;
  // An empty directory: no spool.
  SpoolOptions spool = {};
  // How long Begin tries, and how long a trace that has begun waits for its server to come back.
  RetryPolicy connect = {.patience = absl::Seconds(6)};
  RetryPolicy resume = {};
  // A call of Open or Abort, a Seal (which reads the whole trace), and the time without any acknowledgement after
  // which a stream is taken for dead.
  absl::Duration call_timeout = absl::Seconds(6);
  absl::Duration seal_timeout = absl::Minutes(15);
  absl::Duration ack_timeout = absl::Seconds(30);
  // From 0 up to, but not including, 1. Absent: a generator seeded by the system. Called by one thread at a time.
  std::function<double()> random = nullptr;
  // Absent: NewClientKey, or the spool's key where a spool is taken up.
  std::function<std::string()> new_client_key = nullptr;
  // Takes one line about what went wrong but does not end the trace. Called from several threads, one at a time; must
  // not call the writer. Absent: it goes to standard error.
  std::function<void(const std::string&)> warn = nullptr;
};

// How far a trace has got.
struct IngestStats {
  // Empty before Begin.
  std::string trace_id;
  // Operators that are on the server's disk.
  uint64_t durable_operators = 0;
  // Payload that waits for the server, now and at its most, in bytes.
  size_t buffered_bytes = 0;
  size_t peak_buffered_bytes = 0;
  // How often a broken stream was taken up again.
  uint64_t resumes = 0;
  // What the spool has on the disk, in bytes.
  uint64_t spooled_bytes = 0;
  // Chunks that the server had acknowledged and lost, and that were sent again.
  uint64_t lost_chunks = 0;
  // Chunks that were acknowledged and left the full spool before the seal.
  uint64_t given_up_chunks = 0;
};

}  // namespace sandglass::collectors

#endif  // SANDGLASS_COLLECTORS_STREAM_INGEST_WRITER_OPTIONS_H_
