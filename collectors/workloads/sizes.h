// Checks of the numbers that a user gave for a model.
//
// Errors are InvalidArgument and name the option, its value, and what is possible. Pure functions.
#ifndef SANDGLASS_COLLECTORS_WORKLOADS_SIZES_H_
#define SANDGLASS_COLLECTORS_WORKLOADS_SIZES_H_

#include <cstdint>
#include <initializer_list>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "collectors/workloads/workload.h"

namespace sandglass::collectors {

// One size and the option that sets it.
struct NamedSize {
  absl::string_view option;
  int64_t value = 0;
};

// Each size must be from 1 to kMaxSize.
inline constexpr int64_t kMaxSize = int64_t{1} << 24;
absl::Status CheckSizes(std::initializer_list<NamedSize> sizes);

// `value` must be one of `choices`, or empty.
absl::Status CheckChoice(absl::string_view option, absl::string_view value,
                         std::initializer_list<absl::string_view> choices);

// `phase` must be one of `phases`.
absl::Status CheckPhase(absl::string_view workload, v1::Phase phase, std::initializer_list<v1::Phase> phases);

// `whole` must be a multiple of `part`.
absl::Status CheckDivides(NamedSize part, NamedSize whole);

// "train", "prefill", "decode", "infer", "simulate"; empty: _UNSPECIFIED.
absl::string_view PhaseName(v1::Phase phase);

}  // namespace sandglass::collectors

#endif  // SANDGLASS_COLLECTORS_WORKLOADS_SIZES_H_
