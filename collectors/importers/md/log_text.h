// What the readers of logs of molecular dynamics have in common: numbers and texts out of lines that may hold any
// bytes.
//
// Pure; safe from any thread.
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_MD_LOG_TEXT_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_MD_LOG_TEXT_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace sandglass::collectors::md {

// Of a log, unpacked. It is split into lines, each of which takes memory of its own however short it is.
inline constexpr uint64_t kMostLogBytes = uint64_t{64} << 20;
// As many are told in words; the others are counted.
inline constexpr size_t kMostProblems = 8;

// Which phase a row of a program's table belongs to, by the row's name or how that begins.
struct RowPhase {
  absl::string_view row;
  const char* op_class;
};

// The beginning of a text, safe to print.
std::string Readable(absl::string_view text);

// A finite number, not negative; nullopt: the word is none.
std::optional<double> ToNumber(absl::string_view word);

// A whole number up to a trillion; nullopt: the word is none.
std::optional<int64_t> ToCount(absl::string_view word);

}  // namespace sandglass::collectors::md

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_MD_LOG_TEXT_H_
