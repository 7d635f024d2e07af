// Messages as JSON: protobuf's mapping with the field names of the .proto files.
//
// Equal messages give equal bytes. What is absent in the message is absent in JSON, and so are numbers, strings and
// truth values that are zero, empty or false in fields without presence. Pure; safe from any thread.
#ifndef SANDGLASS_ANALYZER_REPORT_JSON_H_
#define SANDGLASS_ANALYZER_REPORT_JSON_H_

#include <string>

#include "absl/status/statusor.h"
#include "google/protobuf/message.h"

namespace sandglass::report {

// Indented, over several lines, with a newline at the end.
// Errors: Internal, if the message cannot be written.
absl::StatusOr<std::string> Json(const google::protobuf::Message& message);

// In one line, with a newline at the end: for JSON Lines.
absl::StatusOr<std::string> JsonLine(const google::protobuf::Message& message);

}  // namespace sandglass::report

#endif  // SANDGLASS_ANALYZER_REPORT_JSON_H_
