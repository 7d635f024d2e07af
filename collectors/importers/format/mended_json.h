// Mends JSON that its writer did not escape.
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_FORMAT_MENDED_JSON_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_FORMAT_MENDED_JSON_H_

#include <string>

#include "absl/strings/string_view.h"

namespace sandglass::collectors {

// Puts into `mended` the text with blanks for control bytes, '?' for bytes that are not ASCII where the whole is not
// UTF-8, and 0 for each whole number that 64 bits do not hold; as many bytes as before, and kReadableBehindPiece
// readable behind them.
void MendJson(absl::string_view text, std::string& mended);

}  // namespace sandglass::collectors

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_FORMAT_MENDED_JSON_H_
