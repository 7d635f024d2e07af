#include "collectors/stream/spool_format.h"

#include <xxhash.h>

#include <memory>
#include <utility>

#include "collectors/stream/client_key.h"

namespace sandglass::collectors {
namespace {

// What protobuf can read.
constexpr uint32_t kMostContentBytes = 0x7fffffff;
constexpr uint8_t kToServer = 1;
constexpr uint8_t kToStore = 2;

uint64_t Xxh3(absl::string_view bytes) { return XXH3_64bits(bytes.data(), bytes.size()); }

// Little-endian.
template <typename Unsigned>
void Put(std::string& bytes, Unsigned value) {
  for (size_t i = 0; i < sizeof value; ++i) bytes.push_back(static_cast<char>(value >> (8 * i)));
}

// Takes a number off the front. Requires: the bytes are there.
template <typename Unsigned>
Unsigned Take(absl::string_view& bytes) {
  uint64_t value = 0;
  for (size_t i = 0; i < sizeof(Unsigned); ++i) value |= uint64_t{static_cast<uint8_t>(bytes[i])} << (8 * i);
  bytes.remove_prefix(sizeof(Unsigned));
  return static_cast<Unsigned>(value);
}

// The place is under the checksum: a sound frame elsewhere is damage too.
uint64_t HeadChecksum(absl::string_view head, uint64_t offset) {
  std::string bytes;
  Put(bytes, offset);
  bytes.append(head.data(), head.size());
  return Xxh3(bytes);
}

}  // namespace

std::string EncodeFrame(FrameKind kind, uint64_t offset, absl::string_view content) {
  std::string frame;
  frame.reserve(kFrameHeadBytes + content.size());
  Put(frame, static_cast<uint8_t>(kind));
  Put(frame, static_cast<uint32_t>(content.size()));
  Put(frame, Xxh3(content));
  Put(frame, HeadChecksum(frame, offset));
  frame.append(content.data(), content.size());
  return frame;
}

std::optional<FrameHead> DecodeFrameHead(absl::string_view bytes, uint64_t offset) {
  if (bytes.size() < kFrameHeadBytes) return std::nullopt;
  const absl::string_view checked = bytes.substr(0, kFrameHeadBytes - sizeof(uint64_t));
  FrameHead head;
  const auto kind = Take<uint8_t>(bytes);
  head.content_bytes = Take<uint32_t>(bytes);
  head.content_xxh3 = Take<uint64_t>(bytes);
  if (Take<uint64_t>(bytes) != HeadChecksum(checked, offset)) return std::nullopt;
  if (kind < static_cast<uint8_t>(FrameKind::kHeader) || kind > static_cast<uint8_t>(FrameKind::kSummary) ||
      head.content_bytes > kMostContentBytes) {
    return std::nullopt;
  }
  head.kind = static_cast<FrameKind>(kind);
  return head;
}

bool ContentMatches(const FrameHead& head, absl::string_view content) {
  return content.size() == head.content_bytes && Xxh3(content) == head.content_xxh3;
}

std::string EncodeSpoolHeader(const SpoolHeader& header) {
  std::string content;
  const std::string& place = header.server.empty() ? header.store : header.server;
  Put(content, header.server.empty() ? kToStore : kToServer);
  Put(content, static_cast<uint32_t>(place.size()));
  return content + place + header.open.SerializeAsString();
}

std::optional<SpoolHeader> DecodeSpoolHeader(absl::string_view content) {
  if (content.size() < sizeof(uint8_t) + sizeof(uint32_t)) return std::nullopt;
  SpoolHeader header;
  const auto kind = Take<uint8_t>(content);
  const auto length = Take<uint32_t>(content);
  if (length > content.size() || (kind != kToServer && kind != kToStore)) return std::nullopt;
  std::string& place = kind == kToServer ? header.server : header.store;
  place = std::string(content.substr(0, length));
  content.remove_prefix(length);
  if (!header.open.ParseFromArray(content.data(), static_cast<int>(content.size()))) return std::nullopt;
  return header;
}

std::string EncodeSpoolChunk(const PackedChunk& chunk) {
  std::string content = DigestBytes(chunk.chain);
  chunk.chunk().AppendToString(&content);
  return content;
}

std::optional<PackedChunk> DecodeSpoolChunk(absl::string_view content) {
  PackedChunk chunk;
  if (!ParseDigest(content.substr(0, chunk.chain.size()), chunk.chain)) return std::nullopt;
  content.remove_prefix(chunk.chain.size());
  auto request = std::make_shared<v1::AppendRequest>();
  if (!request->mutable_chunk()->ParseFromArray(content.data(), static_cast<int>(content.size()))) return std::nullopt;
  chunk.request = std::move(request);
  return chunk;
}

std::string EncodeMark(const SpoolMark& mark) {
  std::string bytes;
  for (const uint64_t number :
       {mark.generation, mark.durable_seq, mark.acknowledger, mark.first_seq, mark.first_offset, mark.first_operator}) {
    Put(bytes, number);
  }
  bytes += DigestBytes(mark.chain_before);
  bytes += mark.client_key;
  Put(bytes, Xxh3(bytes));
  return bytes;
}

std::optional<SpoolMark> DecodeMark(absl::string_view bytes) {
  if (bytes.size() != kMarkBytes) return std::nullopt;
  const uint64_t checksum = Xxh3(bytes.substr(0, kMarkBytes - sizeof(uint64_t)));
  SpoolMark mark;
  for (uint64_t* number : {&mark.generation, &mark.durable_seq, &mark.acknowledger, &mark.first_seq, &mark.first_offset,
                           &mark.first_operator}) {
    *number = Take<uint64_t>(bytes);
  }
  const bool sound = ParseDigest(bytes.substr(0, mark.chain_before.size()), mark.chain_before);
  bytes.remove_prefix(mark.chain_before.size());
  mark.client_key = std::string(bytes.substr(0, kClientKeyBytes));
  bytes.remove_prefix(kClientKeyBytes);
  if (!sound || !IsClientKey(mark.client_key) || Take<uint64_t>(bytes) != checksum) return std::nullopt;
  return mark;
}

uint64_t AcknowledgerHash(absl::string_view name) { return Xxh3(name); }

}  // namespace sandglass::collectors
