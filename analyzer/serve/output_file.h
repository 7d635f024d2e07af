// Where commands put what they make, as users name it.
//
// Used by one thread at a time.
#ifndef SANDGLASS_ANALYZER_SERVE_OUTPUT_FILE_H_
#define SANDGLASS_ANALYZER_SERVE_OUTPUT_FILE_H_

#include <fstream>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace sandglass::serve {

// A file that takes the place of what is at its path when it is whole, and is on the disk then, so that nobody takes
// half of it for one. Into what no whole file could replace, a device or what another program reads, and into standard
// output, where the path is empty, bytes go at once. Errors: one line with the path, and why.
class OutputFile {
 public:
  static absl::StatusOr<std::unique_ptr<OutputFile>> Begin(const std::string& path);
  // Removes what was not finished.
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  absl::Status Write(absl::string_view bytes);
  // Once, after the last bytes.
  absl::Status Finish();

 private:
  explicit OutputFile(std::string path) : path_(std::move(path)) {}

  absl::Status CannotWrite() const;

  // As the user wrote it.
  const std::string path_;
  // Where it goes; and its name until it is whole. Empty: standard output; there is no such name.
  std::string file_;
  std::string unfinished_;
  std::ofstream stream_;
};

// What is not for people to read does not go to a terminal: the error, where the path is empty and standard output is
// one. `what` begins the sentence: "a page is for a browser".
absl::Status CheckNotForTerminal(const std::string& path, absl::string_view what);

// A whole file at once.
absl::Status WriteOutput(const std::string& path, absl::string_view bytes);

}  // namespace sandglass::serve

#endif  // SANDGLASS_ANALYZER_SERVE_OUTPUT_FILE_H_
