#include "analyzer/export/node_plan.h"

#include "analyzer/ops/work.h"
#include "analyzer/replay/precision.h"
#include "analyzer/replay/work_list.h"

namespace sandglass::chakra_export {
namespace {

using trace::Kind;

constexpr uint32_t kNone = trace::Operator::kNoParent;

bool IsTransfer(Kind kind) { return kind == Kind::kCollective || kind == Kind::kPointToPoint; }

// Of each operator, the nearest of itself and its callers that is marked; kNone: none is.
std::vector<uint32_t> NearestMarked(const trace::Trace& trace, const std::vector<bool>& marked) {
  std::vector<uint32_t> nearest(trace.operators.size(), kNone);
  std::vector<bool> is_known(marked);
  for (uint32_t i = 0; i < marked.size(); ++i) {
    if (marked[i]) nearest[i] = i;
  }
  std::vector<uint32_t> chain;
  for (uint32_t i = 0; i < trace.operators.size(); ++i) {
    uint32_t at = i;
    // Chains may be long, and parents may come later. A cycle, which no honest trace has, ends where it began.
    for (; at != kNone && !is_known[at]; at = trace.operators[at].parent) {
      is_known[at] = true;
      chain.push_back(at);
    }
    const uint32_t found = at == kNone ? kNone : nearest[at];
    for (; !chain.empty(); chain.pop_back()) nearest[chain.back()] = found;
  }
  return nearest;
}

NodeKind TransferKind(const trace::Signature& signature) {
  if (signature.kind == Kind::kCollective) return NodeKind::kCollective;
  const auto type =
      signature.communication.has_value() ? signature.communication->type : trace::TransferType::kUnspecified;
  // A transfer of no direction that is known is the device's all the same.
  return type == trace::TransferType::kSend      ? NodeKind::kSend
         : type == trace::TransferType::kReceive ? NodeKind::kReceive
                                                 : NodeKind::kComputation;
}

class Planner {
 public:
  Planner(const trace::Trace& trace, const std::vector<bool>& on_device)
      : trace_(trace),
        on_device_(on_device),
        list_(replay::ListWork(trace, replay::Precision::kSource)),
        costed_(trace.operators.size()),
        plans_(trace.operators.size()) {
    for (const uint32_t index : list_.costed) costed_[index] = true;
    for (const trace::Operator& op : trace.operators) has_device_work_ |= trace::IsDeviceWork(SignatureOf(op).kind);
    owners_ = NearestMarked(trace, costed_);
    holds_device_work_ = HoldersOfDeviceWork();
  }

  std::vector<NodePlan> Plan() && {
    for (uint32_t i = 0; i < plans_.size(); ++i) plans_[i] = PlanOf(i);
    for (uint32_t i = 0; i < plans_.size(); ++i) {
      if (IsPartOfNode(i)) plans_[i].kind = NodeKind::kMetadata;
    }
    MoveTransfers();
    PlaceWork();
    return std::move(plans_);
  }

 private:
  const trace::Signature& SignatureOf(const trace::Operator& op) const { return trace_.signatures[op.signature]; }
  Kind KindOf(uint32_t index) const { return SignatureOf(trace_.operators[index]).kind; }

  NodePlan PlanOf(uint32_t index) const {
    const trace::Operator& op = trace_.operators[index];
    NodePlan plan;
    switch (SignatureOf(op).kind) {
      case Kind::kAnnotation:
        plan.kind = NodeKind::kMetadata;
        break;
      case Kind::kCollective:
      case Kind::kPointToPoint:
        plan.kind = TransferKind(SignatureOf(op));
        plan.on_host = false;
        plan.transfer_of = index;
        break;
      case Kind::kDeviceKernel:
      case Kind::kMemcpy:
        plan.on_host = false;
        break;
      case Kind::kMemory:
        plan.on_host = op.launcher == kNone && !on_device_[index];
        break;
      default:
        plan.on_host = !on_device_[index] && (has_device_work_ || !costed_[index]);
        // Its time is that of what it holds.
        if (!plan.on_host && holds_device_work_[index]) plan.kind = NodeKind::kMetadata;
    }
    return plan;
  }

  // Which operators launched a device's work, or called what did, or called operators that a device itself ran. What
  // owns such an operator does its work, and holds none.
  std::vector<bool> HoldersOfDeviceWork() const {
    std::vector<bool> holds(plans_.size());
    const auto mark = [&](uint32_t from) {
      for (uint32_t at = from; at != kNone && !holds[at]; at = trace_.operators[at].parent) holds[at] = true;
    };
    for (uint32_t i = 0; i < plans_.size(); ++i) {
      const trace::Operator& op = trace_.operators[i];
      if (op.launcher != kNone) mark(op.launcher);
      const bool is_part = owners_[i] != kNone && owners_[i] != i;
      if (op.parent != kNone && on_device_[i] && !is_part) mark(op.parent);
    }
    return holds;
  }

  // Whether its time is that of the device's computation which owns it.
  bool IsPartOfNode(uint32_t index) const {
    const uint32_t owner = owners_[index];
    if (owner == kNone || owner == index || IsTransfer(KindOf(index)) || trace::IsDeviceWork(KindOf(index))) {
      return false;
    }
    return trace_.operators[index].launcher == kNone && !plans_[owner].on_host &&
           plans_[owner].kind == NodeKind::kComputation;
  }

  // What a transfer launched is the transfer: the first of its kernels, or else of its copies.
  void MoveTransfers() {
    std::vector<bool> transfers(plans_.size());
    for (uint32_t i = 0; i < plans_.size(); ++i) transfers[i] = IsTransfer(KindOf(i));
    const std::vector<uint32_t> nearest = NearestMarked(trace_, transfers);
    for (const bool kernels : {true, false}) {
      for (uint32_t i = 0; i < plans_.size(); ++i) {
        const uint32_t launcher = trace_.operators[i].launcher;
        const uint32_t transfer = launcher == kNone ? kNone : nearest[launcher];
        if (transfer == kNone || transfer == i || plans_[transfer].transfer_of != transfer) continue;
        if ((KindOf(i) == Kind::kDeviceKernel) != kernels) continue;
        plans_[i].kind = plans_[transfer].kind;
        plans_[i].transfer_of = transfer;
        plans_[transfer] = NodePlan();
      }
    }
  }

  void PlaceWork() {
    std::vector<std::vector<uint32_t>> launched(plans_.size());
    for (uint32_t i = 0; i < plans_.size(); ++i) {
      const uint32_t launcher = trace_.operators[i].launcher;
      if (launcher != kNone && owners_[launcher] != kNone) launched[owners_[launcher]].push_back(i);
    }
    for (uint32_t i = 0; i < plans_.size(); ++i) {
      if (costed_[i]) {
        PlaceWorkOf(i, launched[i]);
      } else if (owners_[i] == kNone && trace_.operators[i].launcher == kNone) {
        PlaceStated(i);
      }
    }
  }

  void PlaceWorkOf(uint32_t index, const std::vector<uint32_t>& launched) {
    const trace::Operator& op = trace_.operators[index];
    const ops::Work& work = *list_.work[op.signature];
    // It moves what it moves, and computes nothing.
    if (work.transfer.has_value()) return;
    const auto times = static_cast<double>(op.occurrences);
    const NodeWork whole = {(work.matrix + work.vector).value() * times, (work.read + work.written).value() * times};
    if (launched.empty()) {
      plans_[index].work = whole;
      return;
    }
    double total = 0;
    bool all_known = true;
    for (const uint32_t kernel : launched) {
      const int64_t duration_ps = trace_.operators[kernel].duration_ps.value_or(0);
      all_known &= duration_ps > 0;
      total += static_cast<double>(duration_ps);
    }
    for (const uint32_t kernel : launched) {
      const double share = all_known ? static_cast<double>(*trace_.operators[kernel].duration_ps) / total
                                     : 1 / static_cast<double>(launched.size());
      plans_[kernel].work = NodeWork{whole.flop * share, whole.bytes * share};
    }
  }

  // Of what the analyzer has no formula for, the producer's figures.
  void PlaceStated(uint32_t index) {
    const trace::Operator& op = trace_.operators[index];
    const trace::Signature& signature = SignatureOf(op);
    const bool has_bytes = signature.stated_read_bytes.has_value() || signature.stated_written_bytes.has_value();
    if (!signature.stated_flop.has_value() || !has_bytes || plans_[index].kind != NodeKind::kComputation) return;
    const auto times = static_cast<double>(op.occurrences);
    const double bytes = signature.stated_read_bytes.value_or(0) + signature.stated_written_bytes.value_or(0);
    plans_[index].work = NodeWork{*signature.stated_flop * times, bytes * times};
  }

  const trace::Trace& trace_;
  const std::vector<bool>& on_device_;
  const replay::WorkList list_;
  std::vector<bool> costed_;
  std::vector<NodePlan> plans_;
  // Of each operator, which of itself and its callers is costed.
  std::vector<uint32_t> owners_;
  std::vector<bool> holds_device_work_;
  bool has_device_work_ = false;
};

}  // namespace

std::vector<NodePlan> PlanNodes(const trace::Trace& trace, const std::vector<bool>& on_device) {
  return Planner(trace, on_device).Plan();
}

}  // namespace sandglass::chakra_export
