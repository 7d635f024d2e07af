#include "analyzer/silicon/catalog.h"

#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/text_format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <sstream>
#include <system_error>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "analyzer/silicon/embedded_specs.h"
#include "analyzer/silicon/silicon_protos.h"
#include "analyzer/silicon/validator.h"
#include "proto/chain_digest.h"

namespace sandglass::silicon {
namespace {

constexpr absl::string_view kExtension = ".textproto";
constexpr size_t kSuggestions = 3;

// Keeps the first error of the text parser, which counts lines and columns from 0.
class FirstError : public google::protobuf::io::ErrorCollector {
 public:
  explicit FirstError(const std::string& file) : file_(file) {}

  void AddError(int line, google::protobuf::io::ColumnNumber column, const std::string& message) override {
    if (text_.empty()) text_ = absl::StrCat(file_, ":", line + 1, ":", column + 1, ": ", message);
  }

  const std::string& text() const { return text_; }

 private:
  std::string file_;
  std::string text_;
};

absl::StatusOr<v1::SiliconClass> ParseSpec(const std::string& file, const std::string& text) {
  v1::SiliconClass message;
  FirstError error(file);
  google::protobuf::TextFormat::Parser parser;
  parser.RecordErrorsTo(&error);
  if (!parser.ParseFromString(text, &message)) return absl::InvalidArgumentError(error.text());
  const absl::string_view stem = absl::StripSuffix(absl::string_view(file), kExtension);
  if (absl::Status status = ValidateClass(message, stem); !status.ok()) return status;
  return message;
}

// Of names and contents, each with its length, so that nothing can move from one to the other unseen.
std::string DigestOf(const Catalog::Files& files) {
  std::string all;
  for (const auto& [name, text] : files) {
    absl::StrAppend(&all, name.size(), ":", name, text.size(), ":", text);
  }
  const Digest digest = Sha256(all);
  return absl::BytesToHexString(absl::string_view(reinterpret_cast<const char*>(digest.data()), digest.size()));
}

// Least number of letters to change, add or drop.
size_t EditDistance(absl::string_view a, absl::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 0; i < a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i + 1;
    for (size_t j = 0; j < b.size(); ++j) {
      const size_t substituted = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({substituted, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row[b.size()];
}

std::vector<std::string> NamesOf(const SiliconClass& silicon) {
  std::vector<std::string> names = {ComparableName(silicon.id)};
  for (const std::string& alias : silicon.aliases) names.push_back(ComparableName(alias));
  return names;
}

std::vector<std::string> NearestIds(const std::vector<SiliconClass>& classes, const std::string& name) {
  std::vector<std::pair<size_t, std::string>> ranked;
  for (const SiliconClass& silicon : classes) {
    size_t best = name.size() + silicon.id.size();
    for (const std::string& known : NamesOf(silicon)) best = std::min(best, EditDistance(name, known));
    ranked.emplace_back(best, silicon.id);
  }
  std::sort(ranked.begin(), ranked.end());
  ranked.resize(std::min(ranked.size(), kSuggestions));
  std::vector<std::string> ids;
  for (const auto& [distance, id] : ranked) ids.push_back(id);
  return ids;
}

absl::StatusOr<std::string> ReadFile(const std::filesystem::path& path) {
  std::ifstream input(path, std::ios::binary);
  std::ostringstream contents;
  contents << input.rdbuf();
  if (!input.good()) return absl::UnavailableError(absl::StrCat(path.string(), ": cannot be read"));
  return contents.str();
}

}  // namespace

absl::StatusOr<Catalog> Catalog::FromFiles(const Files& files) {
  Files sorted = files;
  std::sort(sorted.begin(), sorted.end());
  Catalog catalog;
  for (const auto& [name, text] : sorted) {
    absl::StatusOr<v1::SiliconClass> message = ParseSpec(name, text);
    if (!message.ok()) return message.status();
    absl::StatusOr<SiliconClass> silicon = SiliconClassFromProto(*message);
    if (!silicon.ok()) return silicon.status();
    catalog.protos_.push_back(*std::move(message));
    catalog.classes_.push_back(*std::move(silicon));
  }
  if (absl::Status status = ValidateNames(catalog.protos_); !status.ok()) return status;
  catalog.digest_hex_ = DigestOf(sorted);
  return catalog;
}

absl::StatusOr<Catalog> Catalog::Embedded() {
  absl::StatusOr<Catalog> catalog = FromFiles(EmbeddedSpecs());
  if (catalog.ok()) return catalog;
  return absl::InternalError(absl::StrCat("embedded silicon catalog: ", catalog.status().message()));
}

absl::StatusOr<Catalog> Catalog::FromDirectory(const std::string& directory) {
  std::error_code error;
  std::filesystem::directory_iterator entries(directory, error);
  if (error) {
    return absl::NotFoundError(
        absl::StrCat("silicon catalog ", directory, ": ", error.message(), "; give a folder of *.textproto files"));
  }
  Files files;
  for (const std::filesystem::directory_entry& entry : entries) {
    if (entry.path().extension() != std::string(kExtension)) continue;
    absl::StatusOr<std::string> text = ReadFile(entry.path());
    if (!text.ok()) return text.status();
    files.emplace_back(entry.path().filename().string(), *std::move(text));
  }
  if (files.empty()) {
    return absl::NotFoundError(absl::StrCat("silicon catalog ", directory, ": holds no *.textproto file"));
  }
  return FromFiles(files);
}

absl::StatusOr<const SiliconClass*> Catalog::Find(absl::string_view id_or_alias) const {
  const std::string wanted = ComparableName(id_or_alias);
  for (const SiliconClass& silicon : classes_) {
    for (const std::string& name : NamesOf(silicon)) {
      if (name == wanted) return &silicon;
    }
  }
  return absl::NotFoundError(absl::StrCat("no silicon class \"", id_or_alias, "\"; nearest are ",
                                          absl::StrJoin(NearestIds(classes_, wanted), ", "),
                                          "; `sandglass catalog ls` lists all"));
}

}  // namespace sandglass::silicon
