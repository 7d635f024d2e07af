// What device work and ranges of a database have in common: one signature for all that are alike.
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_NSIGHT_SIGNATURES_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_NSIGHT_SIGNATURES_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "proto/trace.pb.h"

namespace sandglass::collectors::nsight {

// How a kernel was launched, as far as it is known.
struct KernelShape {
  // Blocks along x, y, z, then threads of a block along them.
  std::array<std::optional<uint32_t>, 6> grid_and_block;
  std::optional<uint32_t> registers;
  std::optional<int64_t> shared_bytes;
};

class Signatures {
 public:
  // Each returns the index of the signature. An empty name: it is not known.
  uint32_t OfKernel(absl::string_view name, const KernelShape& shape);
  // `copy_kind` as CUPTI numbers it: 1 is from host to device.
  uint32_t OfCopy(std::optional<int64_t> copy_kind, std::optional<int64_t> bytes);
  uint32_t OfFill(std::optional<int64_t> bytes);
  uint32_t OfRange(absl::string_view name);

  // How many names were longer than a store takes.
  uint64_t names_cut() const { return names_cut_; }
  std::vector<v1::OpSignature> Take() { return std::move(signatures_); }

 private:
  // Adds a signature under `key`, if there is none; the flag says that it is new.
  std::pair<uint32_t, bool> Find(const std::string& key, v1::OperatorKind kind, absl::string_view name);

  std::vector<v1::OpSignature> signatures_;
  absl::flat_hash_map<std::string, uint32_t> numbers_;
  uint64_t names_cut_ = 0;
};

}  // namespace sandglass::collectors::nsight

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_NSIGHT_SIGNATURES_H_
