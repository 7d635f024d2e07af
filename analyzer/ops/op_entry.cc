#include "analyzer/ops/op_entry.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "analyzer/ops/aten_words.h"
#include "analyzer/ops/op_names.h"

namespace sandglass::ops {
namespace {

// It only calls others.
constexpr OpEntry kComposite = {OpClass::kUnknown, Role::kComposite, Formula::kNone, 0};

// PyTorch's own autograd nodes: "AddmmBackward0", "struct torch::autograd::AccumulateGrad",
// "autograd::engine::evaluate_function: MulBackward0". Their digit tells them from users' functions ("FlashBackward"),
// whose kernels nobody records.
bool IsAutogradNode(absl::string_view name) {
  if (absl::StartsWith(name, "autograd::") || absl::StrContains(name, "torch::autograd::AccumulateGrad") ||
      absl::StrContains(name, "torch::autograd::GraphRoot")) {
    return true;
  }
  const size_t backward = name.rfind("Backward");
  if (backward == absl::string_view::npos || absl::StrContains(name, ' ')) return false;
  const absl::string_view digits = name.substr(backward + 8);
  return !digits.empty() && digits.find_first_not_of("0123456789") == absl::string_view::npos;
}

// "aten::max" of two tensors is an elementwise form that calls "aten::maximum"; "aten::where" of a lone condition calls
// "aten::nonzero".
bool IsCompositeOverload(absl::string_view key, const trace::Signature& signature) {
  if (key == "where") return signature.inputs.size() == 1;
  if (key != "max" && key != "min") return false;
  const bool out_form = absl::StrContains(signature.op_schema, "out(");
  return !out_form && signature.inputs.size() == 2;
}

// XLA's instructions that only name what others computed. Reshapes and transposes may copy, and are not among them.
bool IsFreeInstruction(absl::string_view name) {
  static constexpr absl::string_view kFree[] = {"bitcast",   "bitcast_convert", "constant", "get_tuple_element",
                                                "parameter", "tuple",           "after_all"};
  return std::find(std::begin(kFree), std::end(kFree), name) != std::end(kFree);
}

bool StatesAllFigures(const trace::Signature& signature) {
  return signature.stated_flop.has_value() && signature.stated_read_bytes.has_value() &&
         signature.stated_written_bytes.has_value();
}

// What the kind alone says; role kUnknown: look further.
OpEntry EntryForKind(const trace::Signature& signature) {
  switch (signature.kind) {
    case trace::Kind::kAnnotation:
      return kComposite;
    case trace::Kind::kMemory:
      return {OpClass::kAllocation, Role::kFree, Formula::kNone, 0};
    case trace::Kind::kCollective:
      return {OpClass::kCollective, Role::kWork, Formula::kTransfer, 0};
    case trace::Kind::kPointToPoint:
      return {OpClass::kPointToPoint, Role::kWork, Formula::kTransfer, 0};
    case trace::Kind::kMemcpy:
      if (StatesAllFigures(signature)) return {OpClass::kCopy, Role::kWork, Formula::kStated, 0};
      return {OpClass::kCopy, Role::kUnknown, Formula::kNone, 0};
    case trace::Kind::kUnspecified:
    case trace::Kind::kHostOp:
    case trace::Kind::kDeviceKernel:
    case trace::Kind::kMdPhase:
      return {};
  }
  return {};
}

// What the producer's own class says of a name that the table does not have.
OpEntry EntryForClass(OpClass op_class, const trace::Signature& signature) {
  if (op_class == OpClass::kView || op_class == OpClass::kAllocation) return {op_class, Role::kFree, Formula::kNone, 0};
  if (IsMolecularDynamics(op_class)) return {op_class, Role::kWork, Formula::kMdPhase, 0};
  if (StatesAllFigures(signature)) return {op_class, Role::kWork, Formula::kStated, 0};
  return {op_class, Role::kUnknown, Formula::kNone, 0};
}

// An operator of ONNX or HLO: by the row of the operator of ATen that does the same, or by the figures that the
// producer states of an operation whose class is known; bytes, where they are not stated, follow from shapes.
std::optional<FoundEntry> ForeignEntry(const TracedName& traced, std::optional<OpClass> stated_class,
                                       const trace::Signature& signature) {
  if (std::optional<AtenWords> words = InAtenWords(traced, signature)) {
    return FoundEntry{words->entry, std::move(words->signature)};
  }
  if (traced.name_space == NameSpace::kHlo && IsFreeInstruction(traced.name)) {
    return FoundEntry{{OpClass::kView, Role::kFree, Formula::kNone, 0}};
  }
  const OpConcept* const found = FindOpConcept(traced.name_space, traced.name);
  if (found != nullptr && found->control_flow) return FoundEntry{kComposite};
  const OpClass op_class = stated_class.value_or(found == nullptr ? OpClass::kUnknown : found->op_class);
  if (op_class == OpClass::kUnknown || !signature.stated_flop.has_value()) return std::nullopt;
  return FoundEntry{{op_class, Role::kWork, Formula::kStated, 0}};
}

// What the tables say of a name; nullopt: nothing.
std::optional<FoundEntry> TableEntry(const TracedName& traced, std::optional<OpClass> stated_class,
                                     const trace::Signature& signature) {
  if (traced.name_space != NameSpace::kAten) return ForeignEntry(traced, stated_class, signature);
  // A kernel's name is its author's: one that is called "add" or "view" need not be what ATen calls so.
  if (signature.kind == trace::Kind::kDeviceKernel) return std::nullopt;
  if (IsCompositeOverload(traced.name, signature)) return FoundEntry{kComposite};
  const OpEntry* const entry = FindOpEntry(traced.name);
  return entry == nullptr ? std::nullopt : std::optional(FoundEntry{*entry});
}

// What is left to say of a name that the tables do not have.
OpEntry EntryByRule(const TracedName& traced, const trace::Signature& signature) {
  if (traced.name_space != NameSpace::kAten) {
    const OpConcept* const found = FindOpConcept(traced.name_space, traced.name);
    return {found == nullptr ? OpClass::kUnknown : found->op_class, Role::kUnknown, Formula::kNone, 0};
  }
  if (signature.kind == trace::Kind::kDeviceKernel) return {};
  if (IsAutogradNode(signature.name)) return kComposite;
  if (absl::StartsWith(signature.name, "c10d::") || signature.name == "record_param_comms") {
    return {OpClass::kCollective, Role::kUnknown, Formula::kNone, 0};
  }
  return {};
}

}  // namespace

FoundEntry EntryFor(const trace::Signature& signature) {
  const OpEntry by_kind = EntryForKind(signature);
  if (by_kind.role != Role::kUnknown || by_kind.op_class != OpClass::kUnknown) return {by_kind};
  const std::optional<OpClass> stated_class = OpClassFromName(signature.op_class);
  const TracedName traced = TracedNameOf(signature.name);
  if (std::optional<FoundEntry> found = TableEntry(traced, stated_class, signature)) {
    if (found->entry.role == Role::kWork && stated_class.has_value()) found->entry.op_class = *stated_class;
    return *std::move(found);
  }
  if (stated_class.has_value()) return {EntryForClass(*stated_class, signature)};
  return {EntryByRule(traced, signature)};
}

}  // namespace sandglass::ops
