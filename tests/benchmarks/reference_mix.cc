#include "tests/benchmarks/reference_mix.h"

#include <xxhash.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "proto/operator_columns.h"
#include "storage/trace_store.h"

namespace sandglass::benchmarks {
namespace {

// Adds `ids` to every id that an operator has.
void ShiftIds(uint64_t ids, v1::Operator& op) {
  op.set_id(op.id() + ids);
  if (op.has_parent_id()) op.set_parent_id(op.parent_id() + ids);
  if (op.has_forward_id()) op.set_forward_id(op.forward_id() + ids);
  if (op.has_launcher_id()) op.set_launcher_id(op.launcher_id() + ids);
  for (uint64_t& id : *op.mutable_data_dep_ids()) id += ids;
  for (uint64_t& id : *op.mutable_control_dep_ids()) id += ids;
}

v1::Chunk Packed(std::string payload, v1::Chunk::Form form, uint64_t seq, uint64_t first, uint32_t operators) {
  v1::Chunk chunk;
  chunk.set_seq(seq);
  chunk.set_first_operator(first);
  chunk.set_operators(operators);
  chunk.set_form(form);
  chunk.set_payload_xxh3(XXH3_64bits(payload.data(), payload.size()));
  chunk.set_payload(std::move(payload));
  return chunk;
}

}  // namespace

absl::StatusOr<ReferenceMix> ReferenceMix::Read(const std::string& store_directory) {
  storage::StoreOptions options;
  options.read_only = true;
  const auto store = storage::TraceStore::Open(store_directory, options);
  if (!store.ok()) return store.status();
  const auto manifests = (*store)->ListSealed(storage::kDefaultTenant);
  if (!manifests.ok()) return manifests.status();
  ReferenceMix mix;
  for (const v1::TraceManifest& manifest : *manifests) {
    const auto signatures = (*store)->ReadSignatures(storage::kDefaultTenant, manifest.trace_id());
    if (!signatures.ok()) return signatures.status();
    const uint64_t ids = mix.ids_;
    const absl::Status status =
        (*store)->ReadColumns(storage::kDefaultTenant, manifest.trace_id(), 0,
                              [&](uint64_t, const v1::OperatorColumns& columns) -> absl::StatusOr<bool> {
                                auto rows = RowsOf(columns, *signatures);
                                if (!rows.ok()) return rows.status();
                                for (v1::Operator& op : *rows->mutable_operators()) {
                                  ShiftIds(ids, op);
                                  op.clear_occurrences();
                                  mix.ids_ = std::max(mix.ids_, op.id());
                                  mix.span_ns_ = std::max(mix.span_ns_, op.start_ns() + op.duration_ps() / 1000 + 1);
                                  mix.operators_.push_back(std::move(op));
                                }
                                return true;
                              });
    if (!status.ok()) return status;
    absl::StrAppend(&mix.description_, mix.description_.empty() ? "" : ", ", manifest.header().name(), " (",
                    manifest.operators(), " operators)");
  }
  if (mix.operators_.empty())
    return absl::NotFoundError(absl::StrCat("store '", store_directory, "' has no operators"));
  return mix;
}

void ReferenceMix::Write(uint64_t index, v1::Operator& op) const {
  const uint64_t round = index / operators_.size();
  op = operators_[index % operators_.size()];
  ShiftIds(round * ids_, op);
  op.set_start_ns(op.start_ns() + static_cast<int64_t>(round) * span_ns_);
}

std::vector<v1::Chunk> ReferenceMix::Chunks(uint64_t count, v1::Chunk::Form form, uint32_t operators,
                                            size_t bytes) const {
  std::vector<v1::Chunk> chunks;
  ColumnBuilder builder;
  v1::OperatorRows rows;
  size_t row_bytes = 0;
  uint64_t first = 0;
  const auto flush = [&](uint64_t end) {
    std::string payload = form == v1::Chunk::FORM_ROWS ? rows.SerializeAsString() : builder.Take().SerializeAsString();
    chunks.push_back(Packed(std::move(payload), form, chunks.size() + 1, first, static_cast<uint32_t>(end - first)));
    rows.Clear();
    row_bytes = 0;
    first = end;
  };
  v1::Operator op;
  for (uint64_t i = 0; i < count; ++i) {
    Write(i, op);
    if (form == v1::Chunk::FORM_ROWS) {
      row_bytes += op.ByteSizeLong() + 4;
      *rows.add_operators() = op;
    } else {
      builder.Add(op);
    }
    const size_t now = form == v1::Chunk::FORM_ROWS ? row_bytes : builder.ApproximateBytes();
    if (i + 1 - first >= operators || now >= bytes) flush(i + 1);
  }
  if (first < count) flush(count);
  return chunks;
}

}  // namespace sandglass::benchmarks
