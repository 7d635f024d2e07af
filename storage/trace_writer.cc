#include "storage/trace_writer.h"

#include <xxhash.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "google/protobuf/arena.h"
#include "proto/raw_operator.pb.h"
#include "storage/block_codec.h"

namespace sandglass::storage {
namespace {

// More faulty stretches than this in one chunk are not mishaps any more: the chunk is refused even in lenient mode.
constexpr size_t kMaxRejectedRanges = 64;

absl::Status ChunkError(uint64_t seq, absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("chunk ", seq, ": ", what));
}

// What can be said of a chunk without opening its payload.
absl::Status CheckEnvelope(const v1::Chunk& chunk, const TraceHead& head) {
  if (chunk.payload().size() > kMaxChunkBytes) {
    return ChunkError(
        chunk.seq(), absl::StrCat("its payload has ", chunk.payload().size(), " bytes; send at most ", kMaxChunkBytes));
  }
  if (XXH3_64bits(chunk.payload().data(), chunk.payload().size()) != chunk.payload_xxh3()) {
    return ChunkError(chunk.seq(), "payload_xxh3 does not match the payload; send it again");
  }
  if (chunk.operators() == 0) return ChunkError(chunk.seq(), "operators is 0; send at least one");
  if (chunk.first_operator() != head.sent_operators) {
    return ChunkError(chunk.seq(), absl::StrCat("first_operator is ", chunk.first_operator(), ", but ",
                                                head.sent_operators, " operators came before"));
  }
  if (chunk.seq() > std::numeric_limits<uint32_t>::max()) return ChunkError(chunk.seq(), "a trace has fewer chunks");
  return absl::OkStatus();
}

absl::Status NotWholeRows(uint64_t seq) {
  return ChunkError(seq, "its payload is not a whole OperatorRows with texts in UTF-8");
}

std::optional<uint32_t> KnownSignature(const v1::RawOperator& op, const SignatureInterner& signatures) {
  return op.signature_size() == 1 ? signatures.Find(op.signature(0)) : std::nullopt;
}

bool ReadSignature(const v1::RawOperator& op, v1::OpSignature& signature) {
  return std::all_of(op.signature().begin(), op.signature().end(),
                     [&](const std::string& part) { return signature.MergeFromString(part); });
}

}  // namespace

struct TraceWriter::Work {
  uint64_t seq = 0;
  // Index in what was sent of the operator at hand.
  uint64_t index = 0;
  TraceHead head;
  std::vector<Change> changes;
  std::vector<v1::OpSignature> new_signatures;
  std::vector<v1::RejectedRange> rejected;
  ColumnBuilder builder;
};

TraceWriter::TraceWriter(const TraceRef& trace, const TraceHead& head, const v1::TraceHeader& header)
    : trace_(trace), limits_(TraceLimits::Of(header)), head_(head) {}

absl::StatusOr<std::unique_ptr<TraceWriter>> TraceWriter::Load(const Database& database, const TraceRef& trace) {
  const absl::StatusOr<std::optional<TraceHead>> head = ReadHead(database, trace);
  if (!head.ok()) return head.status();
  if (!head->has_value()) return absl::NotFoundError(absl::StrCat("no trace ", TraceIdText(trace.id)));
  const absl::StatusOr<v1::TraceHeader> header = ReadHeader(database, trace);
  if (!header.ok()) return header.status();
  const absl::StatusOr<std::vector<v1::OpSignature>> signatures = ReadDictionary(database, trace, **head);
  if (!signatures.ok()) return signatures.status();
  std::unique_ptr<TraceWriter> writer(new TraceWriter(trace, **head, *header));
  for (const v1::OpSignature& signature : *signatures) {
    writer->signatures_.Intern(signature);
    writer->signature_tensors_.push_back(static_cast<uint32_t>(signature.inputs_size() + signature.outputs_size()));
  }
  return writer;
}

absl::StatusOr<PreparedChunk> TraceWriter::Prepare(const v1::Chunk& chunk, const Digest& payload_digest,
                                                   int64_t now_unix_ns) {
  if (absl::Status status = CheckEnvelope(chunk, head_); !status.ok()) return status;
  Work work;
  work.seq = chunk.seq();
  work.index = chunk.first_operator();
  work.head = head_;
  absl::Status status;
  switch (chunk.form()) {
    case v1::Chunk::FORM_ROWS:
      status = TakeRows(chunk, work);
      break;
    case v1::Chunk::FORM_COLUMNS:
      status = TakeColumns(chunk, work);
      break;
    default:
      status = ChunkError(chunk.seq(), absl::StrCat("form is ", chunk.form(), "; send rows or columns"));
  }
  if (!status.ok()) return status;
  if (status = WriteSignatures(work); !status.ok()) return status;

  PreparedChunk prepared;
  work.head.chain = ChainDigest(head_.chain, chunk.seq(), payload_digest);
  work.head.durable_seq = chunk.seq();
  work.head.sent_operators += chunk.operators();
  work.head.written_unix_ns = now_unix_ns;
  prepared.record = {payload_digest, work.head.chain, chunk.first_operator(), chunk.operators(),
                     std::move(work.rejected)};
  prepared.changes = std::move(work.changes);
  const uint32_t number = static_cast<uint32_t>(chunk.seq());
  prepared.changes.push_back(Change::Put(Family::kIndex, EncodeKey({trace_.tenant, trace_.id, Stream::kChunks, number}),
                                         EncodeChunkRecord(prepared.record)));
  prepared.changes.push_back(PutHead(trace_, work.head));
  prepared.head = work.head;
  head_ = work.head;
  return prepared;
}

absl::Status TraceWriter::TakeRows(const v1::Chunk& chunk, Work& work) {
  google::protobuf::Arena arena;
  auto& rows = *google::protobuf::Arena::CreateMessage<v1::RawOperatorRows>(&arena);
  if (!rows.ParseFromString(chunk.payload())) return NotWholeRows(chunk.seq());
  if (static_cast<uint64_t>(rows.operators_size()) != chunk.operators()) {
    return ChunkError(chunk.seq(), absl::StrCat("it says ", chunk.operators(), " operators, and its payload has ",
                                                rows.operators_size()));
  }
  for (const v1::RawOperator& op : rows.operators()) {
    const std::optional<uint32_t> known = KnownSignature(op, signatures_);
    v1::OpSignature signature;
    if (!known && !ReadSignature(op, signature)) return NotWholeRows(chunk.seq());
    const absl::StatusOr<uint32_t> number = known ? *known : TakeSignature(signature, work);
    const absl::Status status = number.ok() ? TakeRow(RowOf(op, *number), work) : RejectOrFail(number.status(), work);
    if (!status.ok()) return status;
    ++work.index;
  }
  return work.builder.rows() > 0 ? WriteBlock(work.builder.Take(), work) : absl::OkStatus();
}

absl::StatusOr<uint32_t> TraceWriter::TakeSignature(const v1::OpSignature& signature, Work& work) {
  const SignatureInterner::Interned interned = signatures_.Intern(signature);
  if (!interned.is_new) return interned.number;
  absl::Status status = TakeNewSignature(signature, work);
  if (status.ok()) return interned.number;
  // Nothing may refer to a signature that was not taken.
  signatures_.UndoLast();
  return status;
}

absl::Status TraceWriter::TakeColumns(const v1::Chunk& chunk, Work& work) {
  v1::OperatorColumns columns;
  if (!columns.ParseFromString(chunk.payload())) {
    return ChunkError(chunk.seq(), "its payload is not a whole OperatorColumns with texts in UTF-8");
  }
  if (columns.rows() != chunk.operators()) {
    return ChunkError(chunk.seq(),
                      absl::StrCat("it says ", chunk.operators(), " operators, and its payload has ", columns.rows()));
  }
  if (absl::Status status = TakeNewSignatures(columns, work); !status.ok()) return status;
  // Columns that are sound and fit in a block are stored as they came; the builder is needed to leave operators out
  // and to divide. `whole` says that nothing needed it so far.
  const bool fits = columns.rows() <= kBlockOperators;
  absl::StatusOr<RowReader> reader = RowReader::Create(columns);
  if (!reader.ok()) return ChunkError(chunk.seq(), reader.status().message());
  OperatorRow row;
  if (fits) {
    const uint64_t last_id = work.head.last_operator_id;
    absl::Status status;
    while (status.ok() && reader->Next(row)) {
      status = ValidateRow(row, work.head.last_operator_id, signature_tensors_[row.signature], limits_);
      if (status.ok()) work.head.last_operator_id = row.Unsigned(RowField::kId);
      if (status.ok()) ++work.index;
    }
    if (status.ok()) {
      columns.clear_new_signatures();
      columns.DiscardUnknownFields();
      return WriteBlock(columns, work);
    }
    if (status = RejectOrFail(status, work); !status.ok()) return status;
    // Lenient mode: once more, leaving out.
    work.rejected.clear();
    work.head.last_operator_id = last_id;
    work.index = chunk.first_operator();
    reader = RowReader::Create(columns);
  }
  while (reader->Next(row)) {
    if (absl::Status status = TakeRow(row, work); !status.ok()) return status;
    ++work.index;
  }
  return work.builder.rows() > 0 ? WriteBlock(work.builder.Take(), work) : absl::OkStatus();
}

// Columns refer to signatures by numbers that the client gave, so a faulty one cannot be left out alone: it refuses
// the chunk in lenient mode too.
absl::Status TraceWriter::TakeNewSignatures(const v1::OperatorColumns& columns, Work& work) {
  if (columns.first_signature() != signatures_.size()) {
    return ChunkError(work.seq, absl::StrCat("first_signature is ", columns.first_signature(), ", but the trace has ",
                                             signatures_.size(), " signatures"));
  }
  for (int i = 0; i < columns.new_signatures_size(); ++i) {
    const SignatureInterner::Interned interned = signatures_.Intern(columns.new_signatures(i));
    const absl::Status status =
        interned.is_new ? TakeNewSignature(columns.new_signatures(i), work)
                        : absl::InvalidArgumentError(absl::StrCat("signature is the same as number ", interned.number,
                                                                  "; refer to that instead"));
    if (!status.ok()) return ChunkError(work.seq, absl::StrCat("new_signatures[", i, "]: ", status.message()));
  }
  return absl::OkStatus();
}

absl::Status TraceWriter::TakeNewSignature(const v1::OpSignature& signature, Work& work) {
  if (absl::Status status = ValidateSignature(signature, limits_); !status.ok()) return status;
  if (signatures_.size() > kMaxSignatures || signatures_.bytes() > kMaxSignatureTotalBytes) {
    return absl::InvalidArgumentError(absl::StrCat("signature is one too many: a trace may have ", kMaxSignatures,
                                                   " of ", kMaxSignatureTotalBytes,
                                                   " bytes in all; leave out of it what differs each time"));
  }
  work.new_signatures.push_back(signature);
  signature_tensors_.push_back(static_cast<uint32_t>(signature.inputs_size() + signature.outputs_size()));
  return absl::OkStatus();
}

absl::Status TraceWriter::TakeRow(const OperatorRow& row, Work& work) {
  const absl::Status status = ValidateRow(row, work.head.last_operator_id, signature_tensors_[row.signature], limits_);
  if (!status.ok()) return RejectOrFail(status, work);
  work.head.last_operator_id = row.Unsigned(RowField::kId);
  work.builder.Add(row);
  return work.builder.rows() == kBlockOperators ? WriteBlock(work.builder.Take(), work) : absl::OkStatus();
}

absl::Status TraceWriter::RejectOrFail(const absl::Status& why, Work& work) {
  if (head_.validation != v1::VALIDATION_LENIENT) {
    return ChunkError(work.seq, absl::StrCat("operator ", work.index, ": ", why.message()));
  }
  if (!work.rejected.empty()) {
    v1::RejectedRange& last = work.rejected.back();
    if (last.first_operator() + last.count() == work.index && last.reason() == why.message()) {
      last.set_count(last.count() + 1);
      return absl::OkStatus();
    }
  }
  if (work.rejected.size() == kMaxRejectedRanges) {
    return ChunkError(work.seq, absl::StrCat("more than ", kMaxRejectedRanges, " stretches of faulty operators, the ",
                                             "last at ", work.index, ": ", why.message()));
  }
  v1::RejectedRange& range = work.rejected.emplace_back();
  range.set_first_operator(work.index);
  range.set_count(1);
  range.set_reason(std::string(why.message()));
  return absl::OkStatus();
}

absl::Status TraceWriter::WriteBlock(const v1::OperatorColumns& columns, Work& work) {
  v1::OperatorColumns stored = columns;
  stored.set_first_signature(signatures_.size());
  std::string key = EncodeKey({trace_.tenant, trace_.id, Stream::kArrivedBlocks, work.head.blocks});
  absl::StatusOr<std::string> block = EncodeBlock(key, work.head.stored_operators, stored);
  if (!block.ok()) return block.status();
  ++work.head.blocks;
  work.head.stored_operators += stored.rows();
  work.head.stored_bytes += block->size();
  work.changes.push_back(Change::Put(Family::kBlocks, std::move(key), *std::move(block)));
  return absl::OkStatus();
}

absl::Status TraceWriter::WriteSignatures(Work& work) {
  if (work.new_signatures.empty()) return absl::OkStatus();
  const uint32_t first = signatures_.size() - static_cast<uint32_t>(work.new_signatures.size());
  v1::OperatorColumns columns;
  columns.set_first_signature(first);
  for (v1::OpSignature& signature : work.new_signatures) *columns.add_new_signatures() = std::move(signature);
  std::string key = EncodeKey({trace_.tenant, trace_.id, Stream::kSignatures, first});
  absl::StatusOr<std::string> block = EncodeBlock(key, first, columns);
  if (!block.ok()) return block.status();
  work.head.signatures = signatures_.size();
  work.head.signature_bytes = signatures_.bytes();
  work.head.stored_bytes += block->size();
  work.changes.push_back(Change::Put(Family::kDictionary, std::move(key), *std::move(block)));
  return absl::OkStatus();
}

}  // namespace sandglass::storage
