// The bytes of a spool file, as collectors/stream/FORMAT.md describes them.
//
// Pure functions, safe to call from any thread. The decoders take any bytes: what is damaged gives nullopt, and nothing
// is allocated for a length that the bytes do not have.
#ifndef SANDGLASS_COLLECTORS_STREAM_SPOOL_FORMAT_H_
#define SANDGLASS_COLLECTORS_STREAM_SPOOL_FORMAT_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "collectors/stream/chunk_packer.h"
#include "proto/chain_digest.h"
#include "proto/ingest_service.pb.h"

namespace sandglass::collectors {

// What a file begins with; the last byte is the version.
inline constexpr absl::string_view kSpoolMagic("SGSPOOL\x02", 8);

// The numbers stand in files.
enum class FrameKind : uint8_t { kHeader = 1, kChunk = 2, kSummary = 3 };

inline constexpr size_t kFrameHeadBytes = 21;

struct FrameHead {
  FrameKind kind = FrameKind::kHeader;
  uint32_t content_bytes = 0;
  uint64_t content_xxh3 = 0;
};

// A whole frame, for the place `offset` of a file. Requires: `content` is shorter than 2 GiB.
std::string EncodeFrame(FrameKind kind, uint64_t offset, absl::string_view content);
// The head of a frame that lies at `offset`; nullopt if it was not written for that place, or is damaged.
std::optional<FrameHead> DecodeFrameHead(absl::string_view bytes, uint64_t offset);
// Whether `content` is what the head was written for.
bool ContentMatches(const FrameHead& head, absl::string_view content);

// What is known of a spooled trace when it begins.
struct SpoolHeader {
  v1::OpenRequest open;
  // Where it was going: a server's address or a store's directory; one of them is empty.
  std::string server;
  std::string store;
};

// Contents of frames.
std::string EncodeSpoolHeader(const SpoolHeader& header);
std::optional<SpoolHeader> DecodeSpoolHeader(absl::string_view content);
std::string EncodeSpoolChunk(const PackedChunk& chunk);
std::optional<PackedChunk> DecodeSpoolChunk(absl::string_view content);

inline constexpr size_t kMarkBytes = 124;
// A file has so many places for a mark; they are written in turn, so that one is whole at any moment.
inline constexpr int kMarkPlaces = 2;

// How far a spooled trace has got: the part of the file that is written over.
struct SpoolMark {
  // Grows with each mark that is written; its place is the remainder by kMarkPlaces.
  uint64_t generation = 0;
  // The last chunk that was acknowledged, and XXH3-64 of the name of who did it.
  uint64_t durable_seq = 0;
  uint64_t acknowledger = 0;
  // The first chunk that is kept, and where its frame is, or will be.
  uint64_t first_seq = 1;
  uint64_t first_offset = 0;
  // Operators, and the chain digest, of all chunks before it.
  uint64_t first_operator = 0;
  Digest chain_before{};
  // The UUID under which the trace is sent: that of the header, until it was begun anew under another.
  std::string client_key = {};
};

// Requires: the client_key is a UUID.
std::string EncodeMark(const SpoolMark& mark);
std::optional<SpoolMark> DecodeMark(absl::string_view bytes);

// XXH3-64, as for SpoolMark::acknowledger.
uint64_t AcknowledgerHash(absl::string_view name);

}  // namespace sandglass::collectors

#endif  // SANDGLASS_COLLECTORS_STREAM_SPOOL_FORMAT_H_
