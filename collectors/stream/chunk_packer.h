// Packs operators into numbered chunks of columns, ready to be sent.
//
// A packer serves one trace, and one thread at a time.
#ifndef SANDGLASS_COLLECTORS_STREAM_CHUNK_PACKER_H_
#define SANDGLASS_COLLECTORS_STREAM_CHUNK_PACKER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "proto/chain_digest.h"
#include "proto/ingest_service.pb.h"
#include "proto/operator_columns.h"

namespace sandglass::collectors {

// A chunk never changes once it is packed, so that what is sent again is what was sent before.
struct PackedChunk {
  // Holds the chunk. Shared, because a call that is being written keeps it too.
  std::shared_ptr<const v1::AppendRequest> request;
  // The chain digest up to and with this chunk.
  Digest chain{};

  const v1::Chunk& chunk() const { return request->chunk(); }
  size_t bytes() const { return chunk().payload().size(); }
};

struct ChunkSize {
  // A chunk ends when it has so many operators, or about so many bytes of payload.
  uint32_t operators = 4096;
  size_t bytes = 256 << 10;
};

class ChunkPacker {
 public:
  explicit ChunkPacker(const ChunkSize& size) : size_(size) {}

  // Adds one operator. Returns the chunk that it completes, if it does.
  std::optional<PackedChunk> Add(const v1::Operator& op);

  // What was added since the last chunk, if anything was.
  std::optional<PackedChunk> Flush();

  // Operators added so far.
  uint64_t operators() const { return packed_operators_ + builder_.rows(); }
  // Number of the last chunk; 0: there was none.
  uint64_t last_seq() const { return last_seq_; }
  // The chain digest up to and with it.
  const Digest& chain() const { return chain_; }

 private:
  const ChunkSize size_;
  ColumnBuilder builder_;
  uint64_t last_seq_ = 0;
  uint64_t packed_operators_ = 0;
  Digest chain_{};
};

}  // namespace sandglass::collectors

#endif  // SANDGLASS_COLLECTORS_STREAM_CHUNK_PACKER_H_
