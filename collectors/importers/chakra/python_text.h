// Lists as Python prints them: "[[2, 3], 'Tensor(float)', True, None, -1.5]".
//
// Pure; safe from any thread.
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_CHAKRA_PYTHON_TEXT_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_CHAKRA_PYTHON_TEXT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace sandglass::collectors::chakra {

// Lists within lists more often than this are no arguments of an operator.
inline constexpr int kMostPythonDepth = 32;

struct PythonValue {
  enum class Kind : uint8_t { kNone, kBoolean, kInteger, kReal, kText, kList };
  Kind kind = Kind::kNone;
  // As `kind` says; kBoolean: 0 or 1.
  int64_t integer = 0;
  double real = 0;
  std::string text;
  std::vector<PythonValue> list;
};

// The one value that the text is. nullopt: it is none, or something stands behind it, or an integer does not fit 64
// bits, or lists are within lists more than kMostPythonDepth times. Tuples, sets and objects are none.
std::optional<PythonValue> ParsePython(absl::string_view text);

// The value as Python prints it, but for very large and very small numbers. ParsePython reads it as the same value.
std::string PrintPython(const PythonValue& value);

}  // namespace sandglass::collectors::chakra

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_CHAKRA_PYTHON_TEXT_H_
