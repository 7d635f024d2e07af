// Values out of parsed JSON, whatever way their writer wrote them.
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_FORMAT_JSON_VALUES_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_FORMAT_JSON_VALUES_H_

#include <simdjson.h>

#include <cstdint>
#include <optional>

#include "absl/strings/numbers.h"
#include "absl/strings/string_view.h"

namespace sandglass::collectors {

// The text of a string; empty: it is none.
inline absl::string_view TextOf(const simdjson::dom::element& json) {
  std::string_view text;
  return json.get(text) == simdjson::SUCCESS ? absl::string_view(text.data(), text.size()) : absl::string_view();
}

// A whole number, also one in quotes; nullopt: it is none.
inline std::optional<int64_t> IntegerOf(const simdjson::dom::element& json) {
  int64_t number = 0;
  if (json.get(number) == simdjson::SUCCESS) return number;
  if (absl::SimpleAtoi(TextOf(json), &number)) return number;
  return std::nullopt;
}

// Whether the list holds whole numbers only, which are added to `numbers`.
template <typename Numbers>
bool AddNumbers(const std::optional<simdjson::dom::element>& list, Numbers& numbers) {
  simdjson::dom::array values;
  if (!list.has_value() || list->get(values) != simdjson::SUCCESS) return false;
  for (const simdjson::dom::element value : values) {
    int64_t number = 0;
    if (value.get(number) != simdjson::SUCCESS) return false;
    numbers.Add(number);
  }
  return true;
}

}  // namespace sandglass::collectors

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_FORMAT_JSON_VALUES_H_
