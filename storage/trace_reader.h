// How the parts of one trace are found in the database and checked: for the store, for ingest and for the seal.
//
// Damage is DataLoss; the message names the trace and the part. All functions may be called from several threads.
#ifndef SANDGLASS_STORAGE_TRACE_READER_H_
#define SANDGLASS_STORAGE_TRACE_READER_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "proto/operator_payload.pb.h"
#include "proto/trace.pb.h"
#include "proto/trace_id.h"
#include "storage/database.h"
#include "storage/records.h"

namespace sandglass::storage {

// Which trace.
struct TraceRef {
  uint32_t tenant = kDefaultTenant;
  TraceId id;
};

// The head; nothing if there is no such trace.
absl::StatusOr<std::optional<TraceHead>> ReadHead(const Database& database, const TraceRef& trace);

// The header that the trace was opened with.
absl::StatusOr<v1::TraceHeader> ReadHeader(const Database& database, const TraceRef& trace);

// The manifest of a sealed trace.
absl::StatusOr<v1::TraceManifest> ReadManifest(const Database& database, const TraceRef& trace);

// All signatures, by number. DataLoss unless there are as many as the head says.
absl::StatusOr<std::vector<v1::OpSignature>> ReadDictionary(const Database& database, const TraceRef& trace,
                                                            const TraceHead& head);

// Calls `visit` with the blocks from number `first_block` on, until the end or until visit returns false. DataLoss
// unless all that the head counts are there, whole, and follow one another without a hole.
absl::Status ForEachBlock(const Database& database, const TraceRef& trace, const TraceHead& head, uint32_t first_block,
                          absl::FunctionRef<absl::StatusOr<bool>(uint64_t first, const v1::OperatorColumns&)> visit);

// The number of the block that holds the operator; `head.blocks` if it is past the end.
absl::StatusOr<uint32_t> FindBlock(const Database& database, const TraceRef& trace, const TraceHead& head,
                                   uint64_t operator_index);

// Reads all of a trace and computes its content digest.
absl::StatusOr<Digest> ComputeContentDigest(const Database& database, const TraceRef& trace, const TraceHead& head,
                                            const v1::TraceHeader& header, const v1::TraceSummary& summary);

// Bytes of the trace's values that lie in a family, whatever its head says.
absl::StatusOr<uint64_t> CountBytes(const Database& database, const TraceRef& trace, Family family);

// The same of all that a head counts: operators and signatures.
absl::StatusOr<uint64_t> CountStoredBytes(const Database& database, const TraceRef& trace);

// What writes the head anew.
Change PutHead(const TraceRef& trace, const TraceHead& head);

// What finds a trace by its client's key, and a sealed one by the name in its header; an empty name is not known, and
// finds nothing.
std::vector<Change> IndexOf(const TraceRef& trace, const TraceHead& head, absl::string_view name);

// All that is stored of a trace, to be removed; `name` is that of its header.
std::vector<Change> RemovalOf(const TraceRef& trace, const TraceHead& head, absl::string_view name);

// The same of a trace of which head or header may be damaged: then its place in the index is searched for.
absl::StatusOr<std::vector<Change>> ReadRemoval(const Database& database, const TraceRef& trace);

}  // namespace sandglass::storage

#endif  // SANDGLASS_STORAGE_TRACE_READER_H_
