// Tells the user how far a run is, without filling the screen.
//
// On a terminal one line is written over again, at most once a second, with a bar before it where it is known how much
// there is to do; elsewhere (a log) each is a line of its own, without a bar.
// Not safe for use by several threads at once.
#ifndef SANDGLASS_COLLECTORS_MAIN_PROGRESS_H_
#define SANDGLASS_COLLECTORS_MAIN_PROGRESS_H_

#include <functional>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace sandglass::collectors {

class ProgressPrinter {
 public:
  // `write` takes text for the user as it is; `now` is any clock that does not go back.
  ProgressPrinter(bool is_terminal, std::function<void(absl::string_view)> write, std::function<absl::Duration()> now);
  // Ends the line that is being written over.
  ~ProgressPrinter();

  // Shows a line now. `done` is the share that is done, from 0 to 1; absent: not known.
  void Show(const std::string& line, std::optional<double> done = std::nullopt);
  // Shows a line, unless another was shown less than a second ago.
  void Update(const std::string& line, std::optional<double> done = std::nullopt);
  // Ends the line that is being written over, so that something else can be printed.
  void EndLine();

 private:
  const bool is_terminal_;
  const std::function<void(absl::string_view)> write_;
  const std::function<absl::Duration()> now_;
  absl::Duration last_ = -absl::InfiniteDuration();
  bool line_is_open_ = false;
};

// Printing to standard error, which is a terminal or not.
ProgressPrinter StandardErrorProgress();

// Printing nothing.
ProgressPrinter NoProgress();

}  // namespace sandglass::collectors

#endif  // SANDGLASS_COLLECTORS_MAIN_PROGRESS_H_
