#include "storage/trace_reader.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "storage/block_codec.h"
#include "storage/content_digest.h"

namespace sandglass::storage {
namespace {

absl::Status Damaged(const TraceRef& trace, absl::string_view part, absl::string_view what) {
  return absl::DataLossError(absl::StrCat("trace ", TraceIdText(trace.id), ", ", part, ": ", what,
                                          "; restore the trace from a backup, or collect it again"));
}

std::string BlockName(uint32_t number) { return absl::StrCat("block ", number); }

std::string MetaKey(const TraceRef& trace, Stream stream) { return EncodeKey({trace.tenant, trace.id, stream, 0}); }

std::string BytesOf(const TraceId& id) {
  return std::string(reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size());
}

bool StartsWithStream(absl::string_view bytes, Stream stream) {
  return !bytes.empty() && bytes[0] == static_cast<char>(stream);
}

// All keys that begin with the trace's.
std::vector<Change> RangesOf(const TraceRef& trace) {
  const std::string prefix = TracePrefix(trace.tenant, trace.id);
  std::vector<Change> changes;
  for (Family family : {Family::kMeta, Family::kBlocks, Family::kDictionary, Family::kIndex, Family::kReports}) {
    changes.push_back(Change::DeletePrefix(family, prefix));
  }
  return changes;
}

template <typename Message>
absl::StatusOr<Message> ReadMessage(const Database& database, const TraceRef& trace, Stream stream,
                                    absl::string_view part) {
  absl::StatusOr<std::optional<std::string>> bytes = database.Get(Family::kMeta, MetaKey(trace, stream));
  if (!bytes.ok()) return bytes.status();
  if (!bytes->has_value()) return Damaged(trace, part, "it is missing");
  Message message;
  if (!DecodeMessage(**bytes, message)) return Damaged(trace, part, "its checksum or version does not match");
  return message;
}

}  // namespace

absl::StatusOr<std::optional<TraceHead>> ReadHead(const Database& database, const TraceRef& trace) {
  absl::StatusOr<std::optional<std::string>> bytes = database.Get(Family::kMeta, MetaKey(trace, Stream::kHead));
  if (!bytes.ok()) return bytes.status();
  if (!bytes->has_value()) return std::optional<TraceHead>();
  std::optional<TraceHead> head = DecodeHead(**bytes);
  if (!head) return Damaged(trace, "head", "its checksum or version does not match");
  return head;
}

absl::StatusOr<v1::TraceHeader> ReadHeader(const Database& database, const TraceRef& trace) {
  return ReadMessage<v1::TraceHeader>(database, trace, Stream::kHeader, "header");
}

absl::StatusOr<v1::TraceManifest> ReadManifest(const Database& database, const TraceRef& trace) {
  return ReadMessage<v1::TraceManifest>(database, trace, Stream::kManifest, "manifest");
}

absl::StatusOr<std::vector<v1::OpSignature>> ReadDictionary(const Database& database, const TraceRef& trace,
                                                            const TraceHead& head) {
  std::vector<v1::OpSignature> signatures;
  const std::string prefix = StreamPrefix(trace.tenant, trace.id, Stream::kSignatures);
  absl::Status status = database.Scan(Family::kDictionary, prefix, PrefixEnd(prefix),
                                      [&](absl::string_view key, absl::string_view value) -> absl::StatusOr<bool> {
                                        absl::StatusOr<Block> block = DecodeBlock(key, value);
                                        const std::string part = absl::StrCat("signatures from ", signatures.size());
                                        if (!block.ok()) return Damaged(trace, part, block.status().message());
                                        if (block->first != signatures.size())
                                          return Damaged(trace, part, "some are missing");
                                        for (v1::OpSignature& signature : *block->columns.mutable_new_signatures()) {
                                          signatures.push_back(std::move(signature));
                                        }
                                        return signatures.size() < head.signatures;
                                      });
  if (!status.ok()) return status;
  if (signatures.size() != head.signatures) {
    return Damaged(trace, "signatures", absl::StrCat(signatures.size(), " are there of ", head.signatures));
  }
  return signatures;
}

absl::Status ForEachBlock(const Database& database, const TraceRef& trace, const TraceHead& head, uint32_t first_block,
                          absl::FunctionRef<absl::StatusOr<bool>(uint64_t first, const v1::OperatorColumns&)> visit) {
  if (first_block >= head.blocks) return absl::OkStatus();
  uint32_t number = first_block;
  std::optional<uint64_t> expected = first_block == 0 ? std::optional<uint64_t>(0) : std::nullopt;
  bool stopped = false;
  const std::string first_key = EncodeKey({trace.tenant, trace.id, head.block_stream, first_block});
  const std::string end = PrefixEnd(StreamPrefix(trace.tenant, trace.id, head.block_stream));
  absl::Status status = database.Scan(
      Family::kBlocks, first_key, end, [&](absl::string_view bytes, absl::string_view value) -> absl::StatusOr<bool> {
        const std::optional<Key> key = DecodeKey(bytes);
        if (!key || key->block != number) return Damaged(trace, BlockName(number), "it is missing");
        absl::StatusOr<Block> block = DecodeBlock(bytes, value);
        if (!block.ok()) return Damaged(trace, BlockName(number), block.status().message());
        if (expected && block->first != *expected) {
          return Damaged(trace, BlockName(number),
                         absl::StrCat("it begins at operator ", block->first, " and not at ", *expected));
        }
        expected = block->first + block->columns.rows();
        ++number;
        absl::StatusOr<bool> more = visit(block->first, block->columns);
        if (more.ok() && !*more) stopped = true;
        if (!more.ok() || stopped) return more;
        return number < head.blocks;
      });
  if (!status.ok() || stopped) return status;
  if (number != head.blocks) return Damaged(trace, BlockName(number), "it is missing");
  if (*expected != head.stored_operators) {
    return Damaged(trace, BlockName(number - 1),
                   absl::StrCat("the trace ends at operator ", *expected, " and not at ", head.stored_operators));
  }
  return absl::OkStatus();
}

absl::StatusOr<uint32_t> FindBlock(const Database& database, const TraceRef& trace, const TraceHead& head,
                                   uint64_t operator_index) {
  if (operator_index >= head.stored_operators) return head.blocks;
  // The last block that begins at or before the operator is in [low, high). All packed blocks but the last are full, so
  // there the first two probes decide.
  const uint64_t guess = operator_index / kBlockOperators;
  uint32_t low = 0;
  uint32_t high = head.blocks;
  for (uint64_t step = 0; high - low > 1; ++step) {
    const uint64_t near = guess + step;
    const bool use_guess = step < 2 && near > low && near < high;
    const uint32_t probe = use_guess ? static_cast<uint32_t>(near) : low + (high - low) / 2;
    const std::string key = EncodeKey({trace.tenant, trace.id, head.block_stream, probe});
    absl::StatusOr<std::optional<std::string>> bytes = database.Get(Family::kBlocks, key);
    if (!bytes.ok()) return bytes.status();
    if (!bytes->has_value()) return Damaged(trace, BlockName(probe), "it is missing");
    absl::StatusOr<uint64_t> first = PeekFirst(**bytes);
    if (!first.ok()) return Damaged(trace, BlockName(probe), first.status().message());
    (*first <= operator_index ? low : high) = probe;
  }
  return low;
}

absl::StatusOr<Digest> ComputeContentDigest(const Database& database, const TraceRef& trace, const TraceHead& head,
                                            const v1::TraceHeader& header, const v1::TraceSummary& summary) {
  absl::StatusOr<std::vector<v1::OpSignature>> signatures = ReadDictionary(database, trace, head);
  if (!signatures.ok()) return signatures.status();
  ContentDigest digest(*signatures);
  absl::Status status = ForEachBlock(database, trace, head, 0,
                                     [&](uint64_t first, const v1::OperatorColumns& columns) -> absl::StatusOr<bool> {
                                       absl::Status added = digest.Add(columns);
                                       if (added.ok()) return true;
                                       return Damaged(trace, absl::StrCat("operators from ", first), added.message());
                                     });
  if (!status.ok()) return status;
  return digest.Finish(header, summary);
}

absl::StatusOr<uint64_t> CountBytes(const Database& database, const TraceRef& trace, Family family) {
  uint64_t bytes = 0;
  const std::string prefix = TracePrefix(trace.tenant, trace.id);
  const absl::Status status = database.Scan(family, prefix, PrefixEnd(prefix),
                                            [&](absl::string_view, absl::string_view value) -> absl::StatusOr<bool> {
                                              bytes += value.size();
                                              return true;
                                            });
  if (!status.ok()) return status;
  return bytes;
}

absl::StatusOr<uint64_t> CountStoredBytes(const Database& database, const TraceRef& trace) {
  const absl::StatusOr<uint64_t> operators = CountBytes(database, trace, Family::kBlocks);
  if (!operators.ok()) return operators.status();
  const absl::StatusOr<uint64_t> signatures = CountBytes(database, trace, Family::kDictionary);
  if (!signatures.ok()) return signatures.status();
  return *operators + *signatures;
}

Change PutHead(const TraceRef& trace, const TraceHead& head) {
  return Change::Put(Family::kMeta, MetaKey(trace, Stream::kHead), EncodeHead(head));
}

std::vector<Change> IndexOf(const TraceRef& trace, const TraceHead& head, absl::string_view name) {
  std::vector<Change> changes = {
      Change::Put(Family::kIndex, ClientKeyKey(trace.tenant, head.client_key), BytesOf(trace.id))};
  if (head.state == v1::TRACE_STATE_SEALED && !name.empty()) {
    changes.push_back(Change::Put(Family::kIndex, NamePrefix(trace.tenant, name) + BytesOf(trace.id), ""));
  }
  return changes;
}

std::vector<Change> RemovalOf(const TraceRef& trace, const TraceHead& head, absl::string_view name) {
  std::vector<Change> changes = RangesOf(trace);
  changes.push_back(Change::Delete(Family::kIndex, ClientKeyKey(trace.tenant, head.client_key)));
  changes.push_back(Change::Delete(Family::kIndex, NamePrefix(trace.tenant, name) + BytesOf(trace.id)));
  return changes;
}

absl::StatusOr<std::vector<Change>> ReadRemoval(const Database& database, const TraceRef& trace) {
  const absl::StatusOr<std::optional<TraceHead>> head = ReadHead(database, trace);
  const absl::StatusOr<v1::TraceHeader> header = ReadHeader(database, trace);
  if (head.ok() && head->has_value() && header.ok()) return RemovalOf(trace, **head, header->name());
  for (const absl::Status& status : {head.status(), header.status()}) {
    if (!status.ok() && !absl::IsDataLoss(status)) return status;
  }
  std::vector<Change> changes = RangesOf(trace);
  const std::string id = BytesOf(trace.id);
  const std::string prefix = TenantPrefix(trace.tenant);
  const absl::Status status =
      database.Scan(Family::kIndex, prefix, PrefixEnd(prefix),
                    [&](absl::string_view key, absl::string_view value) -> absl::StatusOr<bool> {
                      const absl::string_view rest = key.substr(std::min(kTracePrefixLength, key.size()));
                      const bool finds = StartsWithStream(rest, Stream::kClientKeys)
                                             ? value == id
                                             : StartsWithStream(rest, Stream::kNames) && rest.substr(1) == id;
                      if (finds) changes.push_back(Change::Delete(Family::kIndex, std::string(key)));
                      return true;
                    });
  if (!status.ok()) return status;
  return changes;
}

}  // namespace sandglass::storage
