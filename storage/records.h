// The small records that the store keeps of a trace beside its operators: where it stands, and what its chunks were.
//
// Encoded with a version byte in front and an XXH3-64 behind; the decoders refuse anything else, so a record that was
// damaged is never believed. See FORMAT.md.
#ifndef SANDGLASS_STORAGE_RECORDS_H_
#define SANDGLASS_STORAGE_RECORDS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "proto/chain_digest.h"
#include "proto/ingest_service.pb.h"
#include "proto/trace.pb.h"
#include "proto/trace_id.h"
#include "storage/key.h"

namespace sandglass::storage {

// Where a trace stands. Written anew, in one batch with what it tells of, at each change.
struct TraceHead {
  v1::TraceState state = v1::TRACE_STATE_OPEN;
  v1::Validation validation = v1::VALIDATION_STRICT;
  // The newest epoch.
  uint64_t epoch = 0;
  // Number of the last durable chunk.
  uint64_t durable_seq = 0;
  // Operators in the chunks up to it, and those of them that were stored: lenient mode leaves some out.
  uint64_t sent_operators = 0;
  uint64_t stored_operators = 0;
  // Id of the last operator stored; the next must be greater.
  uint64_t last_operator_id = 0;
  // Signatures, and the bytes of them all.
  uint32_t signatures = 0;
  uint64_t signature_bytes = 0;
  // The stream of `blocks` that holds the operators, and how many blocks it has.
  Stream block_stream = Stream::kArrivedBlocks;
  uint32_t blocks = 0;
  // Of these blocks and of those of signatures. Traces that were sealed before 2026-11-27 left out the latter.
  uint64_t stored_bytes = 0;
  // Chain digest up to durable_seq.
  Digest chain{};
  // The UUID that the client opened it with.
  TraceId client_key;
  // SHA-256 of the summary as the client sent it with the seal; zero before.
  Digest summary_digest{};
  // When this record was written, in ns of the Unix epoch.
  int64_t written_unix_ns = 0;
};

std::string EncodeHead(const TraceHead& head);
// Nothing if the bytes are not a head, or are damaged.
std::optional<TraceHead> DecodeHead(absl::string_view bytes);

// What a durable chunk was. Kept until the seal, so that a chunk that is sent again can be compared.
struct ChunkRecord {
  Digest payload_digest{};
  // Chain digest up to this chunk.
  Digest chain{};
  // Index of its first operator in what was sent, and how many it had.
  uint64_t first_operator = 0;
  uint32_t operators = 0;
  // What lenient mode left out of it.
  std::vector<v1::RejectedRange> rejected;
};

std::string EncodeChunkRecord(const ChunkRecord& record);
// Nothing if the bytes are not a chunk record, or are damaged.
std::optional<ChunkRecord> DecodeChunkRecord(absl::string_view bytes);

// A message in such a frame.
std::string EncodeMessage(const google::protobuf::MessageLite& message);
// Whether the bytes were such a frame and are now in `message`.
bool DecodeMessage(absl::string_view bytes, google::protobuf::MessageLite& message);

}  // namespace sandglass::storage

#endif  // SANDGLASS_STORAGE_RECORDS_H_
