#include "analyzer/models/error_prior.h"

#include <google/protobuf/text_format.h>

#include <array>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "analyzer/models/embedded_error_priors.h"
#include "proto/defaults.pb.h"

namespace sandglass::models {

absl::StatusOr<ErrorPriors> ErrorPriors::Embedded() { return Parse(EmbeddedErrorPriors().front().second); }

absl::StatusOr<ErrorPriors> ErrorPriors::Parse(const std::string& text) {
  v1::ErrorPriors message;
  if (!google::protobuf::TextFormat::ParseFromString(text, &message)) {
    return absl::InvalidArgumentError("error priors are not a text proto of sandglass.v1.ErrorPriors");
  }
  ErrorPriors result;
  for (int i = 0; i < message.priors_size(); ++i) {
    const v1::ErrorPrior& prior = message.priors(i);
    const bool band = prior.low() > 0 && prior.low() <= 1 && prior.high() >= 1 && prior.high() < 1e6;
    if (!band || !(prior.coverage() > 0 && prior.coverage() < 1) || prior.source().empty()) {
      return absl::InvalidArgumentError(
          absl::StrCat("priors[", i, "]: need 0 < low <= 1 <= high, 0 < coverage < 1 and a source"));
    }
    Entry entry = {.chip = prior.chip() == "*" ? "" : prior.chip(),
                   .limit = static_cast<Limit>(prior.limit()),
                   .band = {prior.low(), prior.high(), prior.coverage(), prior.source()}};
    result.entries_.push_back(std::move(entry));
  }
  if (result.entries_.empty() || !result.entries_.back().chip.empty() ||
      result.entries_.back().limit != Limit::kUnspecified) {
    return absl::InvalidArgumentError("priors: the last entry must fit every chip and limit");
  }
  return result;
}

const ErrorBand& ErrorPriors::For(const silicon::Chip& chip, Limit limit) const {
  const absl::string_view kind = ChipKindName(chip);
  for (const Entry& entry : entries_) {
    if (!entry.chip.empty() && entry.chip != kind) continue;
    if (entry.limit != Limit::kUnspecified && entry.limit != limit) continue;
    return entry.band;
  }
  return entries_.back().band;
}

absl::string_view ChipKindName(const silicon::Chip& chip) {
  static constexpr std::array<absl::string_view, 7> kNames = {"gpu",      "systolic", "neuron", "matrix_vector",
                                                              "dataflow", "md",       "cpu"};
  return kNames[chip.index()];
}

}  // namespace sandglass::models
