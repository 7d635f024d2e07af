// Messages in protobuf's text format, as people write them into files.
//
// Pure; safe from any thread.
#ifndef SANDGLASS_PROTO_TEXT_PROTO_H_
#define SANDGLASS_PROTO_TEXT_PROTO_H_

#include <google/protobuf/message.h>

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace sandglass {

// Reads `text`, the contents of `file`, into `message`. InvalidArgument: FILE:LINE:COLUMN of the first mistake, counted
// from 1, with the parser's words, which quote the text; where that may hold secrets, with those of `instead`.
absl::Status ParseTextProto(absl::string_view file, const std::string& text, google::protobuf::Message& message,
                            absl::string_view instead = {});

}  // namespace sandglass

#endif  // SANDGLASS_PROTO_TEXT_PROTO_H_
