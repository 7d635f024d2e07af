// How far a modelled time may be off, before measured residuals say better: bands by chip kind and binding limit.
//
// Pure after loading; safe from any thread.
#ifndef SANDGLASS_ANALYZER_MODELS_ERROR_PRIOR_H_
#define SANDGLASS_ANALYZER_MODELS_ERROR_PRIOR_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "analyzer/models/estimate.h"
#include "analyzer/silicon/silicon.h"

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
  // Those of error_priors.textproto. Errors: Internal, if that file is broken.
  static absl::StatusOr<ErrorPriors> Embedded();
  // From text. Errors: InvalidArgument, naming the entry, unless 0 < low ≤ 1 ≤ high, 0 < coverage < 1, and the last
  // entry fits everything.
  static absl::StatusOr<ErrorPriors> Parse(const std::string& text);

  // The first entry that fits. `matrix_formats`: those that the matrix units compute in, if they do.
  const ErrorBand& For(const silicon::Chip& chip, Limit limit, absl::Span<const silicon::Format> matrix_formats) const;

 private:
  struct Entry {
    // Empty: any.
    std::string chip;
    // kUnspecified: any.
    Limit limit = Limit::kUnspecified;
    // Empty: any, or none.
    std::vector<silicon::Format> matrix_formats;
    ErrorBand band;
  };
  std::vector<Entry> entries_;
};

// The name of the chip's kind, as in silicon.proto: "gpu", "systolic".
absl::string_view ChipKindName(const silicon::Chip& chip);
// Whether a kind of chip is called so.
bool IsChipKind(absl::string_view name);

}  // namespace sandglass::models

#endif  // SANDGLASS_ANALYZER_MODELS_ERROR_PRIOR_H_
