// The text files of a catalog, and how they refer to each other: specs cite sources by key and begin from shared
// stacks.
//
// Plain values and pure functions; safe from any thread. Errors are one line each: file, place, what, how to mend.
#ifndef SANDGLASS_ANALYZER_SILICON_SPEC_FILES_H_
#define SANDGLASS_ANALYZER_SILICON_SPEC_FILES_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "proto/claims.pb.h"
#include "proto/silicon.pb.h"

namespace sandglass::silicon {

// Contents by file name ("nvidia-h100-sxm.textproto").
using Files = std::vector<std::pair<std::string, std::string>>;

// A catalog as text.
struct SpecFiles {
  // One SiliconClass each, named after it.
  Files classes;
  // One SoftwareStack each: what `extends` names, without the extension.
  Files stacks;
  // One OperatorList each, named after its id.
  Files lists;
  // "sources.textproto" (SourceList) and "claims.textproto" (ClaimList), where there are any.
  Files shared;
};

// A file's name without ".textproto".
absl::string_view Stem(absl::string_view file);

// What the binary holds.
SpecFiles EmbeddedSpecFiles();

// The *.textproto files of a folder (classes; sources.textproto and claims.textproto apart), of its stacks/ and its
// lists/. Errors: NotFound if there is no such folder or it holds none; InvalidArgument for what cannot be read.
absl::StatusOr<SpecFiles> ReadSpecFiles(const std::string& directory);

// `base` with `overlay` over it: files of equal names are replaced; sources are joined. The names of replaced classes,
// stacks and lists ("nvidia-h100-sxm", "stacks/xla") are added to `shadowed`.
SpecFiles Overlay(SpecFiles base, const SpecFiles& overlay, std::vector<std::string>& shadowed);

// The files parsed, with sources resolved (title, locator and date set, `ref` kept) and stacks extended.
struct ParsedSpecs {
  std::vector<v1::SiliconClass> classes;
  std::vector<v1::OperatorList> lists;
  v1::ClaimList claims;
  // The class's file stems, in the order of `classes`.
  std::vector<std::string> stems;
  // One a file that could not be parsed, or a reference that leads nowhere.
  std::vector<std::string> problems;
};
ParsedSpecs ParseSpecFiles(const SpecFiles& files);

}  // namespace sandglass::silicon

#endif  // SANDGLASS_ANALYZER_SILICON_SPEC_FILES_H_
