#include "proto/text_proto.h"

#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/text_format.h>

#include "absl/strings/str_cat.h"

namespace sandglass {
namespace {

// Keeps the first error of the text parser, which counts lines and columns from 0.
class FirstError : public google::protobuf::io::ErrorCollector {
 public:
  void AddError(int line, google::protobuf::io::ColumnNumber column, const std::string& message) override {
    if (!place_.empty()) return;
    place_ = absl::StrCat(line + 1, ":", column + 1);
    words_ = message;
  }
  const std::string& place() const { return place_; }
  const std::string& words() const { return words_; }

 private:
  std::string place_;
  std::string words_;
};

}  // namespace

absl::Status ParseTextProto(absl::string_view file, const std::string& text, google::protobuf::Message& message,
                            absl::string_view instead) {
  FirstError error;
  google::protobuf::TextFormat::Parser parser;
  parser.RecordErrorsTo(&error);
  if (parser.ParseFromString(text, &message)) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(file, ":", error.place(), ": ", instead.empty() ? absl::string_view(error.words()) : instead));
}

}  // namespace sandglass
