// Makes signatures such that a store takes them.
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_FORMAT_SOUND_SIGNATURE_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_FORMAT_SOUND_SIGNATURE_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "proto/trace.pb.h"
#include "proto/trace_validator.h"

namespace sandglass::collectors {

// The name, if a store takes its length; else its beginning and a hash of the whole, which tells apart what begins
// alike, and `cut` is counted up. Requires: it is UTF-8.
std::string FittingName(absl::string_view name, uint64_t& cut);

// Whether a store takes the signature. One that it does not take loses all but kind and name.
bool KeepSound(v1::OpSignature& signature, const TraceLimits& limits);

}  // namespace sandglass::collectors

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_FORMAT_SOUND_SIGNATURE_H_
