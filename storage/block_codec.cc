#include "storage/block_codec.h"

#include <xxhash.h>
#include <zstd.h>

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "storage/byte_codec.h"

namespace sandglass::storage {
namespace {

constexpr uint32_t kMagic = 0x31424753;  // "SGB1"
constexpr uint8_t kCodecZstd = 1;
constexpr int kLevel = 1;
// magic 4, codec 1, rows 4, first 8, raw size 4
constexpr size_t kFieldBytes = 21;
constexpr size_t kHeaderBytes = kFieldBytes + 8;

uint64_t Checksum(absl::string_view key, absl::string_view fields, absl::string_view payload) {
  // One state a thread: it is half a kilobyte and must be aligned.
  thread_local const std::unique_ptr<XXH3_state_t, XXH_errorcode (*)(XXH3_state_t*)> state(XXH3_createState(),
                                                                                           XXH3_freeState);
  XXH3_64bits_reset(state.get());
  XXH3_64bits_update(state.get(), key.data(), key.size());
  XXH3_64bits_update(state.get(), fields.data(), fields.size());
  XXH3_64bits_update(state.get(), payload.data(), payload.size());
  return XXH3_64bits_digest(state.get());
}

absl::StatusOr<std::string> Compress(absl::string_view raw) {
  thread_local const std::unique_ptr<ZSTD_CCtx, size_t (*)(ZSTD_CCtx*)> context(ZSTD_createCCtx(), ZSTD_freeCCtx);
  std::string out(ZSTD_compressBound(raw.size()), '\0');
  const size_t size = ZSTD_compressCCtx(context.get(), out.data(), out.size(), raw.data(), raw.size(), kLevel);
  if (ZSTD_isError(size)) return absl::InternalError(absl::StrCat("zstd: ", ZSTD_getErrorName(size)));
  out.resize(size);
  return out;
}

absl::StatusOr<std::string> Decompress(absl::string_view payload, size_t raw_size) {
  if (raw_size > kMaxBlockBytes || ZSTD_getFrameContentSize(payload.data(), payload.size()) != raw_size) {
    return absl::DataLossError("its length is not the one that its header says");
  }
  thread_local const std::unique_ptr<ZSTD_DCtx, size_t (*)(ZSTD_DCtx*)> context(ZSTD_createDCtx(), ZSTD_freeDCtx);
  std::string raw(raw_size, '\0');
  const size_t size = ZSTD_decompressDCtx(context.get(), raw.data(), raw.size(), payload.data(), payload.size());
  if (ZSTD_isError(size) || size != raw_size) return absl::DataLossError("it does not decompress");
  return raw;
}

}  // namespace

absl::StatusOr<std::string> EncodeBlock(absl::string_view key, uint64_t first, const v1::OperatorColumns& columns) {
  const std::string raw = columns.SerializeAsString();
  if (raw.size() > kMaxBlockBytes) {
    return absl::InvalidArgumentError(absl::StrCat("a block of ", raw.size(), " bytes is over ", kMaxBlockBytes));
  }
  absl::StatusOr<std::string> payload = Compress(raw);
  if (!payload.ok()) return payload.status();
  ByteWriter writer;
  writer.Put(kMagic);
  writer.Put(kCodecZstd);
  writer.Put(static_cast<uint32_t>(columns.rows()));
  writer.Put(first);
  writer.Put(static_cast<uint32_t>(raw.size()));
  writer.Put(Checksum(key, writer.bytes(), *payload));
  writer.PutBytes(*payload);
  return writer.Take();
}

absl::StatusOr<Block> DecodeBlock(absl::string_view key, absl::string_view bytes) {
  if (bytes.size() < kHeaderBytes) return absl::DataLossError("it is cut short");
  ByteReader reader(bytes);
  if (reader.Get<uint32_t>() != kMagic) return absl::DataLossError("it does not begin as a block");
  const uint8_t codec = reader.Get<uint8_t>();
  const uint32_t rows = reader.Get<uint32_t>();
  const uint64_t first = reader.Get<uint64_t>();
  const uint32_t raw_size = reader.Get<uint32_t>();
  const uint64_t checksum = reader.Get<uint64_t>();
  if (checksum != Checksum(key, bytes.substr(0, kFieldBytes), reader.rest())) {
    return absl::DataLossError("its checksum does not match");
  }
  if (codec != kCodecZstd) return absl::DataLossError(absl::StrCat("codec ", codec, " is unknown"));
  absl::StatusOr<std::string> raw = Decompress(reader.rest(), raw_size);
  if (!raw.ok()) return raw.status();
  Block block;
  block.first = first;
  if (!block.columns.ParseFromString(*raw) || block.columns.rows() != rows) {
    return absl::DataLossError("its columns cannot be read");
  }
  return block;
}

absl::StatusOr<uint64_t> PeekFirst(absl::string_view bytes) {
  ByteReader reader(bytes);
  const uint32_t magic = reader.Get<uint32_t>();
  reader.GetBytes(5);
  const uint64_t first = reader.Get<uint64_t>();
  if (!reader.ok() || magic != kMagic) return absl::DataLossError("it does not begin as a block");
  return first;
}

}  // namespace sandglass::storage
