// A small file, read whole, for what users name on a command line: credentials, certificates, specs.
//
// Safe from any thread.
#ifndef SANDGLASS_PROTO_FILE_TEXT_H_
#define SANDGLASS_PROTO_FILE_TEXT_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace sandglass {

// The bytes of `path`. InvalidArgument: `what` ("token file"; may be empty), the path, and why it cannot be read.
absl::StatusOr<std::string> FileText(absl::string_view what, const std::string& path);

}  // namespace sandglass

#endif  // SANDGLASS_PROTO_FILE_TEXT_H_
