#include "analyzer/models/error_prior.h"

#include <google/protobuf/text_format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "analyzer/models/embedded_error_priors.h"
#include "proto/defaults.pb.h"

namespace sandglass::models {
namespace {

// In the order of silicon::Chip.
constexpr std::array<absl::string_view, 7> kChipKinds = {"gpu",      "systolic", "neuron", "matrix_vector",
                                                         "dataflow", "md",       "cpu"};

// Of a time, whose sources are told; the rest goes without.
constexpr double kShareToTell = 0.8;

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
                   .op_classes = {},
                   .band = {prior.low(), prior.high(), prior.coverage(), prior.source()}};
    for (const int format : prior.matrix_formats())
      entry.matrix_formats.push_back(static_cast<silicon::Format>(format));
    for (const std::string& name : prior.op_classes()) {
      const std::optional<ops::OpClass> op_class = ops::OpClassFromName(name);
      if (!op_class.has_value()) {
        return absl::InvalidArgumentError(absl::StrCat("priors[", i, "].op_classes: \"", name, "\" is no class"));
      }
      entry.op_classes.push_back(*op_class);
    }
    result.entries_.push_back(std::move(entry));
  }
  const auto fits_all = [](const Entry& entry) {
    return entry.chip.empty() && entry.limit == Limit::kUnspecified && entry.matrix_formats.empty() &&
           entry.op_classes.empty();
  };
  if (result.entries_.empty() || !fits_all(result.entries_.back())) {
    return absl::InvalidArgumentError("priors: the last entry must fit every chip, class, limit and format");
  }
  return result;
}

const ErrorBand& ErrorPriors::For(const silicon::Chip& chip, ops::OpClass op_class, Limit limit,
                                  absl::Span<const silicon::Format> matrix_formats) const {
  const absl::string_view kind = ChipKindName(chip);
  const auto computes_in = [matrix_formats](silicon::Format format) {
    return std::find(matrix_formats.begin(), matrix_formats.end(), format) != matrix_formats.end();
  };
  for (const Entry& entry : entries_) {
    if (!entry.chip.empty() && entry.chip != kind) continue;
    if (entry.limit != Limit::kUnspecified && entry.limit != limit) continue;
    const std::vector<ops::OpClass>& classes = entry.op_classes;
    if (!classes.empty() && std::find(classes.begin(), classes.end(), op_class) == classes.end()) continue;
    const std::vector<silicon::Format>& formats = entry.matrix_formats;
    if (!formats.empty() && std::none_of(formats.begin(), formats.end(), computes_in)) continue;
    return entry.band;
  }
  return entries_.back().band;
}

ErrorBand BandOfSum(const std::vector<BandOfPart>& parts) {
  // Parts with one band are one.
  std::vector<BandOfPart> joined;
  Seconds whole;
  for (const BandOfPart& part : parts) {
    whole += part.time;
    const auto same =
        std::find_if(joined.begin(), joined.end(), [&part](const auto& other) { return other.band == part.band; });
    if (same == joined.end()) {
      joined.push_back(part);
    } else {
      same->time += part.time;
    }
  }
  std::stable_sort(joined.begin(), joined.end(), [](const auto& a, const auto& b) { return a.time > b.time; });
  if (joined.size() == 1) return *joined.front().band;
  ErrorBand sum = {.low = 0, .high = 0, .coverage = 1, .source = ""};
  double told = 0;
  for (const BandOfPart& part : joined) {
    const double share = part.time / whole;
    sum.low += share * part.band->low;
    sum.high += share * part.band->high;
    sum.coverage = std::min(sum.coverage, part.band->coverage);
    if (told > kShareToTell) continue;
    told += share;
    absl::StrAppendFormat(&sum.source, "%s%.0f %% of the time: %s", sum.source.empty() ? "" : "; ", 100 * share,
                          part.band->source);
  }
  return sum;
}

absl::string_view ChipKindName(const silicon::Chip& chip) { return kChipKinds[chip.index()]; }

bool IsChipKind(absl::string_view name) {
  return std::find(kChipKinds.begin(), kChipKinds.end(), name) != kChipKinds.end();
}

}  // namespace sandglass::models
