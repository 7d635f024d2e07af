#include "analyzer/silicon/support.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <tuple>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "analyzer/ops/op_names.h"

namespace sandglass::silicon {
namespace {

using trace::DataType;
using trace::Signature;

bool HasType(const Signature& signature, const std::vector<DataType>& types) {
  const auto any = [&](const std::vector<trace::Tensor>& tensors) {
    return std::any_of(tensors.begin(), tensors.end(), [&](const trace::Tensor& tensor) {
      return std::find(types.begin(), types.end(), tensor.dtype) != types.end();
    });
  };
  return any(signature.inputs) || any(signature.outputs);
}

bool IsWithin(const Signature& signature, const SizeLimit& limit) {
  for (const trace::Tensor& tensor : signature.inputs) {
    if (tensor.position != limit.input || !tensor.shape_known) continue;
    const auto rank = static_cast<int64_t>(tensor.dims.size());
    const int64_t axis = limit.dimension < 0 ? rank + limit.dimension : limit.dimension;
    return axis < 0 || axis >= rank || tensor.dims[static_cast<size_t>(axis)] <= limit.at_most;
  }
  return true;
}

bool IsGeneral(const SupportStatement& statement) {
  return !statement.op_class.has_value() && !statement.molecular_dynamics && statement.names.empty();
}

// An operator's names as statements have them, which speak in ATen's words: its own, and for an operator of another
// framework those of the same operation.
std::vector<std::string> NamesInStatements(const std::string& key) {
  std::vector<std::string> names = {key};
  const ops::TracedName traced = ops::TracedNameOf(key);
  if (traced.name_space == ops::NameSpace::kAten) return names;
  const ops::OpConcept* const found = ops::FindOpConcept(traced.name_space, traced.name);
  if (found == nullptr) return names;
  const std::vector<std::string>& aten = found->names[static_cast<size_t>(ops::NameSpace::kAten)];
  names.insert(names.end(), aten.begin(), aten.end());
  return names;
}

bool Holds(const SupportStatement& statement, const Signature& signature, ops::OpClass op_class,
           const std::vector<std::string>& names) {
  if (statement.op_class.has_value() && *statement.op_class != op_class) return false;
  if (statement.molecular_dynamics && !ops::IsMolecularDynamics(op_class)) return false;
  const auto is_named = [&](const std::string& name) {
    return std::find(statement.names.begin(), statement.names.end(), name) != statement.names.end();
  };
  if (!statement.names.empty() && std::none_of(names.begin(), names.end(), is_named)) return false;
  if (!statement.element_types.empty() && !HasType(signature, statement.element_types)) return false;
  return std::all_of(statement.limits.begin(), statement.limits.end(),
                     [&](const SizeLimit& limit) { return IsWithin(signature, limit); });
}

// Where serving stacks register their operators.
constexpr absl::string_view kServingStacks[] = {"_C::", "_C_cache_ops::", "vllm::", "aiter::"};

bool IsOfServingStack(absl::string_view key) {
  return std::any_of(std::begin(kServingStacks), std::end(kServingStacks),
                     [key](absl::string_view prefix) { return absl::StartsWith(key, prefix); });
}

// Names under which a list of ATen's operators has the operation of a serving stack's. Empty: none; that it is not
// there says nothing, for a port of the stack registers its own.
std::vector<std::string> PortedNamesIn(const OperatorList& list, const std::string& key) {
  const ops::OpConcept* const found = ops::FindOpConcept(ops::NameSpace::kAten, key);
  if (found == nullptr) return {};
  std::vector<std::string> names = found->names[static_cast<size_t>(ops::NameSpace::kAten)];
  names.erase(std::remove_if(names.begin(), names.end(),
                             [&list](const std::string& name) { return !list.names.contains(name); }),
              names.end());
  return names;
}

// An operator's names in the list's name space; empty: the list cannot speak of it.
std::vector<std::string> NamesIn(const OperatorList& list, const std::string& key) {
  const ops::TracedName traced = ops::TracedNameOf(key);
  const bool is_aten = traced.name_space == ops::NameSpace::kAten;
  if (!is_aten && list.name_space == traced.name_space) {
    if (ops::FindOpConcept(traced.name_space, traced.name) == nullptr) return {};
    return {traced.name};
  }
  if (is_aten && list.name_space == ops::NameSpace::kAten) {
    // Operators that users register, and this project's own, are in no published list.
    if (absl::StartsWith(key, "sandglass::")) return {};
    if (IsOfServingStack(key)) return PortedNamesIn(list, key);
    if (absl::StrContains(key, "::") && ops::FindOpConcept(ops::NameSpace::kAten, key) == nullptr) return {};
    return {key};
  }
  const ops::OpConcept* const found = ops::FindOpConcept(traced.name_space, traced.name);
  return found == nullptr ? std::vector<std::string>() : found->names[static_cast<size_t>(list.name_space)];
}

// The best that a list says of an operator; Support::kUnknown: nothing.
OperatorSupport Listed(const OperatorList& list, const std::vector<std::string>& names) {
  OperatorSupport support = {.support = Support::kUnknown, .evidence = list.evidence, .source = list.source};
  for (const std::string& name : names) {
    const auto found = list.names.find(name);
    if (found == list.names.end() || !IsWorse(support.support, found->second)) continue;
    support.support = found->second;
    support.note = name;
  }
  return support;
}

OperatorSupport Absent(const OperatorList& list, const std::vector<std::string>& names) {
  return {.support = list.absent,
          .evidence = Evidence::kAbsentFromList,
          .source = list.source,
          .note = absl::StrCat(absl::StrJoin(names, ", "), " is not in the list. ", list.absent_note)};
}

// What is said so far, and how strongly.
class Weigher {
 public:
  // `specificity`: 0 names the operator, 1 its class.
  void Add(const OperatorSupport& support, int specificity) {
    const auto rank = std::tuple(static_cast<int>(support.evidence), specificity);
    if (best_.has_value() && rank_ <= rank) return;
    best_ = support;
    rank_ = rank;
  }

  const std::optional<OperatorSupport>& best() const { return best_; }

 private:
  std::optional<OperatorSupport> best_;
  std::tuple<int, int> rank_;
};

void AddLists(const Stack& stack, const std::string& key, Weigher& weigher) {
  std::optional<OperatorSupport> absent;
  for (const auto& list : stack.lists) {
    const std::vector<std::string> names = NamesIn(*list, key);
    if (names.empty()) continue;
    const OperatorSupport listed = Listed(*list, names);
    if (listed.support != Support::kUnknown) weigher.Add(listed, 0);
    if (list->absent != Support::kUnknown && !absent.has_value()) absent = Absent(*list, names);
  }
  if (absent.has_value()) weigher.Add(*absent, 0);
}

OperatorSupport AtBest(Support fp64, const Stack& stack, OperatorSupport support) {
  if (!IsWorse(fp64, support.support)) return support;
  return {.support = fp64,
          .evidence = Evidence::kDocumented,
          .source = stack.traits_source,
          .note = "64-bit floating point on this stack"};
}

}  // namespace

bool IsWorse(Support a, Support b) { return static_cast<int>(a) > static_cast<int>(b); }

OperatorSupport SupportOf(const Stack& stack, const Signature& signature, ops::OpClass op_class) {
  const std::string key = ops::OpKey(signature.name);
  const std::vector<std::string> names = NamesInStatements(key);
  Weigher weigher;
  std::optional<OperatorSupport> general;
  for (const SupportStatement& statement : stack.statements) {
    if (!Holds(statement, signature, op_class, names)) continue;
    if (IsGeneral(statement)) {
      if (!general.has_value()) general = statement.support;
    } else {
      weigher.Add(statement.support, statement.names.empty() ? 1 : 0);
    }
  }
  if (!ops::IsMolecularDynamics(op_class)) AddLists(stack, key, weigher);
  OperatorSupport support = weigher.best().has_value() ? *weigher.best() : general.value_or(OperatorSupport());
  static const auto* const kDouble = new std::vector<DataType>{DataType::kFloat64, DataType::kComplex128};
  if (support.support != Support::kUnknown && HasType(signature, *kDouble)) {
    support = AtBest(stack.fp64, stack, std::move(support));
  }
  return support;
}

}  // namespace sandglass::silicon
