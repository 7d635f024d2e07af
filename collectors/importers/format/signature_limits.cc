#include "collectors/importers/format/signature_limits.h"

#include <xxhash.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "proto/trace_validator.h"

namespace sandglass::collectors {

std::string FittingName(absl::string_view name, uint64_t& cut) {
  if (name.size() <= kMaxNameBytes) return std::string(name);
  ++cut;
  // A hash of the whole tells apart what begins alike. What is cut is ASCII in practice; a cut character is dropped.
  const std::string mark = absl::StrCat("...", absl::Hex(XXH3_64bits(name.data(), name.size())));
  absl::string_view kept = name.substr(0, kMaxNameBytes - mark.size());
  while (!kept.empty() && (static_cast<unsigned char>(name[kept.size()]) & 0xc0) == 0x80) kept.remove_suffix(1);
  return absl::StrCat(kept, mark);
}

bool KeepSound(size_t groups, v1::OpSignature& signature) {
  TraceLimits limits;
  limits.process_groups = static_cast<uint32_t>(groups);
  if (ValidateSignature(signature, limits).ok()) return true;
  v1::OpSignature bare;
  bare.set_kind(signature.kind());
  bare.set_name(signature.name());
  signature = std::move(bare);
  return false;
}

}  // namespace sandglass::collectors
