// Values out of JSON that is parsed while it is read (simdjson's On-Demand), whatever way their writer wrote them.
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_FORMAT_JSON_READING_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_FORMAT_JSON_READING_H_

#include <simdjson.h>

#include <cstdint>
#include <optional>

#include "absl/strings/numbers.h"
#include "absl/strings/string_view.h"
#include "collectors/importers/format/json_pieces.h"

namespace sandglass::collectors {

// Reads values, each once, and remembers whether one of them was no JSON. Texts live as long as the document that they
// are of.
class JsonReading {
 public:
  // Whether all that was asked for was sound so far.
  bool is_sound() const { return is_sound_; }

  // Goes through the fields of an object: `take` is called with each name and value, and answers whether to go on.
  template <typename Take>
  void Fields(simdjson::ondemand::object& object, const Take& take) {
    for (auto found : object) {
      if (found.error() != simdjson::SUCCESS) return Break();
      // A copy would be read before it is in memory.
      simdjson::ondemand::field& field = found.value_unsafe();
      const absl::string_view name = NameOf(field);
      if (!is_sound_ || !take(name, field.value()) || !is_sound_) return;
    }
  }

  // Of a value that is no object there are none.
  template <typename Take>
  void FieldsOf(simdjson::ondemand::value& value, const Take& take) {
    if (!Begins(value, '{')) return Check(value);
    auto object = value.get_object();
    if (object.error() != simdjson::SUCCESS) return Break();
    Fields(object.value_unsafe(), take);
  }

  // The text of a string; empty: it is none.
  absl::string_view Text(simdjson::ondemand::value& value) {
    if (!Begins(value, '"')) {
      Check(value);
      return {};
    }
    // Nearly all stand there as they are.
    const absl::string_view token = Token(value);
    if (token.size() < 2 || token.back() != '"') Break();
    if (!is_sound_) return {};
    if (token.find('\\') == absl::string_view::npos) return token.substr(1, token.size() - 2);
    std::string_view text;
    if (value.get_string().get(text) != simdjson::SUCCESS) Break();
    return {text.data(), text.size()};
  }

  // A whole number; nullopt: it is none, or needs more than 63 bits.
  static std::optional<int64_t> Whole(simdjson::ondemand::value& value) {
    int64_t number = 0;
    return value.get_int64().get(number) == simdjson::SUCCESS ? std::make_optional(number) : std::nullopt;
  }

  // A whole number, also one in quotes or one whose 64 bits are used without a sign; nullopt: it is none.
  std::optional<int64_t> Integer(simdjson::ondemand::value& value) {
    if (const std::optional<int64_t> whole = Whole(value)) return whole;
    int64_t number = 0;
    uint64_t large = 0;
    if (value.get_uint64().get(large) == simdjson::SUCCESS) return static_cast<int64_t>(large);
    if (absl::SimpleAtoi(Text(value), &number)) return number;
    return std::nullopt;
  }

  // A scalar as it is written, quotes and all; empty: it is a list or an object.
  absl::string_view Scalar(simdjson::ondemand::value& value) {
    if (Begins(value, '{') || Begins(value, '[')) return {};
    Check(value);
    return Token(value);
  }

  // Any value as it is written.
  absl::string_view Raw(simdjson::ondemand::value& value) {
    std::string_view text;
    if (Begins(value, '[')) {
      simdjson::ondemand::array array;
      if (value.get_array().get(array) != simdjson::SUCCESS || array.raw_json().get(text) != simdjson::SUCCESS) Break();
    } else if (Begins(value, '{')) {
      simdjson::ondemand::object object;
      if (value.get_object().get(object) != simdjson::SUCCESS || object.raw_json().get(text) != simdjson::SUCCESS)
        Break();
    } else {
      return Scalar(value);
    }
    // What the library returns reaches to what is next.
    return {text.data(), text.find_last_of("]}") + 1};
  }

 private:
  void Break() { is_sound_ = false; }

  absl::string_view NameOf(simdjson::ondemand::field& field) {
    const char* const name = field.key().raw();
    const char* end = name;
    while (*end != '"' && *end != '\\') ++end;
    if (*end == '"') return {name, static_cast<size_t>(end - name)};
    std::string_view unescaped;
    if (field.unescaped_key().get(unescaped) != simdjson::SUCCESS) Break();
    return {unescaped.data(), unescaped.size()};
  }

  static bool Begins(simdjson::ondemand::value& value, char with) { return value.raw_json_token().front() == with; }

  // What stands up to the next bracket, colon or comma, without blanks.
  static absl::string_view Token(simdjson::ondemand::value& value) {
    absl::string_view token(value.raw_json_token().data(), value.raw_json_token().size());
    while (!token.empty() && IsJsonBlank(token.back())) token.remove_suffix(1);
    return token;
  }

  // Whether a scalar is one; of anything else nobody reads anything.
  void Check(simdjson::ondemand::value& value) {
    const absl::string_view token = Token(value);
    switch (token.empty() ? '\0' : token.front()) {
      case '{':
      case '[':
        return;
      case '"':
        if (token.size() < 2 || token.back() != '"') Break();
        return;
      case 't':
      case 'f':
      case 'n':
        if (token != "true" && token != "false" && token != "null") Break();
        return;
      default:
        break;
    }
    double number = 0;
    uint64_t large = 0;
    if (Whole(value).has_value() || value.get_uint64().get(large) == simdjson::SUCCESS) return;
    // Whole numbers that 64 bits do not hold are none of JSON's that other parsers take.
    const bool is_whole = token.find_first_of(".eE") == absl::string_view::npos;
    if (is_whole || value.get_double().get(number) != simdjson::SUCCESS) Break();
  }

  bool is_sound_ = true;
};

}  // namespace sandglass::collectors

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_FORMAT_JSON_READING_H_
