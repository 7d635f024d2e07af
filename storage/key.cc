#include "storage/key.h"

#include <algorithm>

#include "proto/chain_digest.h"

namespace sandglass::storage {
namespace {

void AppendBigEndian(std::string& out, uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<char>(value >> shift));
}

uint32_t ReadBigEndian(absl::string_view bytes) {
  uint32_t value = 0;
  for (size_t i = 0; i < 4; ++i) value = value << 8 | static_cast<uint8_t>(bytes[i]);
  return value;
}

// Names are of any length; keys hold the first half of their SHA-256.
TraceId HashedName(absl::string_view name) {
  const Digest digest = Sha256(name);
  TraceId id;
  std::copy_n(digest.begin(), id.bytes.size(), id.bytes.begin());
  return id;
}

}  // namespace

std::string EncodeKey(const Key& key) {
  std::string bytes = StreamPrefix(key.tenant, key.trace, key.stream);
  AppendBigEndian(bytes, key.block);
  return bytes;
}

std::optional<Key> DecodeKey(absl::string_view bytes) {
  if (bytes.size() != kKeyLength) return std::nullopt;
  Key key;
  key.tenant = ReadBigEndian(bytes.substr(0, 4));
  std::copy_n(bytes.begin() + 4, key.trace.bytes.size(), key.trace.bytes.begin());
  key.stream = static_cast<Stream>(bytes[kTracePrefixLength]);
  key.block = ReadBigEndian(bytes.substr(kTracePrefixLength + 1));
  return key;
}

std::string TenantPrefix(uint32_t tenant) {
  std::string bytes;
  AppendBigEndian(bytes, tenant);
  return bytes;
}

std::string TracePrefix(uint32_t tenant, const TraceId& trace) {
  std::string bytes = TenantPrefix(tenant);
  bytes.append(reinterpret_cast<const char*>(trace.bytes.data()), trace.bytes.size());
  return bytes;
}

std::string StreamPrefix(uint32_t tenant, const TraceId& trace, Stream stream) {
  std::string bytes = TracePrefix(tenant, trace);
  bytes.push_back(static_cast<char>(stream));
  return bytes;
}

std::string PrefixEnd(std::string prefix) {
  while (static_cast<uint8_t>(prefix.back()) == 0xff) prefix.pop_back();
  ++prefix.back();
  return prefix;
}

std::string ClientKeyKey(uint32_t tenant, const TraceId& client_key) {
  return EncodeKey({tenant, client_key, Stream::kClientKeys, 0});
}

std::string NamePrefix(uint32_t tenant, absl::string_view name) {
  return StreamPrefix(tenant, HashedName(name), Stream::kNames);
}

std::string TenantNameKey(absl::string_view name) { return EncodeKey({0, HashedName(name), Stream::kTenants, 0}); }

}  // namespace sandglass::storage
