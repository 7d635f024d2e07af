// Keys and trace ids, of any bytes: what is read is written the same, and prefixes bound what begins with them.
#include "proto/trace_id.h"
#include "storage/key.h"
#include "tests/fuzz/fuzzer.h"
#include "tests/fuzz/laws.h"

namespace sandglass::fuzz {
namespace {

void CheckKey(const std::string& bytes) {
  const std::optional<storage::Key> key = storage::DecodeKey(bytes);
  Require(key.has_value() == (bytes.size() == storage::kKeyLength), "a key of a wrong length was read");
  if (!key) return;
  Require(storage::EncodeKey(*key) == bytes, "the key changed");
  const std::string prefix = storage::StreamPrefix(key->tenant, key->trace, key->stream);
  Require(bytes.compare(0, prefix.size(), prefix) == 0, "the key does not begin with its prefix");
  if (prefix.find_first_not_of('\xff') == std::string::npos) return;
  Require(bytes >= prefix && bytes < storage::PrefixEnd(prefix), "the prefix does not bound the key");
}

void CheckId(const std::string& text) {
  const std::optional<TraceId> id = ParseTraceId(text);
  if (!id) return;
  const std::string written = TraceIdText(*id);
  Require(written.size() == 26 && ParseTraceId(written) == id, "the id " + written + " changed");
}

}  // namespace

std::vector<std::string> Seeds() {
  const TraceId id = *ParseTraceId("01HF7YAT000R3GG28A1C60T3GF");
  return {storage::EncodeKey({1, id, storage::Stream::kPackedBlocks, 7}),
          storage::NamePrefix(1, "demo"),
          storage::TenantNameKey("default"),
          "01HF7YAT000R3GG28A1C60T3GF",
          "7ZZZZZZZZZZZZZZZZZZZZZZZZZ",
          std::string(25, '\xff')};
}

}  // namespace sandglass::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string input(reinterpret_cast<const char*>(data), size);
  sandglass::fuzz::CheckKey(input);
  sandglass::fuzz::CheckId(input);
  return 0;
}
