#include "analyzer/models/error_prior.h"

#include <google/protobuf/text_format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "analyzer/models/embedded_error_priors.h"
#include "proto/defaults.pb.h"

namespace sandglass::models {
namespace {

// In the order of silicon::Chip.
constexpr std::array<absl::string_view, 7> kChipKinds = {"gpu",      "systolic", "neuron", "matrix_vector",
                                                         "dataflow", "md",       "cpu"};

}  // namespace

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
                   .matrix_formats = {},
                   .band = {prior.low(), prior.high(), prior.coverage(), prior.source()}};
    for (const int format : prior.matrix_formats())
      entry.matrix_formats.push_back(static_cast<silicon::Format>(format));
    result.entries_.push_back(std::move(entry));
  }
  if (result.entries_.empty() || !result.entries_.back().chip.empty() ||
      result.entries_.back().limit != Limit::kUnspecified || !result.entries_.back().matrix_formats.empty()) {
    return absl::InvalidArgumentError("priors: the last entry must fit every chip, limit and format");
  }
  return result;
}

const ErrorBand& ErrorPriors::For(const silicon::Chip& chip, Limit limit,
                                  absl::Span<const silicon::Format> matrix_formats) const {
  const absl::string_view kind = ChipKindName(chip);
  const auto computes_in = [matrix_formats](silicon::Format format) {
    return std::find(matrix_formats.begin(), matrix_formats.end(), format) != matrix_formats.end();
  };
  for (const Entry& entry : entries_) {
    if (!entry.chip.empty() && entry.chip != kind) continue;
    if (entry.limit != Limit::kUnspecified && entry.limit != limit) continue;
    const std::vector<silicon::Format>& formats = entry.matrix_formats;
    if (!formats.empty() && std::none_of(formats.begin(), formats.end(), computes_in)) continue;
    return entry.band;
  }
  return entries_.back().band;
}

absl::string_view ChipKindName(const silicon::Chip& chip) { return kChipKinds[chip.index()]; }

bool IsChipKind(absl::string_view name) {
  return std::find(kChipKinds.begin(), kChipKinds.end(), name) != kChipKinds.end();
}

}  // namespace sandglass::models
