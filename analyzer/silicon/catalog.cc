#include "analyzer/silicon/catalog.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <variant>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analyzer/silicon/silicon_protos.h"
#include "analyzer/silicon/validator.h"
#include "proto/chain_digest.h"
#include "proto/nearest_words.h"

namespace sandglass::silicon {
namespace {

constexpr size_t kSuggestions = 3;

// Of names and contents, each with its length, so that nothing can move from one to the other unseen.
std::string DigestOf(const SpecFiles& files) {
  std::string all;
  for (const auto& [folder, group] : {std::pair<const char*, const Files*>{"", &files.classes},
                                      {"stacks/", &files.stacks},
                                      {"lists/", &files.lists},
                                      {"shared/", &files.shared}}) {
    Files sorted = *group;
    std::sort(sorted.begin(), sorted.end());
    for (const auto& [name, text] : sorted) {
      absl::StrAppend(&all, folder, name.size(), ":", name, text.size(), ":", text);
    }
  }
  const Digest digest = Sha256(all);
  return absl::BytesToHexString(absl::string_view(reinterpret_cast<const char*>(digest.data()), digest.size()));
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

OperatorLists ListsOf(const ParsedSpecs& parsed, std::vector<std::string>& problems) {
  OperatorLists lists;
  for (const v1::OperatorList& message : parsed.lists) {
    absl::StatusOr<OperatorList> list = OperatorListFromProto(message);
    if (list.ok()) {
      lists[message.id()] = std::make_shared<const OperatorList>(*std::move(list));
    } else {
      problems.push_back(absl::StrCat("lists/", list.status().message()));
    }
  }
  return lists;
}

// A list may send what it does not name to the host; what stacks themselves send there, the validator checks.
void CheckLists(const SiliconClass& silicon, std::vector<std::string>& problems) {
  for (const Stack& stack : silicon.stacks) {
    for (const auto& list : stack.lists) {
      if (list->absent != Support::kHostFallback) continue;
      problems.push_back(absl::StrCat(silicon.id, ".textproto: host: is missing, and what list ", list->id,
                                      " of stack ", stack.name, " does not name falls back to it"));
    }
  }
}

// A host that a class names must be in the catalog, and be a processor.
void CheckHosts(const std::vector<SiliconClass>& classes, std::vector<std::string>& problems) {
  for (const SiliconClass& silicon : classes) {
    if (!silicon.host.has_value()) {
      CheckLists(silicon, problems);
      continue;
    }
    const auto host = std::find_if(classes.begin(), classes.end(), [&](const SiliconClass& other) {
      return other.id == silicon.host->host_class && std::holds_alternative<CpuCores>(other.chip);
    });
    if (host == classes.end()) {
      problems.push_back(absl::StrCat(silicon.id, ".textproto: host.host_class: \"", silicon.host->host_class,
                                      "\" is no processor of the catalog"));
    }
  }
}

// Reads everything and finds everything that is wrong with it.
struct Loading {
  ParsedSpecs parsed;
  std::vector<SiliconClass> classes;
  std::vector<std::string> problems;
};

Loading Load(const SpecFiles& files) {
  Loading loading;
  loading.parsed = ParseSpecFiles(files);
  std::vector<std::string>& problems = loading.problems;
  problems = loading.parsed.problems;
  const OperatorLists lists = ListsOf(loading.parsed, problems);
  const bool whole = problems.empty();
  for (size_t i = 0; i < loading.parsed.classes.size(); ++i) {
    const v1::SiliconClass& message = loading.parsed.classes[i];
    const std::vector<std::string> found = ProblemsOfClass(message, loading.parsed.stems[i]);
    problems.insert(problems.end(), found.begin(), found.end());
    if (!found.empty()) continue;
    absl::StatusOr<SiliconClass> silicon = SiliconClassFromProto(message, lists);
    if (silicon.ok()) {
      loading.classes.push_back(*std::move(silicon));
    } else {
      problems.emplace_back(silicon.status().message());
    }
  }
  for (std::string& problem : ProblemsOfNames(loading.parsed.classes)) problems.push_back(std::move(problem));
  for (std::string& problem : ProblemsOfClaims(loading.parsed.claims)) problems.push_back(std::move(problem));
  if (whole && problems.empty()) CheckHosts(loading.classes, problems);
  return loading;
}

}  // namespace

absl::StatusOr<Catalog> Catalog::FromFiles(const SpecFiles& files) {
  SpecFiles sorted = files;
  std::sort(sorted.classes.begin(), sorted.classes.end());
  Loading loading = Load(sorted);
  if (!loading.problems.empty()) return absl::InvalidArgumentError(loading.problems.front());
  Catalog catalog;
  catalog.protos_ = std::move(loading.parsed.classes);
  catalog.classes_ = std::move(loading.classes);
  catalog.claims_.assign(loading.parsed.claims.claims().begin(), loading.parsed.claims.claims().end());
  catalog.digest_hex_ = DigestOf(sorted);
  return catalog;
}

std::vector<std::string> Catalog::FindProblems(const SpecFiles& files) { return Load(files).problems; }

absl::StatusOr<Catalog> Catalog::Embedded() {
  absl::StatusOr<Catalog> catalog = FromFiles(EmbeddedSpecFiles());
  if (catalog.ok()) return catalog;
  return absl::InternalError(absl::StrCat("embedded silicon catalog: ", catalog.status().message()));
}

absl::StatusOr<Catalog> Catalog::WithOverlay(const std::string& directory) {
  const absl::StatusOr<SpecFiles> overlay = ReadSpecFiles(directory);
  if (!overlay.ok()) return overlay.status();
  std::vector<std::string> shadowed;
  absl::StatusOr<Catalog> catalog = FromFiles(Overlay(EmbeddedSpecFiles(), *overlay, shadowed));
  if (catalog.ok()) catalog->shadowed_ = std::move(shadowed);
  return catalog;
}

Target Catalog::TargetFor(const SiliconClass& silicon, absl::string_view stack_name) const {
  Target target = {.silicon = &silicon, .stack = silicon.FindStack(stack_name)};
  for (const SiliconClass& other : classes_) {
    if (silicon.host.has_value() && other.id == silicon.host->host_class) target.host = &other;
  }
  return target;
}

absl::StatusOr<const SiliconClass*> Catalog::Find(absl::string_view id_or_alias) const {
  // What a name is near to takes long to find out for a long one.
  constexpr size_t kMostNameBytes = 200;
  if (id_or_alias.size() > kMostNameBytes) {
    return absl::NotFoundError(absl::StrCat("no silicon class has a name of ", id_or_alias.size(),
                                            " bytes; `sandglass catalog ls` lists all"));
  }
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
