// Where commands put what they make, as users name it.
#ifndef SANDGLASS_ANALYZER_SERVE_OUTPUT_FILE_H_
#define SANDGLASS_ANALYZER_SERVE_OUTPUT_FILE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace sandglass::serve {

// Puts a file with these bytes in the place of what is at `path`, all at once, so that nobody reads half of it; or
// writes them into what is no file: a device, or what another program reads. Errors: one line with the path, and why.
absl::Status WriteOutput(const std::string& path, absl::string_view bytes);

}  // namespace sandglass::serve

#endif  // SANDGLASS_ANALYZER_SERVE_OUTPUT_FILE_H_
