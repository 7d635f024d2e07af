// Options that take one of a few words.
#ifndef SANDGLASS_COLLECTORS_MAIN_CHOICES_H_
#define SANDGLASS_COLLECTORS_MAIN_CHOICES_H_

#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "proto/trace.pb.h"

namespace sandglass::collectors {

// Sets `value` to what `word` stands for. Errors: InvalidArgument, with the words that there are.
template <typename Value>
absl::Status LookUp(const char* option, const std::string& word, const std::map<std::string, Value>& choices,
                    Value& value) {
  const auto it = choices.find(word);
  if (it != choices.end()) {
    value = it->second;
    return absl::OkStatus();
  }
  const std::string names =
      absl::StrJoin(choices, ", ", [](std::string* out, const auto& choice) { out->append(choice.first); });
  return absl::InvalidArgumentError(absl::StrCat(option, " ", absl::CEscape(word), ": must be one of ", names));
}

// The same of the words that phases and units of work go by: train, prefill, …; token, …, md-nanosecond.
absl::Status LookUpPhase(const char* option, const std::string& word, v1::Phase& phase);
absl::Status LookUpWorkUnit(const char* option, const std::string& word, v1::WorkUnit& unit);

}  // namespace sandglass::collectors

#endif  // SANDGLASS_COLLECTORS_MAIN_CHOICES_H_
