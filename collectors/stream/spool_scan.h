// Reads a spool file from its beginning to its end, and says what it holds.
//
// What a crash left unfinished at the end is told apart from damage: a frame that the file ends in (or at, with content
// that does not match), and zeros up to the end, are a torn tail. Everything else that is not as it was written is
// damage. Safe to call from any thread.
#ifndef SANDGLASS_COLLECTORS_STREAM_SPOOL_SCAN_H_
#define SANDGLASS_COLLECTORS_STREAM_SPOOL_SCAN_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "collectors/stream/spool_format.h"
#include "proto/trace.pb.h"

namespace sandglass::collectors {

struct SpoolContents {
  // With the client_key of the mark.
  SpoolHeader header;
  // Where the places for marks begin; frames of chunks never lie before marks_offset + kMarkPlaces * kMarkBytes.
  uint64_t marks_offset = 0;
  SpoolMark mark;
  // Where the frames of the chunks are that are kept, from mark.first_seq on.
  std::deque<uint64_t> offsets;
  // Operators, and the chain digest, of all chunks up to the last.
  uint64_t operators = 0;
  Digest chain{};
  // Set once the producer was done.
  std::optional<v1::TraceSummary> summary;
  // Where the last sound frame ends, and how many bytes of a torn tail follow.
  uint64_t end = 0;
  uint64_t torn_bytes = 0;
};

// `read` gives `size` bytes from `offset`, which are in the file of `file_bytes`; `name` is what errors call it.
// Errors: DataLoss names the byte; InvalidArgument, if it is not a spool file, or of another version; read's own.
// Memory: that of the largest frame, and 8 bytes a chunk.
absl::StatusOr<SpoolContents> ScanSpool(
    const std::string& name, uint64_t file_bytes,
    absl::FunctionRef<absl::StatusOr<std::string>(uint64_t offset, size_t size)> read);

}  // namespace sandglass::collectors

#endif  // SANDGLASS_COLLECTORS_STREAM_SPOOL_SCAN_H_
