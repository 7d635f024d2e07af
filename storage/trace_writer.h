// Turns the chunks of one open trace into changes of the store.
//
// It keeps where the trace will stand when all its changes are made, checks each chunk against that, and moves on. Not
// safe for use by several threads at once. After an error from Prepare it must not be used again: what it keeps may
// hold half a chunk. A new one is loaded from the store instead.
#ifndef SANDGLASS_STORAGE_TRACE_WRITER_H_
#define SANDGLASS_STORAGE_TRACE_WRITER_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "proto/chain_digest.h"
#include "proto/ingest_service.pb.h"
#include "proto/operator_columns.h"
#include "proto/trace_validator.h"
#include "storage/database.h"
#include "storage/records.h"
#include "storage/trace_reader.h"

namespace sandglass::storage {

// Largest payload of a chunk, in bytes.
inline constexpr size_t kMaxChunkBytes = 1 << 20;

// What one chunk does to the store.
struct PreparedChunk {
  // Blocks, signatures, the chunk's record and the head, to be made in one batch.
  std::vector<Change> changes;
  // Where the trace stands when they are made.
  TraceHead head;
  ChunkRecord record;
};

class TraceWriter {
 public:
  // Takes a trace up where the store has it.
  static absl::StatusOr<std::unique_ptr<TraceWriter>> Load(const Database& database, const TraceRef& trace);

  // Where the trace stands when all that was prepared is made.
  const TraceHead& head() const { return head_; }

  // Checks the next chunk, whose number must be head().durable_seq + 1, and turns it into changes. InvalidArgument
  // names the operator's index in the trace, the field path and the value.
  absl::StatusOr<PreparedChunk> Prepare(const v1::Chunk& chunk, const Digest& payload_digest, int64_t now_unix_ns);

 private:
  // One chunk on its way: what it adds.
  struct Work;

  TraceWriter(const TraceRef& trace, const TraceHead& head, const v1::TraceHeader& header);

  absl::Status TakeRows(const v1::Chunk& chunk, Work& work);
  // The number of a signature, which may be new.
  absl::StatusOr<uint32_t> TakeSignature(const v1::OpSignature& signature, Work& work);
  absl::Status TakeColumns(const v1::Chunk& chunk, Work& work);
  absl::Status TakeNewSignatures(const v1::OperatorColumns& columns, Work& work);
  absl::Status TakeNewSignature(const v1::OpSignature& signature, Work& work);
  absl::Status TakeRow(const OperatorRow& row, Work& work);
  absl::Status RejectOrFail(const absl::Status& why, Work& work);
  absl::Status WriteBlock(const v1::OperatorColumns& columns, Work& work);
  absl::Status WriteSignatures(Work& work);

  const TraceRef trace_;
  const TraceLimits limits_;
  TraceHead head_;
  SignatureInterner signatures_;
  // How many tensors each signature has.
  std::vector<uint32_t> signature_tensors_;
};

}  // namespace sandglass::storage

#endif  // SANDGLASS_STORAGE_TRACE_WRITER_H_
