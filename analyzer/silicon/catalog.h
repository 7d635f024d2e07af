// The silicon catalog: every class that is known, found by id or by another of its names.
//
// Loaded from text protos and checked as a whole, so that what it hands out needs no more checks. Immutable; safe to
// read from any thread. The classes live as long as the catalog, and do not move when it is moved.
#ifndef SANDGLASS_ANALYZER_SILICON_CATALOG_H_
#define SANDGLASS_ANALYZER_SILICON_CATALOG_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "analyzer/silicon/silicon.h"
#include "analyzer/silicon/spec_files.h"
#include "proto/claims.pb.h"
#include "proto/silicon.pb.h"

namespace sandglass::silicon {

class Catalog {
 public:
  // The classes of specs/, which are part of the binary. Errors: Internal, if they are broken.
  static absl::StatusOr<Catalog> Embedded();

  // The embedded catalog with the files of a folder over it (spec_files.h): new classes are added, those of equal names
  // replaced, and shadowed() names them.
  // Errors: NotFound if there is no such folder or it holds none; otherwise as FromFiles.
  static absl::StatusOr<Catalog> WithOverlay(const std::string& directory);

  // From files in memory. Errors: InvalidArgument for the first problem of FindProblems.
  static absl::StatusOr<Catalog> FromFiles(const SpecFiles& files);

  // All that is wrong with the files, one line each: file, line and column or path of the field, the value, the rule.
  static std::vector<std::string> FindProblems(const SpecFiles& files);

  Catalog(Catalog&&) = default;
  Catalog& operator=(Catalog&&) = default;
  Catalog(const Catalog&) = delete;
  Catalog& operator=(const Catalog&) = delete;

  // Ordered by id.
  const std::vector<SiliconClass>& classes() const { return classes_; }
  // The same in the same order, as they were read.
  const std::vector<v1::SiliconClass>& protos() const { return protos_; }

  // The class of that id or alias; case does not matter, and blanks, '_' and '-' are the same.
  // Errors: NotFound, naming the nearest ids.
  absl::StatusOr<const SiliconClass*> Find(absl::string_view id_or_alias) const;

  // A class of this catalog with its stack of that name (empty: its first) and its host.
  Target TargetFor(const SiliconClass& silicon, absl::string_view stack_name) const;

  // Statements about silicon that people repeat, each with what was found.
  const std::vector<v1::Claim>& claims() const { return claims_; }

  // What an overlay replaced: "nvidia-h100-sxm", "stacks/xla".
  const std::vector<std::string>& shadowed() const { return shadowed_; }

  // SHA-256 of all files' names and contents, as 64 hexadecimal digits: the version of the catalog.
  const std::string& digest_hex() const { return digest_hex_; }

 private:
  Catalog() = default;

  std::vector<SiliconClass> classes_;
  std::vector<v1::SiliconClass> protos_;
  std::vector<v1::Claim> claims_;
  std::vector<std::string> shadowed_;
  std::string digest_hex_;
};

}  // namespace sandglass::silicon

#endif  // SANDGLASS_ANALYZER_SILICON_CATALOG_H_
