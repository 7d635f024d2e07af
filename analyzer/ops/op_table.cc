#include "analyzer/ops/op_table.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "analyzer/ops/aten_words.h"
#include "analyzer/ops/op_names.h"
#include "analyzer/ops/op_rows.h"

namespace sandglass::ops {
namespace {

using Table = absl::flat_hash_map<absl::string_view, OpEntry>;

// It only calls others.
constexpr OpEntry kComposite = {OpClass::kUnknown, Role::kComposite, Formula::kNone, 0};

const Table& Entries() {
  static const Table* const kTable = [] {
    auto* table = new Table();
    for (const OpRow& row : OpRows()) {
      for (const absl::string_view name : absl::StrSplit(row.names, ' ', absl::SkipEmpty())) {
        table->emplace(name, row.entry);
      }
    }
    return table;
  }();
  return *kTable;
}

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
std::optional<OpEntry> ForeignEntry(const TracedName& traced, std::optional<OpClass> stated_class,
                                    const trace::Signature& signature) {
  if (const std::optional<trace::Signature> words = InAtenWords(signature)) {
    return *FindOpEntry(ParseOpName(words->name).key);
  }
  if (traced.name_space == NameSpace::kHlo && IsFreeInstruction(traced.name)) {
    return OpEntry{OpClass::kView, Role::kFree, Formula::kNone, 0};
  }
  const OpConcept* const found = FindOpConcept(traced.name_space, traced.name);
  if (found != nullptr && found->control_flow) return kComposite;
  const OpClass op_class = stated_class.value_or(found == nullptr ? OpClass::kUnknown : found->op_class);
  if (op_class == OpClass::kUnknown || !signature.stated_flop.has_value()) return std::nullopt;
  return OpEntry{op_class, Role::kWork, Formula::kStated, 0};
}

// What the tables say of a name; nullopt: nothing.
std::optional<OpEntry> TableEntry(const TracedName& traced, std::optional<OpClass> stated_class,
                                  const trace::Signature& signature) {
  if (traced.name_space != NameSpace::kAten) return ForeignEntry(traced, stated_class, signature);
  // A kernel's name is its author's: one that is called "add" or "view" need not be what ATen calls so.
  if (signature.kind == trace::Kind::kDeviceKernel) return std::nullopt;
  if (IsCompositeOverload(traced.name, signature)) return kComposite;
  const OpEntry* const entry = FindOpEntry(traced.name);
  return entry == nullptr ? std::nullopt : std::optional(*entry);
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

OpName ParseOpName(absl::string_view name) {
  OpName parsed;
  // Old recordings, and a few of PyTorch's own ranges ("detach_"), leave the namespace out.
  if (!absl::ConsumePrefix(&name, "aten::") && absl::StrContains(name, "::")) {
    parsed.key = std::string(name);
    return parsed;
  }
  name = name.substr(0, name.find('.'));
  // "__and__" ends in two underscores, of which none marks an in-place form; "__iand__" is one by its letter.
  if (absl::StartsWith(name, "__")) {
    parsed.in_place = absl::StartsWith(name, "__i");
  } else if (absl::ConsumeSuffix(&name, "_")) {
    parsed.in_place = true;
  } else if (absl::ConsumeSuffix(&name, "_out")) {
    // "aten::add_out" is how C++ spells "aten::add.out".
  }
  parsed.key = std::string(name);
  return parsed;
}

const OpEntry* FindOpEntry(absl::string_view key) {
  const auto found = Entries().find(key);
  return found == Entries().end() ? nullptr : &found->second;
}

OpEntry EntryFor(const trace::Signature& signature) {
  const OpEntry by_kind = EntryForKind(signature);
  if (by_kind.role != Role::kUnknown || by_kind.op_class != OpClass::kUnknown) return by_kind;
  const std::optional<OpClass> stated_class = OpClassFromName(signature.op_class);
  const TracedName traced = TracedNameOf(signature.name);
  if (std::optional<OpEntry> entry = TableEntry(traced, stated_class, signature)) {
    if (entry->role == Role::kWork && stated_class.has_value()) entry->op_class = *stated_class;
    return *entry;
  }
  if (stated_class.has_value()) return EntryForClass(*stated_class, signature);
  return EntryByRule(traced, signature);
}

}  // namespace sandglass::ops
