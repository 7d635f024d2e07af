// What a mistyped name may have meant, for the errors that users read.
//
// Pure; safe from any thread.
#ifndef SANDGLASS_PROTO_NEAREST_WORDS_H_
#define SANDGLASS_PROTO_NEAREST_WORDS_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace sandglass {

// Least number of letters to change, add, drop, or swap with their neighbours.
size_t EditDistance(absl::string_view a, absl::string_view b);

// The one of `words` that is nearest to what was typed, the first of several; empty where none is near: a slip changes
// at most a third of a word's letters, and two of a short one's.
std::string LikelyMeant(absl::string_view typed, const std::vector<std::string>& words);

}  // namespace sandglass

#endif  // SANDGLASS_PROTO_NEAREST_WORDS_H_
