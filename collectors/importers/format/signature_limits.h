// Keeps signatures within what a store takes.
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_FORMAT_SIGNATURE_LIMITS_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_FORMAT_SIGNATURE_LIMITS_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "proto/trace.pb.h"

namespace sandglass::collectors {

// The name, or where it is too long its beginning and a hash of the whole; then one is added to `cut`. Names of kernels
// made of templates can be that long.
std::string FittingName(absl::string_view name, uint64_t& cut);

// What a store would refuse is no shape of a tensor: it is left out, all but kind and name, so that the rest of the
// trace can be kept. False: that was necessary. `groups` is how many process groups the trace has.
bool KeepSound(size_t groups, v1::OpSignature& signature);

}  // namespace sandglass::collectors

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_FORMAT_SIGNATURE_LIMITS_H_
