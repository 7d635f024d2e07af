// Spool files, as a crash, a bad disk or a stranger may leave them: reading them ends, and what is found sound is found
// again when the torn tail is cut off. Each input is read as it is, and once more with its checksums mended, so that
// damage is also seen behind them.
#include <xxhash.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "collectors/stream/chunk_packer.h"
#include "collectors/stream/spool_format.h"
#include "collectors/stream/spool_scan.h"
#include "tests/fuzz/fuzzer.h"

namespace sandglass::fuzz {
namespace {

using collectors::SpoolContents;

absl::StatusOr<SpoolContents> Scan(const std::string& bytes) {
  return collectors::ScanSpool("input", bytes.size(), [&](uint64_t offset, size_t size) -> absl::StatusOr<std::string> {
    if (offset > bytes.size() || size > bytes.size() - offset) {
      std::fprintf(stderr, "read %zu bytes at %llu of %zu\n", size, static_cast<unsigned long long>(offset),
                   bytes.size());
      std::abort();
    }
    return bytes.substr(offset, size);
  });
}

[[noreturn]] void Broken(const char* law, const std::string& bytes) {
  std::fprintf(stderr, "%s, in a file of %zu bytes\n", law, bytes.size());
  std::abort();
}

void Check(const std::string& bytes) {
  const auto contents = Scan(bytes);
  if (!contents.ok()) return;
  if (contents->end + contents->torn_bytes != bytes.size()) Broken("bytes are neither sound nor torn", bytes);
  for (const uint64_t offset : contents->offsets) {
    if (offset < contents->mark.first_offset || offset >= contents->end) Broken("a chunk lies outside", bytes);
  }
  const auto again = Scan(bytes.substr(0, contents->end));
  if (!again.ok() || again->torn_bytes != 0 || again->offsets != contents->offsets ||
      again->operators != contents->operators || again->chain != contents->chain ||
      again->summary.has_value() != contents->summary.has_value()) {
    Broken("cutting the tail off changed what is kept", bytes);
  }
}

// The input with the checksums that its bytes would have, as far as its lengths lead.
std::string Mended(std::string bytes) {
  size_t at = collectors::kSpoolMagic.size();
  for (bool first = true; at + collectors::kFrameHeadBytes <= bytes.size(); first = false) {
    uint32_t length = 0;
    std::memcpy(&length, &bytes[at + 1], sizeof length);
    if (length > bytes.size() - at - collectors::kFrameHeadBytes) break;
    const auto kind = static_cast<collectors::FrameKind>(bytes[at]);
    const std::string frame = collectors::EncodeFrame(kind, at, bytes.substr(at + collectors::kFrameHeadBytes, length));
    bytes.replace(at, frame.size(), frame);
    at += frame.size();
    for (int mark = 0; first && mark < collectors::kMarkPlaces; ++mark, at += collectors::kMarkBytes) {
      if (at + collectors::kMarkBytes > bytes.size()) return bytes;
      const size_t checked = collectors::kMarkBytes - sizeof(uint64_t);
      const uint64_t checksum = XXH3_64bits(&bytes[at], checked);
      std::memcpy(&bytes[at + checked], &checksum, sizeof checksum);
    }
  }
  return bytes;
}

std::string Seed(int chunks, bool finished) {
  std::string bytes(collectors::kSpoolMagic);
  collectors::SpoolHeader header;
  header.open.set_client_key("01234567-89ab-4cde-8f01-23456789abcd");
  header.open.mutable_header()->set_name("a");
  header.server = "h:1";
  const auto append = [&bytes](collectors::FrameKind kind, const std::string& content) {
    bytes += collectors::EncodeFrame(kind, bytes.size(), content);
  };
  append(collectors::FrameKind::kHeader, collectors::EncodeSpoolHeader(header));
  collectors::SpoolMark mark;
  mark.client_key = header.open.client_key();
  mark.first_offset = bytes.size() + collectors::kMarkPlaces * collectors::kMarkBytes;
  for (mark.generation = 0; mark.generation < collectors::kMarkPlaces; ++mark.generation) {
    bytes += collectors::EncodeMark(mark);
  }
  collectors::ChunkPacker packer({.operators = 1});
  for (int i = 1; i <= chunks; ++i) {
    v1::Operator op;
    op.set_id(i);
    append(collectors::FrameKind::kChunk, collectors::EncodeSpoolChunk(*packer.Add(op)));
  }
  v1::TraceSummary summary;
  summary.add_work_done()->set_count(1);
  if (finished) append(collectors::FrameKind::kSummary, summary.SerializeAsString());
  return bytes;
}

}  // namespace

std::vector<std::string> Seeds() { return {Seed(0, false), Seed(2, true), Seed(3, false) + std::string(30, '\0')}; }

}  // namespace sandglass::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sandglass;  // NOLINT(google-build-using-namespace): the entry point has no namespace
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  fuzz::Check(bytes);
  fuzz::Check(fuzz::Mended(bytes));
  return 0;
}
