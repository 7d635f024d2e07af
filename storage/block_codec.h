// Blocks: up to 4096 operators as columns, compressed, with a header and a checksum. See FORMAT.md.
//
// A block's checksum covers the key under which it is stored, so a sound block in the wrong place is damage too. The
// decoder takes hostile bytes: it checks sizes before it allocates. All functions may be called from several threads.
#ifndef SANDGLASS_STORAGE_BLOCK_CODEC_H_
#define SANDGLASS_STORAGE_BLOCK_CODEC_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "proto/operator_payload.pb.h"
#include "proto/trace.pb.h"

namespace sandglass::storage {

inline constexpr uint32_t kBlockOperators = 4096;
// No block is longer than this before compression. A chunk of the largest size, with signatures, stays far below.
inline constexpr size_t kMaxBlockBytes = 64 << 20;

struct Block {
  // Index in the trace of its first operator; for signatures, the number of the first.
  uint64_t first = 0;
  v1::OperatorColumns columns;
};

// The bytes to store under `key`. InvalidArgument if the columns are longer than kMaxBlockBytes.
absl::StatusOr<std::string> EncodeBlock(absl::string_view key, uint64_t first, const v1::OperatorColumns& columns);

// What was stored under `key`. DataLoss says in a few words what is wrong; the caller adds which trace and block.
absl::StatusOr<Block> DecodeBlock(absl::string_view key, absl::string_view bytes);

// Only the header's `first`; the rest of the block is neither read nor verified.
absl::StatusOr<uint64_t> PeekFirst(absl::string_view bytes);

}  // namespace sandglass::storage

#endif  // SANDGLASS_STORAGE_BLOCK_CODEC_H_
