// What commands tell on standard error: what went wrong, what a reader should know, how far a long one is.
//
// Used from the main thread only.
#ifndef SANDGLASS_ANALYZER_SERVE_CONSOLE_H_
#define SANDGLASS_ANALYZER_SERVE_CONSOLE_H_

#include "absl/strings/string_view.h"

namespace sandglass::serve {

enum class Level { kNote, kWarning, kIncomplete, kDenied, kError };

// How they tell it; as the user asked for it, once, before a command runs.
struct Manners {
  // Neither notes nor progress.
  bool quiet = false;
  // Each line is a JSON object with level and message, and there is no progress.
  bool json = false;
};
void SetManners(const Manners& manners);

// One line, safe to print: "sandglass: warning: ...".
void Tell(Level level, absl::string_view message);

// Whether the user did not ask for less than progress of long work.
bool TellsProgress();

// On a terminal, writes over the line that was shown before. `last`: nothing is left of it.
void ShowProgress(absl::string_view line, bool last);

}  // namespace sandglass::serve

#endif  // SANDGLASS_ANALYZER_SERVE_CONSOLE_H_
