#include "collectors/importers/format/sound_signature.h"

#include <xxhash.h>

#include <utility>

#include "absl/strings/str_cat.h"

namespace sandglass::collectors {

std::string FittingName(absl::string_view name, uint64_t& cut) {
  if (name.size() <= kMaxNameBytes) return std::string(name);
  ++cut;
  // What is cut is ASCII in practice; a cut character is dropped.
  const std::string mark = absl::StrCat("...", absl::Hex(XXH3_64bits(name.data(), name.size())));
  absl::string_view kept = name.substr(0, kMaxNameBytes - mark.size());
  while (!kept.empty() && (static_cast<unsigned char>(name[kept.size()]) & 0xc0) == 0x80) kept.remove_suffix(1);
  return absl::StrCat(kept, mark);
}

bool KeepSound(v1::OpSignature& signature, const TraceLimits& limits) {
  if (ValidateSignature(signature, limits).ok()) return true;
  v1::OpSignature bare;
  bare.set_kind(signature.kind());
  bare.set_name(signature.name());
  signature = std::move(bare);
  return false;
}

}  // namespace sandglass::collectors
