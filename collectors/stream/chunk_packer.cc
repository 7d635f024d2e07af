#include "collectors/stream/chunk_packer.h"

#include <xxhash.h>

#include <utility>

namespace sandglass::collectors {

std::optional<PackedChunk> ChunkPacker::Add(const v1::Operator& op) {
  builder_.Add(op);
  if (builder_.rows() < size_.operators && builder_.ApproximateBytes() < size_.bytes) return std::nullopt;
  return Flush();
}

std::optional<PackedChunk> ChunkPacker::Flush() {
  if (builder_.rows() == 0) return std::nullopt;
  const v1::OperatorColumns columns = builder_.Take();
  auto request = std::make_shared<v1::AppendRequest>();
  v1::Chunk& chunk = *request->mutable_chunk();
  chunk.set_seq(++last_seq_);
  chunk.set_first_operator(packed_operators_);
  chunk.set_operators(columns.rows());
  chunk.set_form(v1::Chunk::FORM_COLUMNS);
  columns.SerializeToString(chunk.mutable_payload());
  chunk.set_payload_xxh3(XXH3_64bits(chunk.payload().data(), chunk.payload().size()));
  packed_operators_ += columns.rows();
  chain_ = ChainDigest(chain_, last_seq_, Sha256(chunk.payload()));
  return PackedChunk{std::move(request), chain_};
}

}  // namespace sandglass::collectors
