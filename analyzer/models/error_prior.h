// How far a modelled time may be off: bands by chip kind, operator class, binding limit and format, from what was
// measured (residual_band.h) or, where nothing was, by judgement.
//
// Pure after loading; safe from any thread.
#ifndef SANDGLASS_ANALYZER_MODELS_ERROR_PRIOR_H_
#define SANDGLASS_ANALYZER_MODELS_ERROR_PRIOR_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "analyzer/models/estimate.h"
#include "analyzer/models/residual_band.h"
#include "analyzer/ops/op_taxonomy.h"
#include "analyzer/quantities/quantities.h"
#include "analyzer/silicon/silicon.h"

namespace sandglass::v1 {
class ErrorPrior;
}  // namespace sandglass::v1

namespace sandglass::models {

// The truth over the estimate lies between low and high with probability `coverage`.
struct ErrorBand {
  double low = 1;
  double high = 1;
  double coverage = 0;
  // Why.
  std::string source;
};

class ErrorPriors {
 public:
  // Those of error_priors.textproto, with the residuals of error_residuals.textproto. Errors: Internal, if those files
  // are broken.
  static absl::StatusOr<ErrorPriors> Embedded();
  // From text protos of v1::ErrorPriors and v1::MeasuredErrors. Errors: InvalidArgument, naming the entry, unless
  // 0 < low ≤ 1 ≤ high or there is a name, 0 < coverage < 1, the last entry fits everything, and residuals are of an
  // entry, of whole percentiles and once of each set and silicon class.
  static absl::StatusOr<ErrorPriors> Parse(const std::string& priors, const std::string& residuals = "");

  // What the other silicon classes say: the same without the residuals of one.
  ErrorPriors Without(absl::string_view silicon_class) const;

  // Of the first entry that fits and has a band.
  const ErrorBand& For(const silicon::Chip& chip, const OperatorKind& kind) const;
  // The name of the first entry that fits; empty: its band is a prior.
  absl::string_view NameFor(const silicon::Chip& chip, const OperatorKind& kind) const;
  // In the order of the entries.
  std::vector<std::string> Names() const;

 private:
  struct Entry {
    // Empty: any.
    std::string chip;
    // kUnspecified: any.
    Limit limit = Limit::kUnspecified;
    // Empty: any, or none.
    std::vector<silicon::Format> matrix_formats;
    // Empty: any.
    std::vector<ops::OpClass> op_classes;
    // Empty: the band is stated.
    std::string name;
    std::vector<ResidualGroup> residuals;
    // nullopt: no residuals give it.
    std::optional<ErrorBand> band;
    double coverage = 0;
    std::string source;

    bool Fits(absl::string_view chip_kind, const OperatorKind& kind) const;
    // From the residuals.
    void Measure();
  };

  static absl::StatusOr<Entry> ParseEntry(const v1::ErrorPrior& prior);

  std::vector<Entry> entries_;
};

// A part of a whole time, and how far it may be off.
struct BandOfPart {
  Seconds time;
  const ErrorBand* band = nullptr;
};

// The band of a sum of parts whose errors are shared: ends are means by time, the coverage is the least, and the source
// names those of the largest parts. Requires: parts, of which one takes time.
ErrorBand BandOfSum(const std::vector<BandOfPart>& parts);

// The name of the chip's kind, as in silicon.proto: "gpu", "systolic".
absl::string_view ChipKindName(const silicon::Chip& chip);
// Whether a kind of chip is called so.
bool IsChipKind(absl::string_view name);

}  // namespace sandglass::models

#endif  // SANDGLASS_ANALYZER_MODELS_ERROR_PRIOR_H_
