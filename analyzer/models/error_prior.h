// How far a modelled time may be off: bands by chip kind, operator class, binding limit and format.
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
#include "analyzer/ops/op_class.h"
#include "analyzer/quantities/quantities.h"
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
  const ErrorBand& For(const silicon::Chip& chip, ops::OpClass op_class, Limit limit,
                       absl::Span<const silicon::Format> matrix_formats) const;

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
    ErrorBand band;
  };
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
