#include "analyzer/silicon/spec_files.h"

#include <google/protobuf/message.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <system_error>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "analyzer/silicon/embedded_lists.h"
#include "analyzer/silicon/embedded_shared.h"
#include "analyzer/silicon/embedded_specs.h"
#include "analyzer/silicon/embedded_stacks.h"
#include "proto/file_text.h"
#include "proto/text_proto.h"

namespace sandglass::silicon {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr absl::string_view kExtension = ".textproto";
constexpr absl::string_view kSources = "sources.textproto";
constexpr absl::string_view kClaims = "claims.textproto";

bool Parse(const std::string& file, const std::string& text, Message& message, std::vector<std::string>& problems) {
  const absl::Status status = ParseTextProto(file, text, message);
  if (!status.ok()) problems.emplace_back(status.message());
  return status.ok();
}

using Sources = std::map<std::string, v1::Source>;

void Resolve(const Sources& sources, v1::Source& source, const std::string& where, std::vector<std::string>& problems) {
  if (source.ref().empty()) return;
  const auto found = sources.find(source.ref());
  if (found == sources.end()) {
    problems.push_back(absl::StrCat(where, ": source.ref \"", source.ref(), "\" is no key of ", kSources,
                                    "; add an entry, or give title and date here"));
    return;
  }
  if (source.title().empty()) source.set_title(found->second.title());
  if (source.date().empty()) source.set_date(found->second.date());
  const std::string& shared = found->second.locator();
  if (!shared.empty()) {
    source.set_locator(source.locator().empty() ? shared : absl::StrCat(shared, " ", source.locator()));
  }
}

// Every source in `message`.
void ResolveAll(const Sources& sources, Message& message, const std::string& where,
                std::vector<std::string>& problems) {
  if (auto* source = dynamic_cast<v1::Source*>(&message)) {
    Resolve(sources, *source, where, problems);
    return;
  }
  const google::protobuf::Reflection& reflection = *message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) continue;
    const std::string inner = absl::StrCat(where, absl::EndsWith(where, ": ") ? "" : ".", field->name());
    if (!field->is_repeated()) {
      ResolveAll(sources, *reflection.MutableMessage(&message, field), inner, problems);
      continue;
    }
    for (int i = 0; i < reflection.FieldSize(message, field); ++i) {
      ResolveAll(sources, *reflection.MutableRepeatedMessage(&message, field, i), absl::StrCat(inner, "[", i, "]"),
                 problems);
    }
  }
}

using Stacks = std::map<std::string, v1::SoftwareStack>;

// `own` over the stack that it extends: single fields replace, operators and lists come first.
void Extend(const Stacks& stacks, v1::SoftwareStack& own, const std::string& where,
            std::vector<std::string>& problems) {
  if (own.extends().empty()) return;
  const auto found = stacks.find(own.extends());
  if (found == stacks.end()) {
    problems.push_back(
        absl::StrCat(where, ".extends: \"", own.extends(), "\" is no stack of the catalog's stacks/ folder"));
    return;
  }
  v1::SoftwareStack whole = found->second;
  const google::protobuf::Reflection& reflection = *own.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection.ListFields(own, &fields);
  for (const FieldDescriptor* field : fields) {
    // A figure is replaced as a whole; it must not keep a note or a range of the other.
    if (!field->is_repeated()) reflection.ClearField(&whole, field);
  }
  auto* operators = own.mutable_operators();
  operators->MergeFrom(whole.operators());
  whole.clear_operators();
  if (own.operator_lists_size() > 0) whole.clear_operator_lists();
  whole.MergeFrom(own);
  own = std::move(whole);
}

// The *.textproto files of a folder; none where there is no such folder.
absl::StatusOr<Files> ReadFolder(const std::filesystem::path& folder) {
  Files files;
  std::error_code error;
  std::filesystem::directory_iterator entries(folder, error);
  if (error) return files;
  for (const std::filesystem::directory_entry& entry : entries) {
    if (entry.path().extension() != std::string(kExtension)) continue;
    absl::StatusOr<std::string> text = FileText("", entry.path());
    if (!text.ok()) return text.status();
    files.emplace_back(entry.path().filename().string(), *std::move(text));
  }
  std::sort(files.begin(), files.end());
  return files;
}

void Replace(Files& base, const Files& overlay, absl::string_view folder, std::vector<std::string>* shadowed) {
  for (const auto& file : overlay) {
    const auto found =
        std::find_if(base.begin(), base.end(), [&](const auto& known) { return known.first == file.first; });
    if (found == base.end()) {
      base.push_back(file);
      continue;
    }
    if (shadowed != nullptr) shadowed->push_back(absl::StrCat(folder, Stem(file.first)));
    found->second = file.second;
  }
  std::sort(base.begin(), base.end());
}

Sources ParseSources(const SpecFiles& files, std::vector<std::string>& problems) {
  Sources sources;
  for (const auto& [name, text] : files.shared) {
    if (name != kSources) continue;
    v1::SourceList list;
    if (!Parse(name, text, list, problems)) continue;
    // A later one replaces: an overlay's entries follow the ones that it lies over.
    for (const v1::SourceList::Entry& entry : list.entries()) sources[entry.key()] = entry.source();
  }
  return sources;
}

Stacks ParseStacks(const SpecFiles& files, const Sources& sources, std::vector<std::string>& problems) {
  Stacks stacks;
  for (const auto& [name, text] : files.stacks) {
    v1::SoftwareStack stack;
    const std::string file = absl::StrCat("stacks/", name);
    if (!Parse(file, text, stack, problems)) continue;
    ResolveAll(sources, stack, absl::StrCat(file, ": "), problems);
    if (!stack.extends().empty()) {
      problems.push_back(absl::StrCat(file, ": extends: \"", stack.extends(), "\": a shared stack extends no other"));
    }
    stacks[std::string(Stem(name))] = std::move(stack);
  }
  return stacks;
}

}  // namespace

absl::string_view Stem(absl::string_view file) { return absl::StripSuffix(file, kExtension); }

SpecFiles EmbeddedSpecFiles() {
  return {.classes = EmbeddedSpecs(), .stacks = EmbeddedStacks(), .lists = EmbeddedLists(), .shared = EmbeddedShared()};
}

absl::StatusOr<SpecFiles> ReadSpecFiles(const std::string& directory) {
  std::error_code error;
  if (!std::filesystem::is_directory(directory, error)) {
    return absl::NotFoundError(absl::StrCat("silicon catalog ", directory, ": ",
                                            error ? error.message() : "is no folder",
                                            "; give a folder of *.textproto files"));
  }
  SpecFiles files;
  const std::filesystem::path root(directory);
  for (const auto& [into, folder] :
       {std::pair{&files.classes, root}, {&files.stacks, root / "stacks"}, {&files.lists, root / "lists"}}) {
    absl::StatusOr<Files> read = ReadFolder(folder);
    if (!read.ok()) return read.status();
    *into = *std::move(read);
  }
  const auto shared = std::stable_partition(files.classes.begin(), files.classes.end(), [](const auto& file) {
    return file.first != kSources && file.first != kClaims;
  });
  files.shared.assign(shared, files.classes.end());
  files.classes.erase(shared, files.classes.end());
  if (files.classes.empty() && files.stacks.empty() && files.lists.empty() && files.shared.empty()) {
    return absl::NotFoundError(absl::StrCat("silicon catalog ", directory, ": holds no *.textproto file"));
  }
  return files;
}

SpecFiles Overlay(SpecFiles base, const SpecFiles& overlay, std::vector<std::string>& shadowed) {
  Replace(base.classes, overlay.classes, "", &shadowed);
  Replace(base.stacks, overlay.stacks, "stacks/", &shadowed);
  Replace(base.lists, overlay.lists, "lists/", &shadowed);
  for (const auto& file : overlay.shared) {
    if (file.first == kSources) {
      base.shared.push_back(file);
    } else {
      Replace(base.shared, {file}, "", nullptr);
    }
  }
  return base;
}

ParsedSpecs ParseSpecFiles(const SpecFiles& files) {
  ParsedSpecs parsed;
  const Sources sources = ParseSources(files, parsed.problems);
  const Stacks stacks = ParseStacks(files, sources, parsed.problems);
  for (const auto& [name, text] : files.lists) {
    v1::OperatorList list;
    const std::string file = absl::StrCat("lists/", name);
    if (!Parse(file, text, list, parsed.problems)) continue;
    ResolveAll(sources, list, absl::StrCat(file, ": "), parsed.problems);
    if (list.id() != Stem(name)) {
      parsed.problems.push_back(absl::StrCat(file, ": id: \"", list.id(), "\" is not the file's name"));
    }
    parsed.lists.push_back(std::move(list));
  }
  for (const auto& [name, text] : files.shared) {
    if (name != kClaims) continue;
    // Half of a broken file is not judged.
    if (!Parse(name, text, parsed.claims, parsed.problems)) parsed.claims.Clear();
    ResolveAll(sources, parsed.claims, absl::StrCat(name, ": "), parsed.problems);
  }
  for (const auto& [name, text] : files.classes) {
    v1::SiliconClass message;
    if (!Parse(name, text, message, parsed.problems)) continue;
    ResolveAll(sources, message, absl::StrCat(name, ": "), parsed.problems);
    for (int i = 0; i < message.stacks_size(); ++i) {
      Extend(stacks, *message.mutable_stacks(i), absl::StrCat(name, ": stacks[", i, "]"), parsed.problems);
    }
    parsed.classes.push_back(std::move(message));
    parsed.stems.emplace_back(Stem(name));
  }
  return parsed;
}

}  // namespace sandglass::silicon
