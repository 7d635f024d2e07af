#include "storage/trace_scan.h"

#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "storage/key.h"

namespace sandglass::storage {
namespace {

// Adds what one record says.
void Take(const Key& key, absl::string_view value, TraceRecords& records) {
  if (key.stream == Stream::kHead) records.head = DecodeHead(value);
  if (key.stream != Stream::kManifest) return;
  records.has_manifest = true;
  v1::TraceManifest manifest;
  if (DecodeMessage(value, manifest)) records.manifest = std::move(manifest);
}

}  // namespace

absl::Status ForEachTrace(const Database& database, absl::FunctionRef<absl::Status(const TraceRecords&)> visit) {
  std::optional<TraceRecords> records;
  const absl::Status status = database.Scan(
      Family::kMeta, "", std::string(kKeyLength, '\xff'),
      [&](absl::string_view bytes, absl::string_view value) -> absl::StatusOr<bool> {
        const std::optional<Key> key = DecodeKey(bytes);
        if (!key || key->tenant == 0) return true;
        const bool same = records && records->trace.tenant == key->tenant && records->trace.id == key->trace;
        if (records && !same) {
          if (absl::Status visited = visit(*records); !visited.ok()) return visited;
        }
        if (!same) records = TraceRecords{.trace = {key->tenant, key->trace}};
        Take(*key, value, *records);
        return true;
      });
  if (!status.ok() || !records) return status;
  return visit(*records);
}

absl::StatusOr<uint64_t> StoredBytesOf(const Database& database, const TraceRecords& records) {
  if (records.head) return records.head->stored_bytes;
  if (records.manifest) return records.manifest->stored_bytes();
  return CountStoredBytes(database, records.trace);
}

}  // namespace sandglass::storage
