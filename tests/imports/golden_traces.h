// One small trace of each format, and what its import is, as text.
#ifndef SANDGLASS_TESTS_IMPORTS_GOLDEN_TRACES_H_
#define SANDGLASS_TESTS_IMPORTS_GOLDEN_TRACES_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace sandglass::imports {

struct GoldenTrace {
  // Of the format in ImportFormats(), and so of golden/NAME.textproto.
  std::string format;
  std::string bytes;
};

// Those of real runs are read below `root`, the top of the source tree or of a test's files; the others are put
// together as their writers do. Ends the process where a file cannot be read.
std::vector<GoldenTrace> GoldenTraces(const std::string& root);

// Where a format's golden text is, relative to the root.
std::string GoldenPath(const GoldenTrace& trace);

// The import's header, operators and summary in protobuf's text format, and its counts as comments. Errors: no format
// or another one takes the bytes; those of the import.
absl::StatusOr<std::string> ImportedText(const GoldenTrace& trace);

}  // namespace sandglass::imports

#endif  // SANDGLASS_TESTS_IMPORTS_GOLDEN_TRACES_H_
