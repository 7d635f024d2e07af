#include "analyzer/models/error_prior.h"

#include <google/protobuf/text_format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <optional>
#include <set>
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

absl::Status BadResiduals(const v1::ErrorResiduals& residuals, absl::string_view needs) {
  return absl::InvalidArgumentError(absl::StrCat("residuals of \"", residuals.prior(), "\" on \"",
                                                 residuals.silicon_class(), "\" by \"", residuals.set(),
                                                 "\": ", needs));
}

absl::StatusOr<ResidualGroup> GroupOf(const v1::ErrorResiduals& residuals) {
  ResidualGroup group = {
      .silicon_class = residuals.silicon_class(), .rows = residuals.rows(), .operators = residuals.operators()};
  if (residuals.prior().empty() || residuals.silicon_class().empty() || residuals.set().empty()) {
    return BadResiduals(residuals, "need a prior, a silicon class and a set");
  }
  const auto& truth = residuals.truth_over_estimate();
  const bool ascends = std::is_sorted(truth.begin(), truth.end());
  const bool ratios =
      std::all_of(truth.begin(), truth.end(), [](double ratio) { return ratio > 0 && std::isfinite(ratio); });
  if (truth.size() != static_cast<int>(kResidualShares.size()) || !ascends || !ratios) {
    return BadResiduals(residuals, absl::StrCat("need ", kResidualShares.size(), " ascending percentiles above 0"));
  }
  if (group.operators == 0 || group.rows < group.operators)
    return BadResiduals(residuals, "need rows >= operators > 0");
  std::transform(truth.begin(), truth.end(), group.log_truth.begin(), [](double ratio) { return std::log(ratio); });
  return group;
}

using ResidualsByPrior = std::map<std::string, std::vector<ResidualGroup>>;

absl::StatusOr<ResidualsByPrior> ParseResiduals(const std::string& text) {
  v1::MeasuredErrors message;
  if (!google::protobuf::TextFormat::ParseFromString(text, &message)) {
    return absl::InvalidArgumentError("residuals are not a text proto of sandglass.v1.MeasuredErrors");
  }
  ResidualsByPrior groups;
  std::set<std::array<std::string, 3>> seen;
  for (const v1::ErrorResiduals& residuals : message.residuals()) {
    absl::StatusOr<ResidualGroup> group = GroupOf(residuals);
    if (!group.ok()) return group.status();
    if (!seen.insert({residuals.prior(), residuals.silicon_class(), residuals.set()}).second) {
      return BadResiduals(residuals, "stated twice");
    }
    groups[residuals.prior()].push_back(*std::move(group));
  }
  return groups;
}

}  // namespace

bool ErrorPriors::Entry::Fits(absl::string_view chip_kind, const OperatorKind& kind) const {
  const auto among = [](const auto& some, const auto& one) {
    return some.empty() || std::find(some.begin(), some.end(), one) != some.end();
  };
  return (chip.empty() || chip == chip_kind) && (limit == Limit::kUnspecified || limit == kind.limit) &&
         among(op_classes, kind.op_class) && among(matrix_formats, kind.matrix_format);
}

void ErrorPriors::Entry::Measure() {
  band.reset();
  const std::optional<BandEnds> ends = BandOfResiduals(residuals);
  if (!ends.has_value()) return;
  uint64_t rows = 0;
  std::set<absl::string_view> classes;
  for (const ResidualGroup& group : residuals) {
    rows += group.rows;
    classes.insert(group.silicon_class);
  }
  band = ErrorBand{.low = ends->low,
                   .high = ends->high,
                   .coverage = coverage,
                   .source = absl::StrCat("measured: ", source, ", ", rows, " rows of ", classes.size(),
                                          classes.size() == 1 ? " class" : " classes")};
}

absl::StatusOr<ErrorPriors::Entry> ErrorPriors::ParseEntry(const v1::ErrorPrior& prior) {
  const bool stated = prior.low() > 0 && prior.low() <= 1 && prior.high() >= 1 && prior.high() < 1e6;
  const bool measured = !prior.name().empty() && prior.low() == 0 && prior.high() == 0;
  if (stated != prior.name().empty() || !(stated || measured) || !(prior.coverage() > 0 && prior.coverage() < 1) ||
      prior.source().empty()) {
    return absl::InvalidArgumentError("need 0 < low <= 1 <= high or else a name, and 0 < coverage < 1 and a source");
  }
  Entry entry;
  entry.chip = prior.chip() == "*" ? "" : prior.chip();
  entry.limit = static_cast<Limit>(prior.limit());
  entry.name = prior.name();
  entry.coverage = prior.coverage();
  entry.source = prior.source();
  for (const int format : prior.matrix_formats()) entry.matrix_formats.push_back(static_cast<silicon::Format>(format));
  for (const std::string& name : prior.op_classes()) {
    const std::optional<ops::OpClass> op_class = ops::OpClassFromName(name);
    if (!op_class.has_value()) {
      return absl::InvalidArgumentError(absl::StrCat("op_classes: \"", name, "\" is no class"));
    }
    entry.op_classes.push_back(*op_class);
  }
  if (stated) entry.band = ErrorBand{prior.low(), prior.high(), prior.coverage(), prior.source()};
  return entry;
}

absl::StatusOr<ErrorPriors> ErrorPriors::Embedded() {
  const auto& files = EmbeddedErrorPriors();
  const absl::StatusOr<ErrorPriors> priors = Parse(files[0].second, files[1].second);
  if (!priors.ok()) return absl::InternalError(priors.status().message());
  return priors;
}

absl::StatusOr<ErrorPriors> ErrorPriors::Parse(const std::string& priors, const std::string& residuals) {
  v1::ErrorPriors message;
  if (!google::protobuf::TextFormat::ParseFromString(priors, &message)) {
    return absl::InvalidArgumentError("error priors are not a text proto of sandglass.v1.ErrorPriors");
  }
  absl::StatusOr<ResidualsByPrior> groups = ParseResiduals(residuals);
  if (!groups.ok()) return groups.status();
  ErrorPriors result;
  std::set<std::string> names;
  for (int i = 0; i < message.priors_size(); ++i) {
    absl::StatusOr<Entry> entry = ParseEntry(message.priors(i));
    if (!entry.ok()) return absl::InvalidArgumentError(absl::StrCat("priors[", i, "]: ", entry.status().message()));
    if (!entry->name.empty() && !names.insert(entry->name).second) {
      return absl::InvalidArgumentError(absl::StrCat("priors[", i, "].name: \"", entry->name, "\" is stated twice"));
    }
    if (auto own = groups->extract(entry->name)) {
      entry->residuals = std::move(own.mapped());
      entry->Measure();
    }
    result.entries_.push_back(*std::move(entry));
  }
  if (!groups->empty()) {
    return absl::InvalidArgumentError(absl::StrCat("residuals of \"", groups->begin()->first, "\": no entry"));
  }
  const auto fits_all = [](const Entry& entry) {
    return entry.chip.empty() && entry.limit == Limit::kUnspecified && entry.matrix_formats.empty() &&
           entry.op_classes.empty() && entry.name.empty();
  };
  if (result.entries_.empty() || !fits_all(result.entries_.back())) {
    return absl::InvalidArgumentError("priors: the last entry must fit every chip, class, limit and format");
  }
  return result;
}

ErrorPriors ErrorPriors::Without(absl::string_view silicon_class) const {
  ErrorPriors others = *this;
  for (Entry& entry : others.entries_) {
    const auto of_class = [silicon_class](const ResidualGroup& group) { return group.silicon_class == silicon_class; };
    if (std::erase_if(entry.residuals, of_class) > 0) entry.Measure();
  }
  return others;
}

const ErrorBand& ErrorPriors::For(const silicon::Chip& chip, const OperatorKind& kind) const {
  const absl::string_view chip_kind = ChipKindName(chip);
  const auto entry = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& candidate) {
    return candidate.Fits(chip_kind, kind) && candidate.band.has_value();
  });
  return *(entry == entries_.end() ? entries_.back() : *entry).band;
}

absl::string_view ErrorPriors::NameFor(const silicon::Chip& chip, const OperatorKind& kind) const {
  const absl::string_view chip_kind = ChipKindName(chip);
  const auto entry = std::find_if(entries_.begin(), entries_.end(),
                                  [&](const Entry& candidate) { return candidate.Fits(chip_kind, kind); });
  return entry == entries_.end() ? absl::string_view() : entry->name;
}

std::vector<std::string> ErrorPriors::Names() const {
  std::vector<std::string> names;
  for (const Entry& entry : entries_) {
    if (!entry.name.empty()) names.push_back(entry.name);
  }
  return names;
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
