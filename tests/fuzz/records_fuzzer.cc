// Heads, chunk records and framed messages of any bytes: nothing, or a record that is written and read back the same.
//
// The first byte says what the rest is; version and checksum are put around it, for they would keep every mutation out.
#include <xxhash.h>

#include "storage/records.h"
#include "storage/sample_trace.h"
#include "tests/fuzz/fuzzer.h"
#include "tests/fuzz/laws.h"

namespace sandglass::fuzz {
namespace {

constexpr char kVersion = 1;
constexpr size_t kChecksumBytes = 8;

enum class Kind : char { kHead, kChunk, kHeader, kManifest, kRaw };

std::string Framed(const std::string& content) {
  std::string frame = kVersion + content;
  const uint64_t checksum = XXH3_64bits(frame.data(), frame.size());
  return frame + std::string(reinterpret_cast<const char*>(&checksum), kChecksumBytes);
}

std::string Seed(Kind kind, const std::string& frame) {
  return static_cast<char>(kind) + frame.substr(1, frame.size() - 1 - kChecksumBytes);
}

template <typename Message>
void CheckMessage(const std::string& bytes) {
  Message message;
  if (!storage::DecodeMessage(bytes, message)) return;
  Message again;
  Require(storage::DecodeMessage(storage::EncodeMessage(message), again) &&
              again.SerializeAsString() == message.SerializeAsString(),
          "the message changed: " + message.ShortDebugString());
}

void Check(const std::string& bytes) {
  if (const auto head = storage::DecodeHead(bytes)) Require(storage::EncodeHead(*head) == bytes, "the head changed");
  if (const auto record = storage::DecodeChunkRecord(bytes)) {
    const std::string written = storage::EncodeChunkRecord(*record);
    const auto again = storage::DecodeChunkRecord(written);
    Require(again.has_value() && storage::EncodeChunkRecord(*again) == written, "the chunk record changed");
  }
  CheckMessage<v1::TraceHeader>(bytes);
  CheckMessage<v1::TraceManifest>(bytes);
}

}  // namespace

std::vector<std::string> Seeds() {
  storage::TraceHead head;
  head.epoch = 3;
  head.stored_bytes = 1 << 20;
  storage::ChunkRecord chunk;
  chunk.operators = 7;
  chunk.rejected.emplace_back().set_reason("duration_ps is -1");
  v1::TraceManifest manifest;
  *manifest.mutable_header() = storage::SampleHeader("seed");
  *manifest.mutable_summary() = storage::SampleSummary();
  manifest.set_content_digest(std::string(32, 'd'));
  return {Seed(Kind::kHead, storage::EncodeHead(head)), Seed(Kind::kChunk, storage::EncodeChunkRecord(chunk)),
          Seed(Kind::kHeader, storage::EncodeMessage(manifest.header())),
          Seed(Kind::kManifest, storage::EncodeMessage(manifest)),
          static_cast<char>(Kind::kRaw) + storage::EncodeHead(head)};
}

}  // namespace sandglass::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sandglass::fuzz;  // NOLINT(google-build-using-namespace): the entry point has no namespace
  if (size == 0) return 0;
  const std::string content(reinterpret_cast<const char*>(data + 1), size - 1);
  Check(static_cast<Kind>(data[0]) == Kind::kRaw ? content : Framed(content));
  return 0;
}
