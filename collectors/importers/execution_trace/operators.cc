#include "collectors/importers/execution_trace/operators.h"

#include "absl/strings/match.h"
#include "collectors/importers/format/torch_names.h"

namespace sandglass::collectors::execution_trace {
namespace {

const char* CountName(v1::OperatorKind kind) {
  switch (kind) {
    case v1::OPERATOR_KIND_ANNOTATION:
      return "annotations";
    case v1::OPERATOR_KIND_COLLECTIVE:
      return "collectives";
    case v1::OPERATOR_KIND_POINT_TO_POINT:
      return "sends_and_receives";
    default:
      return "operators";
  }
}

}  // namespace

Operators::Operators(Trace& trace) : trace_(trace), flow_(DataFlowOf(trace)), ids_(trace.nodes.size()) {
  uint64_t last_id = 0;
  for (size_t i = 0; i < trace_.nodes.size(); ++i) {
    if (trace_.nodes[i].kind != NodeKind::kStructure) ids_[i] = ++last_id;
    has_backward_ |= trace_.nodes[i].is_backward;
  }
  FindForward();
}

// Several operators may see a number before an autograd node takes it; the one that began last made the node. (What the
// file calls "fw_parent" is another thing: what ran on the forward thread when the backward operator began.)
void Operators::FindForward() {
  forward_.assign(trace_.nodes.size(), kNoNode);
  absl::flat_hash_map<std::pair<uint64_t, int64_t>, uint32_t> last;
  for (uint32_t i = 0; i < trace_.nodes.size(); ++i) {
    const Node& node = trace_.nodes[i];
    if (node.sequence < 0) continue;
    if (!node.is_backward) {
      last[{node.writer_thread, node.sequence}] = i;
    } else if (const auto found = last.find({node.forward_thread, node.sequence}); found != last.end()) {
      forward_[i] = found->second;
    }
  }
}

void Operators::Fill(uint32_t index, v1::Operator& op) const {
  const Node& node = trace_.nodes[index];
  op.set_id(ids_[index]);
  op.set_thread(node.thread);
  if (node.parent != kNoNode) op.set_parent_id(ids_[node.parent]);
  if (forward_[index] != kNoNode) op.set_forward_id(ids_[forward_[index]]);
  if (node.sequence >= 0) op.set_sequence_number(node.sequence);
  if (node.communication_sequence >= 0) op.set_communication_sequence(node.communication_sequence);
  if (node.device.has_value()) op.set_device(*node.device);
  for (const uint32_t source : flow_.SourcesOf(index)) op.add_data_dep_ids(ids_[source]);
  const uint64_t end = node.first_tensor + node.inputs + node.outputs;
  for (uint64_t k = node.first_tensor; k < end; ++k) op.add_storage_ids(flow_.storages[k]);
}

absl::Status Operators::Write(const TakeOperator& take) {
  v1::Operator op;
  for (uint32_t i = 0; i < trace_.nodes.size(); ++i) {
    if (ids_[i] == 0) continue;
    op.Clear();
    Fill(i, op);
    if (absl::Status status = TakeWith(trace_.signatures[trace_.nodes[i].signature], op, take); !status.ok())
      return status;
  }
  return absl::OkStatus();
}

void Operators::Count(ImportReport& report) const {
  for (size_t i = 0; i < trace_.nodes.size(); ++i) {
    if (ids_[i] == 0) {
      ++report.left_out["process_and_thread_nodes"];
      continue;
    }
    const v1::OpSignature& signature = trace_.signatures[trace_.nodes[i].signature];
    ++report.imported[CountName(signature.kind())];
    ++report.missing["operators_without_times"];
    // Up to schema 1.0.1 a group is an address, which says nothing of its members.
    const bool is_transfer = signature.has_communication();
    if (is_transfer && !signature.communication().has_process_group()) ++report.missing["collectives_without_group"];
  }
  if (!flow_.sources.empty()) report.imported["data_dependencies"] = flow_.sources.size();
}

v1::TraceSummary Operators::Summary() const {
  v1::TraceSummary summary;
  uint64_t steps = 0;
  for (const Node& node : trace_.nodes) {
    const bool is_mark = node.kind == NodeKind::kAnnotation;
    if (is_mark && absl::StartsWith(trace_.signatures[node.signature].name(), kStepName)) ++steps;
  }
  if (steps > 0) {
    v1::WorkDone& done = *summary.add_work_done();
    done.set_unit(v1::WORK_UNIT_STEP);
    done.set_count(static_cast<double>(steps));
  }
  return summary;
}

}  // namespace sandglass::collectors::execution_trace
