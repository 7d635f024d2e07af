#include "analyzer/report/json.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/util/json_util.h"

namespace sandglass::report {
namespace {

absl::StatusOr<std::string> Write(const google::protobuf::Message& message, bool indented) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  options.add_whitespace = indented;
  std::string json;
  const auto status = google::protobuf::util::MessageToJsonString(message, &json, options);
  if (!status.ok()) {
    return absl::InternalError(
        absl::StrCat(message.GetTypeName(), " cannot be written as JSON: ", std::string(status.message())));
  }
  if (json.empty() || json.back() != '\n') json.push_back('\n');
  return json;
}

}  // namespace

absl::StatusOr<std::string> Json(const google::protobuf::Message& message) { return Write(message, true); }

absl::StatusOr<std::string> JsonLine(const google::protobuf::Message& message) { return Write(message, false); }

}  // namespace sandglass::report
