#include "collectors/workloads/sizes.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace sandglass::collectors {

absl::Status CheckSizes(std::initializer_list<NamedSize> sizes) {
  for (const NamedSize& size : sizes) {
    if (size.value >= 1 && size.value <= kMaxSize) continue;
    return absl::InvalidArgumentError(absl::StrCat(size.option, " ", size.value, ": must be from 1 to ", kMaxSize));
  }
  return absl::OkStatus();
}

absl::Status CheckChoice(absl::string_view option, absl::string_view value,
                         std::initializer_list<absl::string_view> choices) {
  if (value.empty() || std::find(choices.begin(), choices.end(), value) != choices.end()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(option, " ", value, ": must be one of ", absl::StrJoin(choices, ", ")));
}

absl::Status CheckPhase(absl::string_view workload, v1::Phase phase, std::initializer_list<v1::Phase> phases) {
  if (std::find(phases.begin(), phases.end(), phase) != phases.end()) return absl::OkStatus();
  std::vector<absl::string_view> names;
  for (const v1::Phase known : phases) names.push_back(PhaseName(known));
  return absl::InvalidArgumentError(
      absl::StrCat("--phase ", PhaseName(phase), ": workload ", workload, " has only ", absl::StrJoin(names, ", ")));
}

absl::Status CheckDivides(NamedSize part, NamedSize whole) {
  if (whole.value % part.value == 0) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(whole.option, " ", whole.value, ": must be a multiple of ", part.option, " ", part.value));
}

absl::string_view PhaseName(v1::Phase phase) {
  switch (phase) {
    case v1::PHASE_TRAIN:
      return "train";
    case v1::PHASE_PREFILL:
      return "prefill";
    case v1::PHASE_DECODE:
      return "decode";
    case v1::PHASE_INFER:
      return "infer";
    case v1::PHASE_SIMULATE:
      return "simulate";
    default:
      return "";
  }
}

}  // namespace sandglass::collectors
