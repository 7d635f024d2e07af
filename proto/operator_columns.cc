#include "proto/operator_columns.h"

#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"

namespace sandglass {
namespace {

// How wide a field is in Operator: what a column's values must fit in.
enum class Width { k64, kUnsigned32, kEnum };

struct FieldInfo {
  const char* name;
  Width width;
  const v1::IntegerColumn& (v1::OperatorColumns::*column)() const;
  v1::IntegerColumn* (v1::OperatorColumns::*mutable_column)();
};

struct ListInfo {
  const char* name;
  const v1::ListColumn& (v1::OperatorColumns::*column)() const;
  v1::ListColumn* (v1::OperatorColumns::*mutable_column)();
};

using C = v1::OperatorColumns;

constexpr FieldInfo kFields[kRowFields] = {
    {"id", Width::k64, &C::id, &C::mutable_id},
    {"parent_id", Width::k64, &C::parent_id, &C::mutable_parent_id},
    {"forward_id", Width::k64, &C::forward_id, &C::mutable_forward_id},
    {"start_ns", Width::k64, &C::start_ns, &C::mutable_start_ns},
    {"duration_ps", Width::k64, &C::duration_ps, &C::mutable_duration_ps},
    {"self_ps", Width::k64, &C::self_ps, &C::mutable_self_ps},
    {"thread", Width::kUnsigned32, &C::thread, &C::mutable_thread},
    {"device", Width::kUnsigned32, &C::device, &C::mutable_device},
    {"queue", Width::kUnsigned32, &C::queue, &C::mutable_queue},
    {"sequence_number", Width::k64, &C::sequence_number, &C::mutable_sequence_number},
    {"launcher_id", Width::k64, &C::launcher_id, &C::mutable_launcher_id},
    {"link_method", Width::kEnum, &C::link_method, &C::mutable_link_method},
    {"communication_sequence", Width::k64, &C::communication_sequence, &C::mutable_communication_sequence},
    {"energy_pj", Width::k64, &C::energy_pj, &C::mutable_energy_pj},
    {"energy_provenance", Width::kEnum, &C::energy_provenance, &C::mutable_energy_provenance},
    {"energy_window_ns", Width::k64, &C::energy_window_ns, &C::mutable_energy_window_ns},
    {"occurrences", Width::k64, &C::occurrences, &C::mutable_occurrences},
    {"graph_id", Width::k64, &C::graph_id, &C::mutable_graph_id},
    {"graph_node", Width::kUnsigned32, &C::graph_node, &C::mutable_graph_node},
};

constexpr ListInfo kLists[kRowLists] = {
    {"data_dep_ids", &C::data_dep_ids, &C::mutable_data_dep_ids},
    {"control_dep_ids", &C::control_dep_ids, &C::mutable_control_dep_ids},
    {"storage_ids", &C::storage_ids, &C::mutable_storage_ids},
};

absl::Status ColumnError(absl::string_view column, absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("operators.", column, ": ", what));
}

absl::Status CheckRuns(const FieldInfo& info, const v1::IntegerColumn& column, uint32_t rows) {
  uint64_t covered = 0;
  uint64_t with_value = 0;
  for (int i = 0; i < column.presence_runs_size(); ++i) {
    const uint32_t run = column.presence_runs(i);
    // Only the first run may be empty: it says that the column begins with rows that have no value.
    if (run == 0 && i != 0) return ColumnError(info.name, absl::StrCat("presence_runs[", i, "] is 0"));
    covered += run;
    if (i % 2 == 0) with_value += run;
  }
  if (covered != rows) {
    return ColumnError(info.name, absl::StrCat("presence_runs cover ", covered, " rows of ", rows));
  }
  if (with_value != static_cast<uint64_t>(column.deltas_size())) {
    return ColumnError(info.name,
                       absl::StrCat("presence_runs say ", with_value, " values, deltas has ", column.deltas_size()));
  }
  return absl::OkStatus();
}

absl::Status CheckWidth(const FieldInfo& info, const v1::IntegerColumn& column) {
  const uint64_t limit =
      info.width == Width::kEnum ? std::numeric_limits<int32_t>::max() : std::numeric_limits<uint32_t>::max();
  uint64_t value = 0;
  for (int64_t delta : column.deltas()) {
    value += static_cast<uint64_t>(delta);
    if (value > limit) return ColumnError(info.name, absl::StrCat("value ", value, " does not fit in 32 bits"));
  }
  return absl::OkStatus();
}

absl::Status CheckColumn(const FieldInfo& info, const v1::IntegerColumn& column, uint32_t rows) {
  if (column.presence_runs_size() > 0) {
    if (absl::Status status = CheckRuns(info, column, rows); !status.ok()) return status;
  } else if (column.deltas_size() != 0 && static_cast<uint64_t>(column.deltas_size()) != rows) {
    return ColumnError(info.name,
                       absl::StrCat("has ", column.deltas_size(), " values for ", rows, " rows and no presence_runs"));
  }
  return info.width == Width::k64 ? absl::OkStatus() : CheckWidth(info, column);
}

absl::Status CheckList(const ListInfo& info, const v1::ListColumn& column, uint32_t rows) {
  if (column.lengths_size() != 0 && static_cast<uint64_t>(column.lengths_size()) != rows) {
    return ColumnError(info.name, absl::StrCat("has ", column.lengths_size(), " lengths for ", rows, " rows"));
  }
  uint64_t total = 0;
  for (uint32_t length : column.lengths()) total += length;
  if (total != static_cast<uint64_t>(column.deltas_size())) {
    return ColumnError(info.name, absl::StrCat("lengths sum to ", total, ", deltas has ", column.deltas_size()));
  }
  return absl::OkStatus();
}

absl::Status CheckSignatures(const v1::OperatorColumns& columns) {
  if (static_cast<uint64_t>(columns.signature_size()) != columns.rows()) {
    return ColumnError("signature",
                       absl::StrCat("has ", columns.signature_size(), " values for ", columns.rows(), " rows"));
  }
  const uint64_t known = uint64_t{columns.first_signature()} + static_cast<uint64_t>(columns.new_signatures_size());
  for (int i = 0; i < columns.signature_size(); ++i) {
    if (columns.signature(i) >= known) {
      return ColumnError("signature", absl::StrCat("row ", i, " has signature ", columns.signature(i), " of ", known));
    }
  }
  return absl::OkStatus();
}

// Notes in the column whether row number `row` has a value. A column without any value stays empty.
void AddPresence(v1::IntegerColumn& column, uint32_t row, bool has) {
  auto& runs = *column.mutable_presence_runs();
  if (runs.empty()) {
    if (!has) return;
    if (row > 0) {
      runs.Add(0);
      runs.Add(row);
    }
    runs.Add(1);
    return;
  }
  const bool last_has = runs.size() % 2 == 1;
  if (last_has == has) {
    runs.Set(runs.size() - 1, runs.Get(runs.size() - 1) + 1);
  } else {
    runs.Add(1);
  }
}

// How many bytes a delta takes on the wire.
size_t DeltaBytes(uint64_t delta) {
  const uint64_t zigzag = (delta << 1) ^ (0 - (delta >> 63));
  return google::protobuf::io::CodedOutputStream::VarintSize64(zigzag);
}

// Of an Operator or a RawOperator.
template <typename Op>
OperatorRow MakeRow(const Op& op, uint32_t signature) {
  OperatorRow row;
  row.signature = signature;
  row.Set(RowField::kId, op.id());
  if (op.has_parent_id()) row.Set(RowField::kParentId, op.parent_id());
  if (op.has_forward_id()) row.Set(RowField::kForwardId, op.forward_id());
  if (op.has_start_ns()) row.Set(RowField::kStartNs, static_cast<uint64_t>(op.start_ns()));
  if (op.has_duration_ps()) row.Set(RowField::kDurationPs, static_cast<uint64_t>(op.duration_ps()));
  if (op.has_self_ps()) row.Set(RowField::kSelfPs, static_cast<uint64_t>(op.self_ps()));
  if (op.has_thread()) row.Set(RowField::kThread, op.thread());
  if (op.has_device()) row.Set(RowField::kDevice, op.device());
  if (op.has_queue()) row.Set(RowField::kQueue, op.queue());
  if (op.has_sequence_number()) row.Set(RowField::kSequenceNumber, static_cast<uint64_t>(op.sequence_number()));
  if (op.has_launcher_id()) row.Set(RowField::kLauncherId, op.launcher_id());
  if (op.link_method() != 0) row.Set(RowField::kLinkMethod, static_cast<uint64_t>(op.link_method()));
  if (op.has_communication_sequence()) {
    row.Set(RowField::kCommunicationSequence, static_cast<uint64_t>(op.communication_sequence()));
  }
  if (op.has_energy_pj()) row.Set(RowField::kEnergyPj, static_cast<uint64_t>(op.energy_pj()));
  if (op.energy_provenance() != 0) {
    row.Set(RowField::kEnergyProvenance, static_cast<uint64_t>(op.energy_provenance()));
  }
  if (op.has_energy_window_ns()) row.Set(RowField::kEnergyWindowNs, static_cast<uint64_t>(op.energy_window_ns()));
  if (op.has_occurrences()) row.Set(RowField::kOccurrences, op.occurrences());
  if (op.has_graph_id()) row.Set(RowField::kGraphId, op.graph_id());
  if (op.has_graph_node()) row.Set(RowField::kGraphNode, op.graph_node());
  row.lists[static_cast<size_t>(RowList::kDataDepIds)] = op.data_dep_ids();
  row.lists[static_cast<size_t>(RowList::kControlDepIds)] = op.control_dep_ids();
  row.lists[static_cast<size_t>(RowList::kStorageIds)] = op.storage_ids();
  return row;
}

}  // namespace

const char* RowFieldName(RowField field) { return kFields[static_cast<size_t>(field)].name; }
const char* RowListName(RowList list) { return kLists[static_cast<size_t>(list)].name; }

OperatorRow RowOf(const v1::Operator& op, uint32_t signature) { return MakeRow(op, signature); }

OperatorRow RowOf(const v1::RawOperator& op, uint32_t signature) { return MakeRow(op, signature); }

void RowToOperator(const OperatorRow& row, v1::Operator& op) {
  op.set_id(row.Unsigned(RowField::kId));
  if (row.Has(RowField::kParentId)) op.set_parent_id(row.Unsigned(RowField::kParentId));
  if (row.Has(RowField::kForwardId)) op.set_forward_id(row.Unsigned(RowField::kForwardId));
  if (row.Has(RowField::kStartNs)) op.set_start_ns(row.Signed(RowField::kStartNs));
  if (row.Has(RowField::kDurationPs)) op.set_duration_ps(row.Signed(RowField::kDurationPs));
  if (row.Has(RowField::kSelfPs)) op.set_self_ps(row.Signed(RowField::kSelfPs));
  if (row.Has(RowField::kThread)) op.set_thread(static_cast<uint32_t>(row.Unsigned(RowField::kThread)));
  if (row.Has(RowField::kDevice)) op.set_device(static_cast<uint32_t>(row.Unsigned(RowField::kDevice)));
  if (row.Has(RowField::kQueue)) op.set_queue(static_cast<uint32_t>(row.Unsigned(RowField::kQueue)));
  if (row.Has(RowField::kSequenceNumber)) op.set_sequence_number(row.Signed(RowField::kSequenceNumber));
  if (row.Has(RowField::kLauncherId)) op.set_launcher_id(row.Unsigned(RowField::kLauncherId));
  op.set_link_method(static_cast<v1::LinkMethod>(row.Unsigned(RowField::kLinkMethod)));
  if (row.Has(RowField::kCommunicationSequence)) {
    op.set_communication_sequence(row.Signed(RowField::kCommunicationSequence));
  }
  if (row.Has(RowField::kEnergyPj)) op.set_energy_pj(row.Signed(RowField::kEnergyPj));
  op.set_energy_provenance(static_cast<v1::Provenance>(row.Unsigned(RowField::kEnergyProvenance)));
  if (row.Has(RowField::kEnergyWindowNs)) op.set_energy_window_ns(row.Signed(RowField::kEnergyWindowNs));
  if (row.Has(RowField::kOccurrences)) op.set_occurrences(row.Unsigned(RowField::kOccurrences));
  if (row.Has(RowField::kGraphId)) op.set_graph_id(row.Unsigned(RowField::kGraphId));
  if (row.Has(RowField::kGraphNode)) op.set_graph_node(static_cast<uint32_t>(row.Unsigned(RowField::kGraphNode)));
  for (uint64_t id : row.List(RowList::kDataDepIds)) op.add_data_dep_ids(id);
  for (uint64_t id : row.List(RowList::kControlDepIds)) op.add_control_dep_ids(id);
  for (uint64_t id : row.List(RowList::kStorageIds)) op.add_storage_ids(id);
}

std::optional<uint32_t> SignatureInterner::Find(absl::string_view serialized) const {
  const auto it = numbers_.find(serialized);
  return it == numbers_.end() ? std::nullopt : std::optional<uint32_t>(it->second);
}

SignatureInterner::Interned SignatureInterner::Intern(const v1::OpSignature& signature) {
  scratch_.clear();
  {
    google::protobuf::io::StringOutputStream stream(&scratch_);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    signature.SerializeToCodedStream(&coded);
  }
  if (auto it = numbers_.find(scratch_); it != numbers_.end()) return {it->second, false};
  const uint32_t number = size();
  bytes_ += scratch_.size();
  numbers_.emplace(scratch_, number);
  return {number, true};
}

void SignatureInterner::UndoLast() {
  bytes_ -= scratch_.size();
  numbers_.erase(scratch_);
}

ColumnBuilder::ColumnBuilder() = default;

ColumnBuilder::ColumnBuilder(absl::Span<const v1::OpSignature> known) {
  for (const v1::OpSignature& signature : known) interner_.Intern(signature);
  columns_.set_first_signature(interner_.size());
}

uint32_t ColumnBuilder::Intern(const v1::OpSignature& signature) {
  const SignatureInterner::Interned interned = interner_.Intern(signature);
  if (interned.is_new) {
    *columns_.add_new_signatures() = signature;
    approximate_bytes_ += signature.ByteSizeLong() + 4;
  }
  return interned.number;
}

void ColumnBuilder::Add(const v1::Operator& op) { Add(RowOf(op, Intern(op.signature()))); }

void ColumnBuilder::Add(const OperatorRow& row) {
  const uint32_t number = columns_.rows();
  for (size_t i = 0; i < kRowFields; ++i) {
    const bool has = (row.present >> i) & 1u;
    if (!has && !(columns_.*kFields[i].column)().presence_runs_size()) continue;
    v1::IntegerColumn& column = *(columns_.*kFields[i].mutable_column)();
    AddPresence(column, number, has);
    if (!has) continue;
    const uint64_t delta = row.values[i] - previous_[i];
    column.add_deltas(static_cast<int64_t>(delta));
    previous_[i] = row.values[i];
    approximate_bytes_ += DeltaBytes(delta);
  }
  for (size_t i = 0; i < kRowLists; ++i) {
    if (row.lists[i].empty() && !(columns_.*kLists[i].column)().lengths_size()) continue;
    v1::ListColumn& column = *(columns_.*kLists[i].mutable_column)();
    // The lists of the rows before the first that has one are empty.
    if (column.lengths_size() == 0) column.mutable_lengths()->Resize(static_cast<int>(number), 0);
    column.add_lengths(static_cast<uint32_t>(row.lists[i].size()));
    approximate_bytes_ += 1;
    for (uint64_t value : row.lists[i]) {
      const uint64_t delta = value - previous_in_list_[i];
      column.add_deltas(static_cast<int64_t>(delta));
      previous_in_list_[i] = value;
      approximate_bytes_ += DeltaBytes(delta);
    }
  }
  columns_.add_signature(row.signature);
  columns_.set_rows(number + 1);
  approximate_bytes_ += 2;
}

v1::OperatorColumns ColumnBuilder::Take() {
  for (const FieldInfo& info : kFields) {
    // A single run says that all rows have a value, which an empty list of runs says as well.
    if ((columns_.*info.column)().presence_runs_size() == 1) {
      (columns_.*info.mutable_column)()->clear_presence_runs();
    }
  }
  v1::OperatorColumns taken = std::move(columns_);
  columns_ = v1::OperatorColumns();
  columns_.set_first_signature(interner_.size());
  previous_.fill(0);
  previous_in_list_.fill(0);
  approximate_bytes_ = 0;
  return taken;
}

absl::StatusOr<RowReader> RowReader::Create(const v1::OperatorColumns& columns) {
  if (absl::Status status = CheckSignatures(columns); !status.ok()) return status;
  for (const FieldInfo& info : kFields) {
    if (absl::Status status = CheckColumn(info, (columns.*info.column)(), columns.rows()); !status.ok()) return status;
  }
  for (const ListInfo& info : kLists) {
    if (absl::Status status = CheckList(info, (columns.*info.column)(), columns.rows()); !status.ok()) return status;
  }
  return RowReader(columns);
}

RowReader::RowReader(const v1::OperatorColumns& columns) : columns_(&columns) {
  for (size_t i = 0; i < kRowFields; ++i) {
    const v1::IntegerColumn& column = (columns.*kFields[i].column)();
    if (column.deltas_size() == 0) continue;
    Cursor cursor{&column};
    cursor.left_in_run = column.presence_runs_size() > 0 ? column.presence_runs(0) : columns.rows();
    cursors_.emplace_back(cursor, static_cast<uint8_t>(i));
  }
}

bool RowReader::Next(OperatorRow& row) {
  if (row_ >= columns_->rows()) return false;
  row.signature = columns_->signature(static_cast<int>(row_));
  row.present = 0;
  row.values.fill(0);
  for (auto& [cursor, field] : cursors_) {
    while (cursor.left_in_run == 0) cursor.left_in_run = cursor.column->presence_runs(++cursor.run);
    --cursor.left_in_run;
    if (cursor.run % 2 == 1) continue;
    cursor.value += static_cast<uint64_t>(cursor.column->deltas(cursor.next_delta++));
    // An enum's zero is "unspecified", which rows cannot tell from no value: it is none.
    if (cursor.value == 0 && kFields[field].width == Width::kEnum) continue;
    row.Set(static_cast<RowField>(field), cursor.value);
  }
  for (size_t i = 0; i < kRowLists; ++i) {
    const v1::ListColumn& column = (columns_->*kLists[i].column)();
    list_buffer_[i].clear();
    const uint32_t length = column.lengths_size() > 0 ? column.lengths(static_cast<int>(row_)) : 0;
    for (uint32_t k = 0; k < length; ++k) {
      list_value_[i] += static_cast<uint64_t>(column.deltas(list_position_[i]++));
      list_buffer_[i].push_back(list_value_[i]);
    }
    row.lists[i] = list_buffer_[i];
  }
  ++row_;
  return true;
}

absl::Status ForEachRow(const v1::OperatorColumns& columns, absl::FunctionRef<absl::Status(const OperatorRow&)> visit) {
  absl::StatusOr<RowReader> reader = RowReader::Create(columns);
  if (!reader.ok()) return reader.status();
  OperatorRow row;
  while (reader->Next(row)) {
    if (absl::Status status = visit(row); !status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::StatusOr<v1::OperatorRows> RowsOf(const v1::OperatorColumns& columns,
                                        absl::Span<const v1::OpSignature> signatures) {
  v1::OperatorRows rows;
  absl::Status status = ForEachRow(columns, [&](const OperatorRow& row) -> absl::Status {
    const v1::OpSignature* signature = nullptr;
    if (row.signature >= columns.first_signature()) {
      signature = &columns.new_signatures(static_cast<int>(row.signature - columns.first_signature()));
    } else if (row.signature < signatures.size()) {
      signature = &signatures[row.signature];
    } else {
      return ColumnError("signature", absl::StrCat("number ", row.signature, " is not among the ", signatures.size(),
                                                   " signatures at hand"));
    }
    v1::Operator& op = *rows.add_operators();
    RowToOperator(row, op);
    *op.mutable_signature() = *signature;
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  return rows;
}

}  // namespace sandglass
