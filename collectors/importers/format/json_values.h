// Values out of parsed JSON, whatever way their writer wrote them.
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_FORMAT_JSON_VALUES_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_FORMAT_JSON_VALUES_H_

#include <simdjson.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/string_view.h"

namespace sandglass::collectors {

// What may not be there.
using Json = std::optional<simdjson::dom::element>;

// The text of a string; empty: it is none.
inline absl::string_view TextOf(const simdjson::dom::element& json) {
  std::string_view text;
  return json.get(text) == simdjson::SUCCESS ? absl::string_view(text.data(), text.size()) : absl::string_view();
}

inline absl::string_view TextOf(const Json& json) { return json.has_value() ? TextOf(*json) : absl::string_view(); }

// A number of this type, not in quotes; nullopt: it is none, or does not fit.
template <typename Number>
std::optional<Number> NumberOf(const Json& json) {
  Number number = 0;
  if (!json.has_value() || json->get(number) != simdjson::SUCCESS) return std::nullopt;
  return number;
}

// A whole number that is below zero for none; -1: it is none, or does not fit.
inline int64_t SignedOf(const Json& json) { return NumberOf<int64_t>(json).value_or(-1); }

// A whole number, also one in quotes; nullopt: it is none.
inline std::optional<int64_t> IntegerOf(const simdjson::dom::element& json) {
  int64_t number = 0;
  if (json.get(number) == simdjson::SUCCESS) return number;
  if (absl::SimpleAtoi(TextOf(json), &number)) return number;
  return std::nullopt;
}

// The member's value; nullopt: there is none of that name, or it is no object's.
inline Json MemberOf(const simdjson::dom::element& json, const char* name) {
  simdjson::dom::element value;
  return json[name].get(value) == simdjson::SUCCESS ? Json(value) : Json();
}

// The entries of a list; empty, if it is none.
inline std::vector<simdjson::dom::element> EntriesOf(const Json& list) {
  simdjson::dom::array entries;
  if (!list.has_value() || list->get(entries) != simdjson::SUCCESS) return {};
  return {entries.begin(), entries.end()};
}

inline Json At(const std::vector<simdjson::dom::element>& list, size_t index) {
  return index < list.size() ? Json(list[index]) : Json();
}

// Whether the list holds whole numbers only, which are added to `numbers`.
template <typename Numbers>
bool AddNumbers(const Json& list, Numbers& numbers) {
  simdjson::dom::array values;
  if (!list.has_value() || list->get(values) != simdjson::SUCCESS) return false;
  for (const simdjson::dom::element value : values) {
    int64_t number = 0;
    if (value.get(number) != simdjson::SUCCESS) return false;
    numbers.Add(number);
  }
  return true;
}

// Gives a tensor (of trace.proto) its sizes, and its strides where each size has one and none is negative: those walk
// backwards, which the format does not have. False: the sizes are no numbers, and it gets neither.
template <typename Tensor>
bool AddShape(const Json& dims, const Json& strides, Tensor& tensor) {
  if (!AddNumbers(dims, *tensor.mutable_dims())) {
    tensor.clear_dims();
    return false;
  }
  bool fits = AddNumbers(strides, *tensor.mutable_strides()) && tensor.strides_size() == tensor.dims_size();
  for (const int64_t stride : tensor.strides()) fits &= stride >= 0;
  if (!fits) tensor.clear_strides();
  return true;
}

}  // namespace sandglass::collectors

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_FORMAT_JSON_VALUES_H_
