// Blocks, as a damaged or a forged store may hold them: an error, or columns that are written and read back the same.
//
// An input is a block without its first four bytes and its checksum, which would keep every mutation out.
#include <xxhash.h>

#include "storage/block_codec.h"
#include "storage/sample_trace.h"
#include "tests/fuzz/fuzzer.h"
#include "tests/fuzz/laws.h"

namespace sandglass::fuzz {
namespace {

constexpr char kKey[] = "a key";
constexpr size_t kMagicBytes = 4;
constexpr size_t kFieldBytes = 17;
constexpr size_t kChecksumBytes = 8;

// With the checksum that belongs to it.
std::string Mended(const std::string& input) {
  const std::string fields = "SGB1" + input.substr(0, kFieldBytes);
  const std::string payload = input.substr(kFieldBytes);
  const std::string covered = kKey + fields + payload;
  const uint64_t checksum = XXH3_64bits(covered.data(), covered.size());
  return fields + std::string(reinterpret_cast<const char*>(&checksum), kChecksumBytes) + payload;
}

std::string Seed(uint32_t operators) {
  ColumnBuilder builder;
  for (uint32_t i = 0; i < operators; ++i) builder.Add(storage::SampleOperator(i));
  std::string block = *storage::EncodeBlock(kKey, 7, builder.Take());
  return block.substr(kMagicBytes, kFieldBytes) + block.substr(kMagicBytes + kFieldBytes + kChecksumBytes);
}

void Check(const std::string& bytes) {
  const auto first = storage::PeekFirst(bytes);
  const auto block = storage::DecodeBlock(kKey, bytes);
  if (!block.ok()) {
    Require(absl::IsDataLoss(block.status()), block.status().ToString());
    RequireOneLine(block.status());
    return;
  }
  Require(first.ok() && *first == block->first, "PeekFirst says otherwise");
  const auto encoded = storage::EncodeBlock(kKey, block->first, block->columns);
  Require(encoded.ok(), encoded.status().ToString());
  const auto again = storage::DecodeBlock(kKey, *encoded);
  Require(again.ok() && again->columns.SerializeAsString() == block->columns.SerializeAsString(), "columns changed");
}

}  // namespace

std::vector<std::string> Seeds() { return {Seed(0), Seed(1), Seed(40)}; }

}  // namespace sandglass::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string input(reinterpret_cast<const char*>(data), size);
  sandglass::fuzz::Check(input);
  if (size >= sandglass::fuzz::kFieldBytes) sandglass::fuzz::Check(sandglass::fuzz::Mended(input));
  return 0;
}
