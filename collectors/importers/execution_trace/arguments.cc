#include "collectors/importers/execution_trace/arguments.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/strip.h"
#include "collectors/importers/format/torch_names.h"
#include "proto/trace_validator.h"

namespace sandglass::collectors::execution_trace {
namespace {

using simdjson::dom::array;
using simdjson::dom::element;

// Which the writer ends its lists at.
constexpr size_t kWritersMostEntries = 4096;

// "Tensor(float)" is one, and "GenericList[None,Tensor(float)]" holds one.
bool HoldsTensors(absl::string_view type) { return absl::StrContains(type, "Tensor("); }

uint64_t NumberAt(const std::vector<element>& list, size_t index) {
  return NumberOf<uint64_t>(At(list, index)).value_or(0);
}

// Whether tensors of these sizes have so many elements.
bool HasElements(const google::protobuf::RepeatedField<int64_t>& dims, uint64_t elements) {
  uint64_t product = 1;
  for (const int64_t dim : dims) {
    if (dim < 0 || __builtin_mul_overflow(product, static_cast<uint64_t>(dim), &product)) return false;
  }
  return product == elements;
}

class Reader {
 public:
  explicit Reader(Arguments& read) : read_(read) {}

  // What is common to the tensors of one argument.
  struct Place {
    uint32_t position = 0;
    bool in_list = false;
    bool is_written = false;
  };

  // As deep as the JSON, which is bounded (json_pieces.h).
  void AddTensors(absl::string_view type, const Json& value, const Json& shape, const Json& strides, Place place) {
    if (absl::ConsumePrefix(&type, "Tensor(")) {
      absl::ConsumeSuffix(&type, ")");
      AddTensor(type, value, shape, strides, place);
      return;
    }
    const std::vector<absl::string_view> types = PartsOfType(type);
    const std::vector<element> values = EntriesOf(value);
    const std::vector<element> shapes = EntriesOf(shape);
    const std::vector<element> distances = EntriesOf(strides);
    if (values.size() >= kWritersMostEntries) ++read_.cut;
    place.in_list = true;
    for (size_t i = 0; i < std::min(types.size(), values.size()); ++i) {
      if (HoldsTensors(types[i])) AddTensors(types[i], values[i], At(shapes, i), At(distances, i), place);
    }
  }

  void AddAttribute(uint32_t position, const element& value, const std::string& name) {
    v1::Attribute attribute;
    attribute.set_position(position);
    attribute.set_name(name);
    if (ReadValue(value, attribute)) *read_.attributes.Add() = std::move(attribute);
  }

 private:
  void AddTensor(absl::string_view element_type, const Json& value, const Json& shape, const Json& strides,
                 const Place& place) {
    const std::vector<element> identity = EntriesOf(value);
    const uint64_t elements = NumberAt(identity, 3);
    const absl::string_view device = TextOf(At(identity, 5));
    // A tensor that was never given anything: None, to all that follows.
    if (absl::StrContains(element_type, "nullptr") || identity.size() < 5) {
      if (identity.size() < 5) ++read_.not_understood;
      read_.attributes.Add()->set_position(place.position);
      return;
    }
    v1::Tensor& tensor = *read_.tensors.Add();
    tensor.set_position(place.position);
    tensor.set_in_list(place.in_list);
    const v1::DataType known = ElementType(element_type);
    tensor.set_dtype(known == v1::DATA_TYPE_UNSPECIFIED ? v1::DATA_TYPE_OTHER : known);
    AddKnownShape(elements, shape, strides, tensor);
    // Storages without memory share the address that is none.
    const uint64_t storage = elements == 0 || device == kShapesDevice ? 0 : NumberAt(identity, 1);
    read_.identities.push_back(
        {.tensor = NumberAt(identity, 0), .storage = storage, .is_written = place.is_written && storage != 0});
    if (read_.device.empty() || (read_.device == kHostDevice && !device.empty())) read_.device = device;
  }

  void AddKnownShape(uint64_t elements, const Json& shape, const Json& strides, v1::Tensor& tensor) {
    // Sizes that are symbols are written as those of a scalar, which would have an element.
    if (!AddShape(shape, strides, tensor) || !HasElements(tensor.dims(), elements)) {
      tensor.clear_dims();
      tensor.clear_strides();
      ++read_.without_shape;
      return;
    }
    tensor.set_shape_source(v1::SHAPE_SOURCE_RECORDED);
  }

  // False: it says nothing ("<Object>"), or is of no kind that is known, which is counted.
  bool ReadValue(const element& value, v1::Attribute& attribute) {
    int64_t integer = 0;
    double real = 0;
    bool boolean = false;
    array list;
    if (value.get(integer) == simdjson::SUCCESS) {
      attribute.set_integer(integer);
    } else if (value.get(real) == simdjson::SUCCESS) {
      attribute.set_real(real);
    } else if (value.get(boolean) == simdjson::SUCCESS) {
      attribute.set_boolean(boolean);
    } else if (value.is_string()) {
      return ReadText(TextOf(value), attribute);
    } else if (value.get(list) == simdjson::SUCCESS) {
      return ReadList(value, list, attribute);
    } else {
      ++read_.not_understood;
      return false;
    }
    return true;
  }

  bool ReadText(absl::string_view text, v1::Attribute& attribute) {
    if (text == "<None>") return true;
    if (absl::StartsWith(text, "<") && absl::EndsWith(text, ">")) return false;
    double real = 0;
    // JSON has no word for numbers that are none.
    if ((absl::EndsWith(text, "inf") || absl::EndsWith(text, "nan")) && absl::SimpleAtod(text, &real)) {
      attribute.set_real(real);
      return true;
    }
    if (text.size() > kMaxTextBytes) {
      ++read_.not_understood;
      return false;
    }
    attribute.set_text(std::string(text));
    return true;
  }

  bool ReadList(const element& value, const array& list, v1::Attribute& attribute) {
    if (list.size() >= kWritersMostEntries) ++read_.cut;
    if (list.size() <= static_cast<size_t>(kMaxListEntries) &&
        AddNumbers(value, *attribute.mutable_integers()->mutable_values())) {
      return true;
    }
    const std::string text = simdjson::minify(value);
    if (text.size() > kMaxTextBytes) {
      ++read_.not_understood;
      return false;
    }
    attribute.set_text(text);
    return true;
  }

  Arguments& read_;
};

}  // namespace

Arguments ReadArgumentLists(const ArgumentLists& lists, const std::vector<OpArgument>& schema) {
  static const OpArgument& kUnknown = *new OpArgument();
  Arguments read;
  Reader reader(read);
  const std::vector<element> values = EntriesOf(lists.values);
  const std::vector<element> shapes = EntriesOf(lists.shapes);
  const std::vector<element> types = EntriesOf(lists.types);
  const std::vector<element> strides = EntriesOf(lists.strides);
  if (types.size() != values.size() || shapes.size() != values.size()) ++read.not_understood;
  for (size_t i = 0; i < values.size(); ++i) {
    const auto position = static_cast<uint32_t>(i);
    const OpArgument& argument = i < schema.size() ? schema[i] : kUnknown;
    const absl::string_view type = TextOf(At(types, i));
    if (HoldsTensors(type)) {
      reader.AddTensors(type, values[i], At(shapes, i), At(strides, i),
                        {.position = position, .in_list = false, .is_written = argument.is_written});
    } else {
      reader.AddAttribute(position, values[i], argument.name);
    }
  }
  return read;
}

}  // namespace sandglass::collectors::execution_trace
