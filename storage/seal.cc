#include "storage/seal.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "proto/operator_columns.h"
#include "storage/block_codec.h"
#include "storage/block_table.h"
#include "storage/content_digest.h"
#include "storage/fault_hooks.h"

namespace sandglass::storage {
namespace {

// A trace of which the blocks are on average less than half full is packed: a quarter of the keys and a better
// compression are worth writing it once more, anything less is not.
constexpr uint64_t kPackBelowMeanOperators = kBlockOperators / 2;
// More ranges than this in a manifest help nobody; the rest are counted.
constexpr int kMaxRejectedRanges = 4096;

// Collects operators and writes them in full blocks.
class Packer {
 public:
  Packer(Database& database, const TraceRef& trace, uint32_t signatures)
      : database_(database), trace_(trace), signatures_(signatures) {}

  // `arrived_bytes` is what the blocks take that are to be packed; packed they take somewhat less.
  absl::Status Begin(uint64_t arrived_bytes) {
    if (absl::Status status = RemoveLeft(); !status.ok()) return status;
    if (!database_.WorthTable(arrived_bytes)) return absl::OkStatus();
    absl::StatusOr<std::unique_ptr<BlockTable>> table = database_.BeginTable();
    if (!table.ok()) return table.status();
    table_ = *std::move(table);
    return absl::OkStatus();
  }

  absl::Status Add(const v1::OperatorColumns& columns) {
    return ForEachRow(columns, [this](const OperatorRow& row) {
      builder_.Add(row);
      return builder_.rows() == kBlockOperators ? Flush() : absl::OkStatus();
    });
  }

  absl::Status Finish() {
    if (absl::Status status = Flush(); !status.ok()) return status;
    return table_ != nullptr ? table_->TakeIn() : absl::OkStatus();
  }

  uint32_t blocks() const { return blocks_; }
  uint64_t stored_bytes() const { return stored_bytes_; }

 private:
  // Removes what a seal that was interrupted may have left. Only where there is something: a table that meets the
  // removal of its keys in the database's memory has that flushed first.
  absl::Status RemoveLeft() {
    const std::string prefix = StreamPrefix(trace_.tenant, trace_.id, Stream::kPackedBlocks);
    bool any = false;
    const absl::Status status = database_.Scan(Family::kBlocks, prefix, PrefixEnd(prefix),
                                               [&](absl::string_view, absl::string_view) -> absl::StatusOr<bool> {
                                                 any = true;
                                                 return false;
                                               });
    if (!status.ok() || !any) return status;
    return database_.Write({Change::DeletePrefix(Family::kBlocks, prefix)}, false);
  }

  absl::Status Flush() {
    if (builder_.rows() == 0) return absl::OkStatus();
    v1::OperatorColumns columns = builder_.Take();
    columns.set_first_signature(signatures_);
    std::string key = EncodeKey({trace_.tenant, trace_.id, Stream::kPackedBlocks, blocks_});
    absl::StatusOr<std::string> block = EncodeBlock(key, operators_, columns);
    if (!block.ok()) return block.status();
    ++blocks_;
    operators_ += columns.rows();
    stored_bytes_ += block->size();
    FaultPoint("pack");
    if (table_ != nullptr) return table_->Add(key, *block);
    return database_.Write({Change::Put(Family::kBlocks, std::move(key), *std::move(block))}, false);
  }

  Database& database_;
  const TraceRef trace_;
  const uint32_t signatures_;
  // Null: the blocks go through the log.
  std::unique_ptr<BlockTable> table_;
  ColumnBuilder builder_;
  uint32_t blocks_ = 0;
  uint64_t operators_ = 0;
  uint64_t stored_bytes_ = 0;
};

// The client's summary, and what lenient mode left out: ranges that meet are one, however they were cut into chunks.
absl::StatusOr<v1::TraceSummary> WithRejected(const Database& database, const TraceRef& trace, const TraceHead& head,
                                              const v1::TraceSummary& summary) {
  v1::TraceSummary complete = summary;
  if (head.sent_operators == head.stored_operators) return complete;
  v1::Completeness& completeness = *complete.mutable_completeness();
  uint64_t rejected = 0;
  uint64_t unlisted = 0;
  const std::string prefix = StreamPrefix(trace.tenant, trace.id, Stream::kChunks);
  absl::Status status =
      database.Scan(Family::kIndex, prefix, PrefixEnd(prefix),
                    [&](absl::string_view, absl::string_view value) -> absl::StatusOr<bool> {
                      const std::optional<ChunkRecord> record = DecodeChunkRecord(value);
                      if (!record) {
                        return absl::DataLossError(
                            absl::StrCat("trace ", TraceIdText(trace.id), ": the record of a chunk is damaged"));
                      }
                      for (const v1::RejectedRange& range : record->rejected) {
                        rejected += range.count();
                        v1::RejectedRange* last = completeness.rejected_size() > 0
                                                      ? completeness.mutable_rejected(completeness.rejected_size() - 1)
                                                      : nullptr;
                        if (last != nullptr && last->first_operator() + last->count() == range.first_operator() &&
                            last->reason() == range.reason()) {
                          last->set_count(last->count() + range.count());
                        } else if (completeness.rejected_size() < kMaxRejectedRanges) {
                          *completeness.add_rejected() = range;
                        } else {
                          unlisted += range.count();
                        }
                      }
                      return true;
                    });
  if (!status.ok()) return status;
  if (rejected != head.sent_operators - head.stored_operators) {
    return absl::DataLossError(absl::StrCat("trace ", TraceIdText(trace.id), ": ", rejected, " of ",
                                            head.sent_operators - head.stored_operators,
                                            " operators that were left out are on record; collect it again"));
  }
  if (unlisted > 0) {
    v1::NamedCount& count = *completeness.add_other();
    count.set_name("rejected_operators_not_listed");
    count.set_count(unlisted);
  }
  return complete;
}

// The batch that makes the trace sealed.
std::vector<Change> SealChanges(const TraceRef& trace, const SealPlan& plan, bool packed) {
  std::vector<Change> changes = IndexOf(trace, plan.head, plan.manifest.header().name());
  // The head before the manifest: the inventory's mark of a sealed trace is of both.
  changes.push_back(PutHead(trace, plan.head));
  changes.push_back(Change::Put(Family::kMeta, EncodeKey({trace.tenant, trace.id, Stream::kManifest, 0}),
                                EncodeMessage(plan.manifest)));
  changes.push_back(Change::DeletePrefix(Family::kIndex, StreamPrefix(trace.tenant, trace.id, Stream::kChunks)));
  if (packed) {
    changes.push_back(
        Change::DeletePrefix(Family::kBlocks, StreamPrefix(trace.tenant, trace.id, Stream::kArrivedBlocks)));
  }
  return changes;
}

}  // namespace

absl::StatusOr<SealPlan> PrepareSeal(Database& database, const TraceRef& trace, const TraceHead& head,
                                     const v1::TraceSummary& summary, int64_t now_unix_ns) {
  const absl::StatusOr<v1::TraceHeader> header = ReadHeader(database, trace);
  if (!header.ok()) return header.status();
  const absl::StatusOr<v1::TraceSummary> complete = WithRejected(database, trace, head, summary);
  if (!complete.ok()) return complete.status();
  const absl::StatusOr<std::vector<v1::OpSignature>> signatures = ReadDictionary(database, trace, head);
  if (!signatures.ok()) return signatures.status();

  const bool pack = head.blocks > 1 && head.stored_operators / head.blocks < kPackBelowMeanOperators;
  const absl::StatusOr<uint64_t> signature_bytes = pack ? CountBytes(database, trace, Family::kDictionary) : 0;
  if (!signature_bytes.ok()) return signature_bytes.status();
  Packer packer(database, trace, head.signatures);
  const uint64_t arrived_bytes = head.stored_bytes - std::min(head.stored_bytes, *signature_bytes);
  if (absl::Status status = pack ? packer.Begin(arrived_bytes) : absl::OkStatus(); !status.ok()) return status;
  ContentDigest digest(*signatures);
  absl::Status status =
      ForEachBlock(database, trace, head, 0, [&](uint64_t, const v1::OperatorColumns& columns) -> absl::StatusOr<bool> {
        if (absl::Status added = digest.Add(columns); !added.ok()) return added;
        if (!pack) return true;
        if (absl::Status packed = packer.Add(columns); !packed.ok()) return packed;
        return true;
      });
  if (status.ok() && pack) status = packer.Finish();
  if (!status.ok()) return status;

  SealPlan plan;
  plan.head = head;
  plan.head.state = v1::TRACE_STATE_SEALED;
  plan.head.summary_digest = Sha256(CanonicalBytes(summary));
  plan.head.written_unix_ns = now_unix_ns;
  if (pack) {
    plan.head.block_stream = Stream::kPackedBlocks;
    plan.head.blocks = packer.blocks();
    plan.head.stored_bytes = packer.stored_bytes() + *signature_bytes;
  }
  plan.manifest.set_schema_version(1);
  plan.manifest.set_trace_id(TraceIdText(trace.id));
  *plan.manifest.mutable_header() = *header;
  *plan.manifest.mutable_summary() = *complete;
  plan.manifest.set_operators(head.stored_operators);
  plan.manifest.set_signatures(head.signatures);
  plan.manifest.set_content_digest(DigestBytes(digest.Finish(*header, *complete)));
  plan.manifest.set_sealed_unix_ns(now_unix_ns);
  plan.manifest.set_stored_bytes(plan.head.stored_bytes);
  plan.changes = SealChanges(trace, plan, pack);
  return plan;
}

}  // namespace sandglass::storage
