#include "collectors/importers/chakra/attributes.h"

#include <limits>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"

namespace sandglass::collectors::chakra {
namespace {

using chakra_et::Attribute;

std::optional<int64_t> Narrow(uint64_t value) {
  if (value > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) return std::nullopt;
  return static_cast<int64_t>(value);
}

template <typename List>
std::string Joined(const List& list) {
  return absl::StrCat("[", absl::StrJoin(list.values(), ", "), "]");
}

// The value as protobuf prints it, without what else the attribute says.
std::string ValueInWords(Attribute attribute) {
  attribute.clear_name();
  attribute.clear_doc();
  return attribute.ShortDebugString();
}

struct NumberField {
  absl::string_view name;
  std::optional<int64_t> NodeAttributes::*field;
  // Whether a negative one means something.
  bool is_signed;
};

constexpr NumberField kNumbers[] = {
    {"num_ops", &NodeAttributes::num_ops, false},
    {"tensor_size", &NodeAttributes::tensor_size, false},
    {"comm_type", &NodeAttributes::comm_type, false},
    {"comm_size", &NodeAttributes::comm_size, false},
    {"comm_src", &NodeAttributes::comm_src, false},
    {"comm_dst", &NodeAttributes::comm_dst, false},
    {"rf_id", &NodeAttributes::rf_id, true},
    {"seq_id", &NodeAttributes::seq_id, true},
    {"tid", &NodeAttributes::tid, true},
    {"stream", &NodeAttributes::stream, true},
};

struct TextField {
  absl::string_view name;
  std::string NodeAttributes::*field;
};

constexpr TextField kTexts[] = {
    {"pg_name", &NodeAttributes::pg_name},
    {"op_schema", &NodeAttributes::op_schema},
    {"sandglass_kind", &NodeAttributes::sandglass_kind},
};

// Numbers of PyTorch's recorder that are of its own bookkeeping.
constexpr absl::string_view kBookkeeping[] = {"fw_parent", "fw_tid", "scope"};

// Whether the attribute is one of those, whose value was taken if it is of a type that it may have.
bool TakeNumber(const Attribute& attribute, NodeAttributes& node) {
  for (const NumberField& number : kNumbers) {
    if (attribute.name() != number.name) continue;
    const std::optional<int64_t> value = IntegerOf(attribute);
    if (value.has_value() && (*value >= 0 || number.is_signed)) {
      node.*number.field = value;
    } else {
      ++node.not_understood;
    }
    return true;
  }
  return false;
}

// A truth value, or the number that stands for one, as Chakra's own converter has it.
std::optional<bool> TruthOf(const Attribute& attribute) {
  if (attribute.has_bool_val()) return attribute.bool_val();
  const std::optional<int64_t> number = IntegerOf(attribute);
  if (number == 0 || number == 1) return number == 1;
  return std::nullopt;
}

bool TakeText(const Attribute& attribute, NodeAttributes& node) {
  for (const TextField& text : kTexts) {
    if (attribute.name() != text.name) continue;
    if (attribute.has_string_val()) {
      node.*text.field = attribute.string_val();
    } else {
      ++node.not_understood;
    }
    return true;
  }
  return false;
}

}  // namespace

std::optional<int64_t> IntegerOf(const Attribute& attribute) {
  switch (attribute.value_case()) {
    case Attribute::kInt32Val:
      return attribute.int32_val();
    case Attribute::kInt64Val:
      return attribute.int64_val();
    case Attribute::kUint32Val:
      return attribute.uint32_val();
    case Attribute::kUint64Val:
      return Narrow(attribute.uint64_val());
    case Attribute::kSint32Val:
      return attribute.sint32_val();
    case Attribute::kSint64Val:
      return attribute.sint64_val();
    case Attribute::kFixed32Val:
      return attribute.fixed32_val();
    case Attribute::kFixed64Val:
      return Narrow(attribute.fixed64_val());
    case Attribute::kSfixed32Val:
      return attribute.sfixed32_val();
    case Attribute::kSfixed64Val:
      return attribute.sfixed64_val();
    default:
      return std::nullopt;
  }
}

std::string TextOf(const Attribute& attribute) {
  if (const std::optional<int64_t> integer = IntegerOf(attribute)) return absl::StrCat(*integer);
  switch (attribute.value_case()) {
    case Attribute::kUint64Val:
      return absl::StrCat(attribute.uint64_val());
    case Attribute::kFixed64Val:
      return absl::StrCat(attribute.fixed64_val());
    case Attribute::kDoubleVal:
      return absl::StrCat(attribute.double_val());
    case Attribute::kFloatVal:
      return absl::StrCat(attribute.float_val());
    case Attribute::kBoolVal:
      return attribute.bool_val() ? "true" : "false";
    case Attribute::kStringVal:
      return attribute.string_val();
    case Attribute::kBytesVal:
      return attribute.bytes_val();
    case Attribute::kBoolList:
      return Joined(attribute.bool_list());
    case Attribute::kInt32List:
      return Joined(attribute.int32_list());
    case Attribute::kInt64List:
      return Joined(attribute.int64_list());
    case Attribute::kUint32List:
      return Joined(attribute.uint32_list());
    case Attribute::kUint64List:
      return Joined(attribute.uint64_list());
    case Attribute::kDoubleList:
      return Joined(attribute.double_list());
    case Attribute::kStringList:
      return Joined(attribute.string_list());
    default:
      // Nobody is known to write the others.
      return ValueInWords(attribute);
  }
}

NodeAttributes ReadAttributes(const AttributeList& attributes) {
  NodeAttributes node;
  for (const Attribute& attribute : attributes) {
    if (attribute.name() == "is_cpu_op") {
      if (const std::optional<bool> truth = TruthOf(attribute)) {
        node.is_cpu_op = truth;
      } else {
        ++node.not_understood;
      }
      continue;
    }
    if (TakeNumber(attribute, node) || TakeText(attribute, node)) continue;
    bool left_out = false;
    for (const absl::string_view name : kBookkeeping) left_out |= attribute.name() == name;
    if (!left_out) node.others.emplace_back(attribute.name(), TextOf(attribute));
  }
  return node;
}

}  // namespace sandglass::collectors::chakra
