// Mends JSON that its writer did not escape.
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_FORMAT_MENDED_JSON_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_FORMAT_MENDED_JSON_H_

#include <string>

#include "absl/strings/string_view.h"

namespace sandglass::collectors {

// Writes `text` to `mended` without what JSON does not allow and some writers left in it: control bytes become blanks,
// bytes that are not ASCII become '?' where the whole is not UTF-8, whole numbers that 64 bits do not hold become 0,
// and bare `nan` and `inf` become strings. kReadableBehindPiece bytes behind `mended` are readable. Brackets and quotes
// stay as they are.
void MendJson(absl::string_view text, std::string& mended);

}  // namespace sandglass::collectors

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_FORMAT_MENDED_JSON_H_
