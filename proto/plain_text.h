// Text that strangers wrote made safe to print: a terminal obeys escape sequences.
//
// Pure; safe from any thread.
#ifndef SANDGLASS_PROTO_PLAIN_TEXT_H_
#define SANDGLASS_PROTO_PLAIN_TEXT_H_

#include <string>

#include "absl/strings/string_view.h"

namespace sandglass {

// `text` in one line without anything that a terminal acts on: control bytes (ESC, newlines, C1) and marks that change
// the direction of text are left out; bytes that are not UTF-8 become '?'.
std::string PlainText(absl::string_view text);

}  // namespace sandglass

#endif  // SANDGLASS_PROTO_PLAIN_TEXT_H_
