// Makes JSON of what writers of traces wrote instead.
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_FORMAT_JSON_MENDING_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_FORMAT_JSON_MENDING_H_

#include <string>

#include "absl/strings/string_view.h"

namespace sandglass::collectors {

// Writes `text` to `mended` without what JSON does not allow and some writers left in it: control bytes become blanks,
// characters that are no UTF-8 become '?', whole numbers that 64 bits do not hold become 0, and bare `nan` and `inf`
// become strings. kReadableBehindPiece bytes behind `mended` are readable. Brackets and quotes stay as they are.
void MendJson(absl::string_view text, std::string& mended);

}  // namespace sandglass::collectors

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_FORMAT_JSON_MENDING_H_
