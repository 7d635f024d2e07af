// Keys of the store: tenant u32 | trace id 16 bytes | stream u8 | block u32, big-endian, so that byte order is the
// order of tenants, traces, streams and blocks. See FORMAT.md.
#ifndef SANDGLASS_STORAGE_KEY_H_
#define SANDGLASS_STORAGE_KEY_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "proto/trace_id.h"

namespace sandglass::storage {

// What a key's value is. Numbers are part of the format; each belongs to one column family.
enum class Stream : uint8_t {
  // meta
  kStoreVersion = 0,
  kHead = 1,
  kHeader = 2,
  kManifest = 3,
  // blocks
  kArrivedBlocks = 1,
  kPackedBlocks = 2,
  // dictionary
  kSignatures = 1,
  // index
  kChunks = 1,
  kClientKeys = 2,
  kNames = 3,
  kTenants = 4,
};

inline constexpr size_t kTracePrefixLength = 20;
inline constexpr size_t kKeyLength = 25;

struct Key {
  uint32_t tenant = 0;
  TraceId trace;
  Stream stream = Stream::kStoreVersion;
  uint32_t block = 0;
};

// 25 bytes.
std::string EncodeKey(const Key& key);

// Reads 25 bytes; anything longer or shorter is not a key of this kind.
std::optional<Key> DecodeKey(absl::string_view bytes);

// The first 4 bytes of all keys of a tenant.
std::string TenantPrefix(uint32_t tenant);

// The first 20 bytes of all keys of a trace.
std::string TracePrefix(uint32_t tenant, const TraceId& trace);

// The first 21 bytes of all keys of a stream.
std::string StreamPrefix(uint32_t tenant, const TraceId& trace, Stream stream);

// The least key that is greater than all that begin with `prefix`, which must not be all 0xff.
std::string PrefixEnd(std::string prefix);

// The key under which `index` holds the trace of a client key (16 bytes of a UUID).
std::string ClientKeyKey(uint32_t tenant, const TraceId& client_key);

// The first 21 bytes of the keys under which `index` holds the sealed traces of a name. The id of the trace follows.
std::string NamePrefix(uint32_t tenant, absl::string_view name);

// The key under which `index` holds the number of a tenant.
std::string TenantNameKey(absl::string_view name);

}  // namespace sandglass::storage

#endif  // SANDGLASS_STORAGE_KEY_H_
