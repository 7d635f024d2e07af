#include "proto/schema_lock.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/compiler/importer.h"
#include "google/protobuf/descriptor.h"

namespace sandglass {
namespace {

namespace pb = google::protobuf;

class ErrorLines : public pb::compiler::MultiFileErrorCollector {
 public:
  void AddError(const std::string& file, int line, int column, const std::string& message) override {
    // Protobuf counts both from 0; a line of -1 means the file as a whole.
    lines_.push_back(absl::StrCat(file, ":", line + 1, ":", column + 1, ": ", message));
  }
  const std::vector<std::string>& lines() const { return lines_; }

 private:
  std::vector<std::string> lines_;
};

// Walks descriptors and notes each element.
class Walker {
 public:
  explicit Walker(Schema* schema) : schema_(*schema) {}

  void File(const pb::FileDescriptor& file) {
    for (int i = 0; i < file.message_type_count(); ++i) Message(*file.message_type(i));
    for (int i = 0; i < file.enum_type_count(); ++i) Enum(*file.enum_type(i));
    for (int i = 0; i < file.service_count(); ++i) Service(*file.service(i));
  }

 private:
  void Message(const pb::Descriptor& message) {
    // The compiler makes these itself for each map; the map's field says it all.
    if (message.options().map_entry()) return;
    Note(message, "message", "");
    for (int i = 0; i < message.field_count(); ++i) Field(*message.field(i));
    for (int i = 0; i < message.real_oneof_decl_count(); ++i) Note(*message.oneof_decl(i), "oneof", "");
    for (int i = 0; i < message.nested_type_count(); ++i) Message(*message.nested_type(i));
    for (int i = 0; i < message.enum_type_count(); ++i) Enum(*message.enum_type(i));
    for (int i = 0; i < message.reserved_range_count(); ++i) {
      const pb::Descriptor::ReservedRange& range = *message.reserved_range(i);
      // The end of a range of a message is the first number after it.
      Reserve(message.full_name(), absl::StrCat("number ", range.start, " to ", range.end - 1));
    }
    for (int i = 0; i < message.reserved_name_count(); ++i) {
      Reserve(message.full_name(), absl::StrCat("name ", message.reserved_name(i)));
    }
  }

  void Field(const pb::FieldDescriptor& field) {
    Note(field, "field", absl::StrCat(" = ", field.number(), " ", Label(field), Type(field)));
  }

  static std::string Label(const pb::FieldDescriptor& field) {
    if (field.is_map()) return "";
    if (field.is_repeated()) return "repeated ";
    if (const pb::OneofDescriptor* oneof = field.real_containing_oneof())
      return absl::StrCat("oneof ", oneof->name(), " ");
    return field.has_optional_keyword() ? "optional " : "";
  }

  static std::string Type(const pb::FieldDescriptor& field) {
    if (field.is_map()) {
      const pb::Descriptor& entry = *field.message_type();
      return absl::StrCat("map<", Type(*entry.map_key()), ", ", Type(*entry.map_value()), ">");
    }
    if (field.message_type() != nullptr) return field.message_type()->full_name();
    if (field.enum_type() != nullptr) return field.enum_type()->full_name();
    return field.type_name();
  }

  void Enum(const pb::EnumDescriptor& type) {
    Note(type, "enum", "");
    bool any_comment = false;
    for (int i = 0; i < type.value_count(); ++i) any_comment |= HasComment(*type.value(i));
    for (int i = 0; i < type.value_count(); ++i) {
      const pb::EnumValueDescriptor& value = *type.value(i);
      schema_.lines.push_back(absl::StrCat("value ", type.full_name(), ".", value.name(), " = ", value.number()));
      if (any_comment && value.number() != 0 && !HasComment(value)) Complain(value, "value");
    }
    for (int i = 0; i < type.reserved_range_count(); ++i) {
      const pb::EnumDescriptor::ReservedRange& range = *type.reserved_range(i);
      // The end of a range of an enum is its last number.
      Reserve(type.full_name(), absl::StrCat("number ", range.start, " to ", range.end));
    }
    for (int i = 0; i < type.reserved_name_count(); ++i) {
      Reserve(type.full_name(), absl::StrCat("name ", type.reserved_name(i)));
    }
  }

  void Service(const pb::ServiceDescriptor& service) {
    Note(service, "service", "");
    for (int i = 0; i < service.method_count(); ++i) {
      const pb::MethodDescriptor& rpc = *service.method(i);
      const auto side = [](bool streaming, const pb::Descriptor& type) {
        return absl::StrCat("(", streaming ? "stream " : "", type.full_name(), ")");
      };
      Note(rpc, "rpc",
           absl::StrCat(" ", side(rpc.client_streaming(), *rpc.input_type()), " returns ",
                        side(rpc.server_streaming(), *rpc.output_type())));
    }
  }

  void Reserve(const std::string& owner, const std::string& what) {
    schema_.lines.push_back(absl::StrCat("reserved ", owner, " ", what));
  }

  template <typename Descriptor>
  void Note(const Descriptor& element, absl::string_view kind, const std::string& rest) {
    schema_.lines.push_back(absl::StrCat(kind, " ", element.full_name(), rest));
    if (!HasComment(element)) Complain(element, kind);
  }

  template <typename Descriptor>
  static bool HasComment(const Descriptor& element) {
    pb::SourceLocation location;
    return element.GetSourceLocation(&location) &&
           !(location.leading_comments.empty() && location.trailing_comments.empty());
  }

  template <typename Descriptor>
  void Complain(const Descriptor& element, absl::string_view kind) {
    pb::SourceLocation location;
    const int line = element.GetSourceLocation(&location) ? location.start_line + 1 : 0;
    schema_.uncommented.push_back(
        absl::StrCat(FileOf(element).name(), ":", line, ": ", kind, " ", element.full_name()));
  }

  template <typename Descriptor>
  static const pb::FileDescriptor& FileOf(const Descriptor& element) {
    return *element.file();
  }
  static const pb::FileDescriptor& FileOf(const pb::OneofDescriptor& oneof) { return *oneof.containing_type()->file(); }
  static const pb::FileDescriptor& FileOf(const pb::EnumValueDescriptor& value) { return *value.type()->file(); }

  Schema& schema_;
};

// "KIND FULL_NAME" of a line; a reserved line is all key, for there is nothing of it that could change.
std::string KeyOf(const std::string& line) {
  if (line.rfind("reserved ", 0) == 0) return line;
  const std::vector<std::string> words = absl::StrSplit(line, absl::MaxSplits(' ', 2));
  return words.size() < 2 ? line : absl::StrCat(words[0], " ", words[1]);
}

}  // namespace

absl::StatusOr<Schema> ReadSchema(const std::string& root, const std::vector<std::string>& files) {
  pb::compiler::DiskSourceTree disk;
  disk.MapPath("", root);
  ErrorLines errors;
  pb::compiler::Importer importer(&disk, &errors);
  Schema schema;
  Walker walker(&schema);
  for (const std::string& path : files) {
    const pb::FileDescriptor* file = importer.Import(path);
    if (file != nullptr) walker.File(*file);
  }
  if (!errors.lines().empty()) return absl::InvalidArgumentError(absl::StrJoin(errors.lines(), "\n"));
  std::sort(schema.lines.begin(), schema.lines.end());
  return schema;
}

SchemaDifference CompareSchemas(const std::vector<std::string>& locked, const std::vector<std::string>& now) {
  std::map<std::string, std::string> present;
  for (const std::string& line : now) present[KeyOf(line)] = line;
  SchemaDifference difference;
  for (const std::string& line : locked) {
    const auto found = present.find(KeyOf(line));
    if (found == present.end()) {
      difference.broken.push_back(absl::StrCat(line, " -> gone"));
      continue;
    }
    if (found->second != line) difference.broken.push_back(absl::StrCat(line, " -> ", found->second));
    present.erase(found);
  }
  for (const auto& [key, line] : present) difference.added.push_back(line);
  return difference;
}

std::string FormatLock(const std::vector<std::string>& lines) {
  return absl::StrCat(
      "# What the schema has promised. Made by `bazel run //proto:schema_lock_update`; see CONTRIBUTING.md.\n",
      absl::StrJoin(lines, "\n"), "\n");
}

std::vector<std::string> ParseLock(const std::string& text) {
  std::vector<std::string> lines;
  for (absl::string_view line : absl::StrSplit(text, '\n', absl::SkipEmpty())) {
    if (line[0] != '#') lines.emplace_back(line);
  }
  return lines;
}

}  // namespace sandglass
