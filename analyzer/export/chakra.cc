#include "analyzer/export/chakra.h"

#include <cmath>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "analyzer/export/dependencies.h"
#include "analyzer/export/node_plan.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "google/protobuf/util/delimited_message_util.h"
#include "proto/chakra.pb.h"

namespace sandglass::chakra_export {
namespace {

// The version of Chakra's schema that the file is of.
constexpr char kVersion[] = "0.0.4";
constexpr uint64_t kPsPerUs = 1000000;
constexpr int64_t kNsPerUs = 1000;
// What a node's numbers can hold.
constexpr double kMostNumber = 9e18;
constexpr size_t kPieceBytes = 1 << 20;

// The message with its length before it.
void Append(const google::protobuf::MessageLite& message, std::string& file) {
  google::protobuf::io::StringOutputStream stream(&file);
  google::protobuf::io::CodedOutputStream coded(&stream);
  google::protobuf::util::SerializeDelimitedToCodedStream(message, &coded);
}

chakra_et::Attribute& AddAttribute(const char* name, chakra_et::Node& node) {
  chakra_et::Attribute& attribute = *node.add_attr();
  attribute.set_name(name);
  return attribute;
}

std::optional<chakra_et::CollectiveType> CollectiveTypeOf(v1::Communication::Type type) {
  switch (type) {
    case v1::Communication::TYPE_ALL_REDUCE:
      return chakra_et::COLLECTIVE_TYPE_ALL_REDUCE;
    case v1::Communication::TYPE_ALL_GATHER:
      return chakra_et::COLLECTIVE_TYPE_ALL_GATHER;
    case v1::Communication::TYPE_REDUCE_SCATTER:
      return chakra_et::COLLECTIVE_TYPE_REDUCE_SCATTER;
    case v1::Communication::TYPE_ALL_TO_ALL:
      return chakra_et::COLLECTIVE_TYPE_ALL_TO_ALL;
    case v1::Communication::TYPE_BROADCAST:
      return chakra_et::COLLECTIVE_TYPE_BROADCAST;
    case v1::Communication::TYPE_REDUCE:
      return chakra_et::COLLECTIVE_TYPE_REDUCE;
    case v1::Communication::TYPE_BARRIER:
      return chakra_et::COLLECTIVE_TYPE_BARRIER;
    default:
      return std::nullopt;
  }
}

chakra_et::NodeType TypeOf(NodeKind kind) {
  switch (kind) {
    case NodeKind::kMetadata:
      return chakra_et::NODE_TYPE_METADATA;
    case NodeKind::kComputation:
      return chakra_et::NODE_TYPE_COMP;
    case NodeKind::kCollective:
      return chakra_et::NODE_TYPE_COMM_COLL;
    case NodeKind::kSend:
      return chakra_et::NODE_TYPE_COMM_SEND;
    case NodeKind::kReceive:
      return chakra_et::NODE_TYPE_COMM_RECV;
  }
  return chakra_et::NODE_TYPE_UNSPECIFIED;
}

// "host_op"
std::string Word(v1::OperatorKind kind) {
  constexpr size_t kPrefix = sizeof("OPERATOR_KIND_") - 1;
  return absl::AsciiStrToLower(v1::OperatorKind_Name(kind).substr(kPrefix));
}

// The kind in words, where the node's type and place do not tell it; else empty.
std::string KindInWords(v1::OperatorKind kind, const NodePlan& plan) {
  if (plan.kind == NodeKind::kMetadata && kind != v1::OPERATOR_KIND_ANNOTATION) return Word(kind);
  const bool told = kind == v1::OPERATOR_KIND_ANNOTATION || plan.transfer_of != trace::Operator::kNoParent ||
                    (plan.on_host && kind != v1::OPERATOR_KIND_MEMORY && kind != v1::OPERATOR_KIND_MD_PHASE) ||
                    (!plan.on_host && kind == v1::OPERATOR_KIND_DEVICE_KERNEL);
  return told ? "" : Word(kind);
}

std::optional<std::string> ExtraOf(const v1::OpSignature& signature, absl::string_view key) {
  for (const v1::Extra& extra : signature.extras()) {
    if (extra.key() == key) return extra.value();
  }
  return std::nullopt;
}

// Bytes that this rank gives; what a receive is given.
std::optional<double> TransferBytes(const v1::OpSignature& signature, bool receives) {
  const v1::Communication& communication = signature.communication();
  const auto bits = trace::ElementBits(static_cast<trace::DataType>(communication.dtype()));
  const bool has_elements = receives ? communication.has_output_elements() : communication.has_input_elements();
  if (bits.has_value() && has_elements) {
    const int64_t elements = receives ? communication.output_elements() : communication.input_elements();
    return static_cast<double>(elements) * *bits / 8;
  }
  if (receives && signature.has_written_bytes()) return signature.written_bytes().value();
  if (!receives && signature.has_read_bytes()) return signature.read_bytes().value();
  return std::nullopt;
}

// Makes nodes of rows, one after the other.
class Writer {
 public:
  Writer(const v1::TraceManifest& manifest, const std::vector<v1::OpSignature>& signatures, const trace::Trace& trace,
         const std::vector<NodePlan>& plans, Dependencies& dependencies)
      : manifest_(manifest), signatures_(signatures), trace_(trace), plans_(plans), dependencies_(dependencies) {}

  chakra_et::Node Next(const OperatorRow& row) {
    const size_t index = report_.nodes++;
    const NodePlan& plan = plans_[index];
    const v1::OpSignature& signature = signatures_[row.signature];
    chakra_et::Node node;
    node.set_id(row.Unsigned(RowField::kId));
    node.set_name(signature.name());
    node.set_type(TypeOf(plan.kind));
    for (const uint64_t id : dependencies_.ControlDeps(row)) node.add_ctrl_deps(id);
    for (const uint64_t id : dependencies_.DataDeps(row, plan)) node.add_data_deps(id);
    SetTimes(row, plan, node);
    AddAttribute("is_cpu_op", node).set_bool_val(plan.on_host);
    AddWork(plan, node);
    if (plan.transfer_of != trace::Operator::kNoParent) {
      AddTransfer(signatures_[trace_.operators[plan.transfer_of].signature], plan, node);
    }
    AddRest(row, signature, plan, node);
    return node;
  }

  ExportReport TakeReport() && {
    Note("dependencies_on_absent_operators", dependencies_.dropped());
    Note("order_for_dependencies", dependencies_.by_order());
    Note("process_groups_without_their_ranks", static_cast<uint64_t>(manifest_.header().process_groups_size()));
    return std::move(report_);
  }

 private:
  void Note(const char* name, uint64_t count = 1) {
    if (count > 0) report_.notes[name] += count;
  }

  void SetTimes(const OperatorRow& row, const NodePlan& plan, chakra_et::Node& node) {
    if (row.Has(RowField::kStartNs) && row.Signed(RowField::kStartNs) >= 0) {
      node.set_start_time_micros(static_cast<uint64_t>(row.Signed(RowField::kStartNs) / kNsPerUs));
    }
    // An annotation lasts as long as what it groups, and an operator within a node is part of that node's time.
    if (plan.kind == NodeKind::kMetadata) return;
    const bool own = plan.on_host && row.Has(RowField::kSelfPs);
    const RowField field = own ? RowField::kSelfPs : RowField::kDurationPs;
    if (!row.Has(field)) return Note("nodes_without_duration");
    const uint64_t ps = row.Unsigned(field);
    node.set_duration_micros(ps / kPsPerUs + (ps % kPsPerUs == 0 ? 0 : 1));
    if (ps == 0) Note("durations_of_0");
    if (ps % kPsPerUs != 0) Note("durations_rounded_up_to_microseconds");
  }

  void AddWork(const NodePlan& plan, chakra_et::Node& node) {
    const bool fits = plan.work.has_value() && plan.work->flop < kMostNumber && plan.work->bytes < kMostNumber;
    if (!fits) {
      if (!plan.on_host && plan.kind == NodeKind::kComputation) Note("device_nodes_of_unknown_work");
      return;
    }
    // ASTRA-sim divides by it, also where bytes alone are moved.
    const bool only_moves = plan.work->flop < 1 && plan.work->bytes > 0;
    if (only_moves) Note("copies_of_one_operation");
    AddAttribute("num_ops", node).set_int64_val(only_moves ? 1 : std::llround(plan.work->flop));
    AddAttribute("tensor_size", node).set_uint64_val(static_cast<uint64_t>(std::llround(plan.work->bytes)));
  }

  void AddTransfer(const v1::OpSignature& signature, const NodePlan& plan, chakra_et::Node& node) {
    const v1::Communication& communication = signature.communication();
    const bool receives = plan.kind == NodeKind::kReceive;
    if (plan.kind == NodeKind::kCollective) {
      const auto type = CollectiveTypeOf(communication.type());
      if (type.has_value()) {
        AddAttribute("comm_type", node).set_int64_val(*type);
      } else {
        Note("collectives_of_unknown_type");
      }
    }
    const std::optional<double> bytes = TransferBytes(signature, receives);
    if (bytes.has_value() && *bytes < kMostNumber) {
      AddAttribute("comm_size", node).set_int64_val(std::llround(*bytes));
    } else if (communication.type() != v1::Communication::TYPE_BARRIER) {
      Note("transfers_of_unknown_size");
    }
    if (plan.kind != NodeKind::kCollective) AddPeer(signature, receives, node);
    const std::string group =
        communication.has_process_group()
            ? manifest_.header().process_groups(static_cast<int>(communication.process_group())).name()
            : ExtraOf(signature, "pg_name").value_or("");
    if (!group.empty()) AddAttribute("pg_name", node).set_string_val(group);
  }

  void AddPeer(const v1::OpSignature& signature, bool receives, chakra_et::Node& node) {
    const v1::Communication& communication = signature.communication();
    if (communication.has_peer_rank() && communication.peer_rank() <= INT32_MAX) {
      AddAttribute(receives ? "comm_src" : "comm_dst", node)
          .set_int32_val(static_cast<int32_t>(communication.peer_rank()));
    } else {
      Note("transfers_of_unknown_peer");
    }
    int32_t tag = 0;
    if (const auto given = ExtraOf(signature, "comm_tag"); given.has_value() && !absl::SimpleAtoi(*given, &tag))
      tag = 0;
    AddAttribute("comm_tag", node).set_int32_val(tag);
  }

  void AddRest(const OperatorRow& row, const v1::OpSignature& signature, const NodePlan& plan, chakra_et::Node& node) {
    if (const std::string kind = KindInWords(signature.kind(), plan); !kind.empty()) {
      AddAttribute("sandglass_kind", node).set_string_val(kind);
    }
    if (row.Has(RowField::kQueue)) AddAttribute("stream", node).set_int64_val(row.Signed(RowField::kQueue));
    if (row.Has(RowField::kThread)) AddAttribute("tid", node).set_int64_val(row.Signed(RowField::kThread));
    if (row.Has(RowField::kSequenceNumber)) {
      AddAttribute("seq_id", node).set_int64_val(row.Signed(RowField::kSequenceNumber));
    }
    if (!signature.op_schema().empty()) AddAttribute("op_schema", node).set_string_val(signature.op_schema());
    const bool is_operator = signature.kind() != v1::OPERATOR_KIND_ANNOTATION;
    if (plan.kind == NodeKind::kMetadata && is_operator) Note("operators_within_the_time_of_others");
    if (row.Has(RowField::kParentId)) Note("callers_left_out");
    if (row.Has(RowField::kLauncherId)) Note("launchers_as_dependencies");
    if (row.Has(RowField::kForwardId)) Note("forward_operators_left_out");
    if (row.Has(RowField::kEnergyPj)) Note("energies_left_out");
    if (row.Has(RowField::kOccurrences)) Note("repeated_operators_as_one_node");
    if (signature.inputs_size() + signature.outputs_size() > 0) Note("operators_without_their_tensors");
  }

  const v1::TraceManifest& manifest_;
  const std::vector<v1::OpSignature>& signatures_;
  const trace::Trace& trace_;
  const std::vector<NodePlan>& plans_;
  Dependencies& dependencies_;
  ExportReport report_;
};

}  // namespace

ChakraExport::ChakraExport(v1::TraceManifest manifest, std::vector<v1::OpSignature> signatures)
    : manifest_(std::move(manifest)), signatures_(std::move(signatures)), decoder_(manifest_, signatures_) {}

absl::Status ChakraExport::Add(v1::OperatorColumns columns) {
  if (absl::Status status = decoder_.Add(columns); !status.ok()) return status;
  columns_.push_back(std::move(columns));
  return ForEachRow(columns_.back(), [this](const OperatorRow& row) {
    on_device_.push_back(row.Has(RowField::kDevice));
    return absl::OkStatus();
  });
}

absl::StatusOr<ExportReport> ChakraExport::Write(const std::function<absl::Status(absl::string_view)>& write) && {
  const absl::StatusOr<trace::Trace> trace = std::move(decoder_).Finish();
  if (!trace.ok()) return trace.status();
  const std::vector<NodePlan> plans = PlanNodes(*trace, on_device_);
  Dependencies dependencies;
  const auto for_each = [this](const std::function<absl::Status(const OperatorRow&)>& visit) {
    for (const v1::OperatorColumns& columns : columns_) {
      if (absl::Status status = ForEachRow(columns, visit); !status.ok()) return status;
    }
    return absl::OkStatus();
  };
  absl::Status status = for_each([&](const OperatorRow& row) {
    dependencies.Add(row);
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  chakra_et::GlobalMetadata metadata;
  metadata.set_version(kVersion);
  chakra_et::Attribute& source = *metadata.add_attr();
  source.set_name("sandglass_trace");
  source.set_string_val(manifest_.trace_id());
  std::string piece;
  Append(metadata, piece);
  Writer writer(manifest_, signatures_, *trace, plans, dependencies);
  status = for_each([&](const OperatorRow& row) {
    Append(writer.Next(row), piece);
    if (piece.size() < kPieceBytes) return absl::OkStatus();
    absl::Status written = write(piece);
    piece.clear();
    return written;
  });
  if (!status.ok()) return status;
  if (absl::Status written = write(piece); !written.ok()) return written;
  return std::move(writer).TakeReport();
}

}  // namespace sandglass::chakra_export
