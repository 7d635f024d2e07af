// The chunks that are not known to be on the server's disk, and how far they have got.
//
// This is the bookkeeping of the protocol in proto/ingest_service.proto, free of threads and of gRPC. It believes
// nothing that the server says without comparing it with what was sent. Not safe for use by several threads at once.
#ifndef SANDGLASS_COLLECTORS_STREAM_UNACKNOWLEDGED_H_
#define SANDGLASS_COLLECTORS_STREAM_UNACKNOWLEDGED_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>

#include "absl/status/status.h"
#include "collectors/stream/chunk_packer.h"
#include "proto/chain_digest.h"
#include "proto/ingest_service.pb.h"

namespace sandglass::collectors {

class Unacknowledged {
 public:
  // Adds the next chunk, to be sent.
  void Push(PackedChunk chunk);

  // The chunk to send next; null if there is none, or if it has to wait for credit. One chunk may always be under way,
  // or a small credit would stop everything.
  const PackedChunk* Next() const;
  // The chunk of Next() was given to a stream.
  void MarkSent();

  // Takes an acknowledgement in, and forgets the chunks that it covers. An older one than the last changes nothing.
  // Errors: Internal, if it covers chunks that were not sent; DataLoss, if its digest is not that of what was sent.
  absl::Status Acknowledge(const v1::AppendResponse& response);

  // Goes on from where the server stands after an Open: what is durable there is forgotten, and all else is to be sent
  // again. Errors, which call the server `server`: those of WhereToGoOn and CheckSameChunks.
  absl::Status GoOnFrom(const v1::OpenResponse& response, const std::string& server = "the server");

  // Forgets all chunks and goes on behind chunk `seq`, which the caller knows to be durable: operators and chain digest
  // are those up to it. What follows is pushed again.
  void GoOnBehind(uint64_t seq, uint64_t operators, const Digest& chain, uint64_t credit_bytes);

  // The message that begins a stream: from the first chunk that is kept.
  v1::AppendStart Start(const std::string& trace_id, uint64_t epoch) const;

  bool empty() const { return chunks_.empty(); }
  // Whether every chunk that is kept was given to the present stream.
  bool all_sent() const { return sent_ == chunks_.size(); }
  // Payload of all chunks that are kept, in bytes.
  size_t bytes() const { return bytes_; }
  // Payload that was given to the present stream and is not acknowledged, in bytes.
  size_t bytes_in_flight() const { return bytes_in_flight_; }
  // Number of the last chunk that is known to be durable, and operators up to it.
  uint64_t durable_seq() const { return durable_seq_; }
  uint64_t durable_operators() const { return durable_operators_; }

 private:
  // Forgets the chunks up to `seq`, which must be kept or just before the first.
  void ForgetUpTo(uint64_t seq);

  std::deque<PackedChunk> chunks_;
  size_t bytes_ = 0;
  size_t bytes_in_flight_ = 0;
  // How many of chunks_, from the front, were given to the present stream.
  size_t sent_ = 0;
  // Number of the last chunk that was ever given to a stream.
  uint64_t last_sent_seq_ = 0;
  uint64_t durable_seq_ = 0;
  uint64_t durable_operators_ = 0;
  Digest durable_chain_{};
  uint64_t credit_bytes_ = 0;
};

}  // namespace sandglass::collectors

#endif  // SANDGLASS_COLLECTORS_STREAM_UNACKNOWLEDGED_H_
