#include "analyzer/trace/trace_protos.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace sandglass::trace {
namespace {

DataType DataTypeFromProto(v1::DataType proto) {
  const int number = static_cast<int>(proto);
  if (number < 0 || number > static_cast<int>(DataType::kOther)) return DataType::kOther;
  return static_cast<DataType>(number);
}

Kind KindFromProto(v1::OperatorKind proto) {
  const int number = static_cast<int>(proto);
  if (number < 0 || number > static_cast<int>(Kind::kMdPhase)) return Kind::kUnspecified;
  return static_cast<Kind>(number);
}

Tensor TensorFromProto(const v1::Tensor& proto) {
  Tensor tensor;
  tensor.dtype = DataTypeFromProto(proto.dtype());
  tensor.dims.assign(proto.dims().begin(), proto.dims().end());
  tensor.strides.assign(proto.strides().begin(), proto.strides().end());
  tensor.shape_known = proto.shape_source() != v1::SHAPE_SOURCE_UNSPECIFIED;
  if (proto.has_storage_bytes()) tensor.storage_bytes = proto.storage_bytes();
  tensor.position = proto.position();
  tensor.in_list = proto.in_list();
  tensor.is_parameter = proto.is_parameter();
  return tensor;
}

Attribute AttributeFromProto(const v1::Attribute& proto) {
  Attribute attribute;
  attribute.position = proto.position();
  attribute.name = proto.name();
  switch (proto.value_case()) {
    case v1::Attribute::kInteger:
      attribute.value = int64_t{proto.integer()};
      break;
    case v1::Attribute::kReal:
      attribute.value = proto.real();
      break;
    case v1::Attribute::kBoolean:
      attribute.value = proto.boolean();
      break;
    case v1::Attribute::kText:
      attribute.value = proto.text();
      break;
    case v1::Attribute::kIntegers:
      attribute.value = std::vector<int64_t>(proto.integers().values().begin(), proto.integers().values().end());
      break;
    case v1::Attribute::VALUE_NOT_SET:
      break;
  }
  return attribute;
}

Communication CommunicationFromProto(const v1::Communication& proto, const GroupSizes& group_sizes) {
  Communication communication;
  communication.type =
      v1::Communication::Type_IsValid(proto.type()) ? static_cast<TransferType>(proto.type()) : TransferType::kOther;
  if (proto.has_input_elements()) communication.input_elements = proto.input_elements();
  if (proto.has_output_elements()) communication.output_elements = proto.output_elements();
  communication.dtype = DataTypeFromProto(proto.dtype());
  if (proto.has_process_group() && proto.process_group() < group_sizes.size()) {
    communication.ranks = group_sizes[proto.process_group()];
  }
  return communication;
}

void DecodeHeader(const v1::TraceHeader& header, Trace& trace) {
  trace.name = header.name();
  trace.model = header.model();
  trace.phase = static_cast<Phase>(header.phase());
  trace.shapes_only = header.run_mode() == v1::RUN_MODE_SHAPES_ONLY;
  for (const v1::Device& device : header.devices()) {
    trace.devices.push_back({device.raw_name(), device.silicon_class(), device.asserted_by()});
  }
  const v1::DeclaredMemory& memory = header.memory();
  if (memory.has_parameter_bytes()) trace.declared_parameter_bytes = memory.parameter_bytes();
  if (memory.has_optimizer_state_bytes()) trace.declared_optimizer_bytes = memory.optimizer_state_bytes();
  if (memory.has_cache_bytes()) trace.declared_cache_bytes = memory.cache_bytes();
}

void DecodeSummary(const v1::TraceSummary& summary, Trace& trace) {
  for (const v1::WorkDone& work : summary.work_done()) {
    trace.work_done.push_back({static_cast<WorkUnit>(work.unit()), work.count()});
  }
  if (summary.window().has_start_ns()) trace.window_start_ns = summary.window().start_ns();
  if (summary.window().has_end_ns()) trace.window_end_ns = summary.window().end_ns();
  trace.dropped_operators = summary.completeness().dropped_operators();
  trace.truncated = summary.completeness().truncated();
  for (const v1::RejectedRange& range : summary.completeness().rejected()) trace.rejected_operators += range.count();
}

template <typename T>
std::optional<T> Optional(const OperatorRow& row, RowField field) {
  if (!row.Has(field)) return std::nullopt;
  return static_cast<T>(row.Unsigned(field));
}

}  // namespace

Signature SignatureFromProto(const v1::OpSignature& proto, const GroupSizes& group_sizes) {
  Signature signature;
  signature.kind = KindFromProto(proto.kind());
  signature.name = proto.name();
  signature.op_schema = proto.op_schema();
  signature.op_class = proto.op_class();
  for (const v1::Tensor& tensor : proto.inputs()) signature.inputs.push_back(TensorFromProto(tensor));
  for (const v1::Tensor& tensor : proto.outputs()) signature.outputs.push_back(TensorFromProto(tensor));
  signature.outputs_recorded = proto.outputs_recorded();
  for (const v1::Attribute& attribute : proto.attributes()) {
    signature.attributes.push_back(AttributeFromProto(attribute));
  }
  if (proto.has_flops_flop()) signature.stated_flop = proto.flops_flop().value();
  if (proto.has_read_bytes()) signature.stated_read_bytes = proto.read_bytes().value();
  if (proto.has_written_bytes()) signature.stated_written_bytes = proto.written_bytes().value();
  if (proto.has_communication()) signature.communication = CommunicationFromProto(proto.communication(), group_sizes);
  return signature;
}

TraceDecoder::TraceDecoder(const v1::TraceManifest& manifest, absl::Span<const v1::OpSignature> signatures)
    : expected_operators_(manifest.operators()) {
  trace_.id = manifest.trace_id();
  trace_.content_digest_hex = absl::BytesToHexString(manifest.content_digest());
  DecodeHeader(manifest.header(), trace_);
  DecodeSummary(manifest.summary(), trace_);
  for (const v1::ProcessGroup& group : manifest.header().process_groups()) group_sizes_.push_back(group.ranks_size());
  for (const v1::OpSignature& signature : signatures) {
    trace_.signatures.push_back(SignatureFromProto(signature, group_sizes_));
  }
}

absl::Status TraceDecoder::Add(const v1::OperatorColumns& columns) {
  const uint64_t first_new = columns.first_signature();
  if (columns.new_signatures_size() > 0 && first_new != trace_.signatures.size()) {
    return absl::DataLossError(absl::StrCat("trace ", trace_.id, ": operator ", trace_.operators.size(),
                                            ": first_signature is ", first_new, ", but the trace has ",
                                            trace_.signatures.size(), " signatures; run `sandglass store scrub`"));
  }
  for (const v1::OpSignature& signature : columns.new_signatures()) {
    trace_.signatures.push_back(SignatureFromProto(signature, group_sizes_));
  }
  const absl::Status status = ForEachRow(columns, [this](const OperatorRow& row) { return AddRow(row); });
  if (status.ok() || status.code() == absl::StatusCode::kDataLoss) return status;
  return absl::DataLossError(
      absl::StrCat("trace ", trace_.id, ": operator ", trace_.operators.size(), ": ", status.message()));
}

absl::Status TraceDecoder::AddRow(const OperatorRow& row) {
  const size_t index = trace_.operators.size();
  if (row.signature >= trace_.signatures.size()) {
    return absl::DataLossError(absl::StrCat("trace ", trace_.id, ": operator ", index, ": signature ", row.signature,
                                            " of ", trace_.signatures.size(), "; run `sandglass store scrub`"));
  }
  // Indices are 32 bits wide, and the last is kNoParent.
  if (index >= Operator::kNoParent) {
    return absl::ResourceExhaustedError(absl::StrCat("trace ", trace_.id, ": more than ", Operator::kNoParent - 1,
                                                     " operators; record a shorter window"));
  }
  Operator op;
  op.id = row.Unsigned(RowField::kId);
  op.signature = row.signature;
  op.start_ns = Optional<int64_t>(row, RowField::kStartNs);
  op.duration_ps = Optional<int64_t>(row, RowField::kDurationPs);
  op.self_ps = Optional<int64_t>(row, RowField::kSelfPs);
  op.thread = Optional<uint32_t>(row, RowField::kThread);
  op.occurrences = std::max<uint64_t>(1, Optional<uint64_t>(row, RowField::kOccurrences).value_or(1));
  const absl::Span<const uint64_t> storages = row.List(RowList::kStorageIds);
  op.first_storage = trace_.storages.size();
  op.storage_count = static_cast<uint32_t>(storages.size());
  trace_.storages.insert(trace_.storages.end(), storages.begin(), storages.end());
  if (index > 0 && op.id <= trace_.operators.back().id) ids_increase_ = false;
  trace_.operators.push_back(op);
  parent_ids_.push_back(row.Unsigned(RowField::kParentId));
  if (row.Has(RowField::kLauncherId)) {
    launcher_ids_.resize(index + 1);
    launcher_ids_[index] = row.Unsigned(RowField::kLauncherId);
  }
  return absl::OkStatus();
}

// Turns ids into indices. Where ids grow along the trace they are searched, else looked up.
absl::Status TraceDecoder::ResolveIds() {
  std::vector<Operator>& operators = trace_.operators;
  absl::flat_hash_map<uint64_t, uint32_t> index_of;
  if (!ids_increase_) {
    index_of.reserve(operators.size());
    for (size_t i = 0; i < operators.size(); ++i) {
      if (index_of.emplace(operators[i].id, static_cast<uint32_t>(i)).second) continue;
      return absl::DataLossError(
          absl::StrCat("trace ", trace_.id, ": operator ", i, ": id ", operators[i].id, " occurs twice"));
    }
  }
  const auto find = [&](uint64_t id) {
    if (!ids_increase_) {
      const auto found = index_of.find(id);
      return found == index_of.end() ? Operator::kNoParent : found->second;
    }
    const auto found = std::lower_bound(operators.begin(), operators.end(), id,
                                        [](const Operator& op, uint64_t wanted) { return op.id < wanted; });
    if (found == operators.end() || found->id != id) return Operator::kNoParent;
    return static_cast<uint32_t>(found - operators.begin());
  };
  for (size_t i = 0; i < operators.size(); ++i) {
    if (parent_ids_[i] != 0) operators[i].parent = find(parent_ids_[i]);
  }
  for (size_t i = 0; i < launcher_ids_.size(); ++i) {
    if (launcher_ids_[i] != 0) operators[i].launcher = find(launcher_ids_[i]);
  }
  return absl::OkStatus();
}

// Follows parents from each operator until one that was seen before; meeting one of the same walk is a circle.
absl::Status TraceDecoder::CheckNoCircle() const {
  const std::vector<Operator>& operators = trace_.operators;
  std::vector<uint32_t> walk_of(operators.size(), Operator::kNoParent);
  for (uint32_t i = 0; i < operators.size(); ++i) {
    uint32_t at = i;
    while (at != Operator::kNoParent && walk_of[at] == Operator::kNoParent) {
      walk_of[at] = i;
      at = operators[at].parent;
    }
    if (at == Operator::kNoParent || walk_of[at] != i) continue;
    return absl::DataLossError(
        absl::StrCat("trace ", trace_.id, ": operator ", at, ": its parents form a circle; record the trace anew"));
  }
  return absl::OkStatus();
}

absl::StatusOr<Trace> TraceDecoder::Finish() && {
  if (trace_.operators.size() != expected_operators_) {
    return absl::DataLossError(absl::StrCat("trace ", trace_.id, ": ", trace_.operators.size(),
                                            " operators read, but its manifest says ", expected_operators_,
                                            "; run `sandglass store scrub`"));
  }
  if (const absl::Status status = ResolveIds(); !status.ok()) return status;
  if (const absl::Status status = CheckNoCircle(); !status.ok()) return status;
  return std::move(trace_);
}

}  // namespace sandglass::trace
