#include "collectors/importers/chakra/arguments.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "collectors/importers/chakra/python_text.h"
#include "collectors/importers/format/torch_names.h"
#include "proto/plain_text.h"

namespace sandglass::collectors::chakra {
namespace {

using Kind = PythonValue::Kind;

// Where the parts of a tensor's value stand.
constexpr size_t kStorage = 1;
constexpr size_t kElements = 3;
constexpr size_t kElementBytes = 4;

// "Tensor(float)" is "float".
std::optional<absl::string_view> TensorType(absl::string_view type) {
  if (!absl::ConsumePrefix(&type, "Tensor(") || !absl::ConsumeSuffix(&type, ")")) return std::nullopt;
  return type;
}

// "GenericList[Tensor(float),Int]" is its element types; nullopt: the type is no list.
std::optional<std::vector<absl::string_view>> ListTypes(absl::string_view type) {
  if (!absl::ConsumePrefix(&type, "GenericList[") || !absl::ConsumeSuffix(&type, "]")) return std::nullopt;
  std::vector<absl::string_view> types;
  int depth = 0;
  size_t begin = 0;
  for (size_t i = 0; i <= type.size() && !type.empty(); ++i) {
    if (i < type.size() && (type[i] == '(' || type[i] == '[')) ++depth;
    if (i < type.size() && (type[i] == ')' || type[i] == ']')) --depth;
    if (i < type.size() && (type[i] != ',' || depth != 0)) continue;
    types.push_back(type.substr(begin, i - begin));
    begin = i + 1;
  }
  return types;
}

std::optional<int64_t> IntegerAt(const PythonValue& list, size_t index) {
  if (list.kind != Kind::kList || index >= list.list.size() || list.list[index].kind != Kind::kInteger) {
    return std::nullopt;
  }
  return list.list[index].integer;
}

// Whether all of the list are integers, which are added to `numbers`.
template <typename Numbers>
bool AddIntegers(const PythonValue& list, Numbers& numbers) {
  if (list.kind != Kind::kList) return false;
  for (const PythonValue& value : list.list) {
    if (value.kind != Kind::kInteger) return false;
    numbers.Add(value.integer);
  }
  return true;
}

class Reader {
 public:
  // False: what is said of the argument does not fit together.
  bool Add(uint32_t position, const PythonValue& value, const PythonValue& shape, absl::string_view type) {
    if (const auto tensor = TensorType(type)) return AddTensor(position, value, shape, *tensor, false);
    const auto types = ListTypes(type);
    if (!types.has_value() || types->empty() || !TensorType(types->front()).has_value()) {
      AddAttribute(position, value);
      return true;
    }
    const bool fits = value.kind == Kind::kList && shape.kind == Kind::kList && value.list.size() == types->size() &&
                      shape.list.size() == types->size();
    for (size_t i = 0; fits && i < types->size(); ++i) {
      const auto element = TensorType((*types)[i]);
      if (!element.has_value() || !AddTensor(position, value.list[i], shape.list[i], *element, true)) return false;
    }
    return fits;
  }

  ArgumentList Take() && { return std::move(arguments_); }

 private:
  bool AddTensor(uint32_t position, const PythonValue& value, const PythonValue& shape, absl::string_view type,
                 bool in_list) {
    if (absl::StartsWith(type, "nullptr")) {
      if (!in_list) arguments_.attributes.emplace_back().set_position(position);
      return true;
    }
    v1::Tensor tensor;
    tensor.set_position(position);
    tensor.set_in_list(in_list);
    tensor.set_dtype(ElementType(type));
    tensor.set_shape_source(v1::SHAPE_SOURCE_RECORDED);
    if (!AddIntegers(shape, *tensor.mutable_dims())) return false;
    arguments_.tensors.push_back(std::move(tensor));
    arguments_.storages.push_back(static_cast<uint64_t>(std::max<int64_t>(0, IntegerAt(value, kStorage).value_or(0))));
    int64_t bytes = 0;
    const int64_t elements = IntegerAt(value, kElements).value_or(0);
    if (elements < 0 || __builtin_mul_overflow(elements, IntegerAt(value, kElementBytes).value_or(0), &bytes)) {
      return false;
    }
    return !__builtin_add_overflow(arguments_.elements, elements, &arguments_.elements) &&
           !__builtin_add_overflow(arguments_.bytes, bytes, &arguments_.bytes);
  }

  void AddAttribute(uint32_t position, const PythonValue& value) {
    v1::Attribute& attribute = arguments_.attributes.emplace_back();
    attribute.set_position(position);
    v1::IntegerList integers;
    if (value.kind == Kind::kBoolean) {
      attribute.set_boolean(value.integer != 0);
    } else if (value.kind == Kind::kInteger) {
      attribute.set_integer(value.integer);
    } else if (value.kind == Kind::kReal) {
      attribute.set_real(value.real);
    } else if (value.kind == Kind::kText && value.text != "<None>") {
      attribute.set_text(PlainText(value.text));
    } else if (AddIntegers(value, *integers.mutable_values())) {
      *attribute.mutable_integers() = std::move(integers);
    } else if (value.kind == Kind::kList) {
      attribute.set_text(PlainText(PrintPython(value)));
    }
  }

  ArgumentList arguments_;
};

}  // namespace

std::optional<ArgumentList> ReadArguments(const chakra_et::Arguments& arguments) {
  if (arguments.values().empty() && arguments.shapes().empty() && arguments.types().empty()) return ArgumentList();
  const std::optional<PythonValue> values = ParsePython(arguments.values());
  const std::optional<PythonValue> shapes = ParsePython(arguments.shapes());
  const std::optional<PythonValue> types = ParsePython(arguments.types());
  for (const auto* list : {&values, &shapes, &types}) {
    if (!list->has_value() || (*list)->kind != Kind::kList) return std::nullopt;
  }
  const size_t count = types->list.size();
  if (values->list.size() != count || shapes->list.size() != count) return std::nullopt;
  Reader reader;
  for (size_t i = 0; i < count; ++i) {
    if (types->list[i].kind != Kind::kText) return std::nullopt;
    if (!reader.Add(static_cast<uint32_t>(i), values->list[i], shapes->list[i], types->list[i].text)) {
      return std::nullopt;
    }
  }
  return std::move(reader).Take();
}

}  // namespace sandglass::collectors::chakra
