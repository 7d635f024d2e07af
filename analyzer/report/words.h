// The words that reports use for the schema's enums, and back where users type them.
//
// Pure; safe from any thread. An unspecified or unknown number is "?", so that it never reads as something known.
#ifndef SANDGLASS_ANALYZER_REPORT_WORDS_H_
#define SANDGLASS_ANALYZER_REPORT_WORDS_H_

#include <string>

#include "absl/strings/string_view.h"
#include "proto/claims.pb.h"
#include "proto/report.pb.h"
#include "proto/silicon.pb.h"
#include "proto/trace.pb.h"

namespace sandglass::report {

// "token"
absl::string_view Word(v1::WorkUnit unit);
// "train"
absl::string_view Word(v1::Phase phase);
// "measured", "shapes only"
absl::string_view Word(v1::RunMode mode);
// "memory"
absl::string_view Word(v1::Limit limit);
// "supported"
absl::string_view Word(v1::Verdict verdict);
// "bf16"; unspecified is "source", its meaning.
absl::string_view Word(v1::PrecisionPolicy precision);
// "owned"; unspecified is "owned", its meaning.
absl::string_view Word(v1::CostBasis basis);
// "native"
absl::string_view Word(v1::Support support);
// "kernel library"
absl::string_view Word(v1::EvidenceKind evidence);
// "medium"
absl::string_view Word(v1::Confidence confidence);
// "partly supported"
absl::string_view Word(v1::ClaimVerdict verdict);
// "general"
absl::string_view Word(v1::Generality generality);
// "on demand"
absl::string_view Word(v1::PriceBasis basis);
// "assumed", "modelled", "measured"
absl::string_view Word(v1::EstimateProvenance provenance);
// "assumed", "datasheet" …
absl::string_view Word(v1::FigureBasis basis);
// "bf16"
absl::string_view Word(v1::ComputeFormat format);
// "bf16"
absl::string_view Word(v1::DataType dtype);
// "host op"
absl::string_view Word(v1::OperatorKind kind);

// "1024 tokens", "1.00 step", "0.000400 ns of MD".
std::string WorkText(const v1::WorkDone& done);

// "NVIDIA V100 = nvidia-v100 (asserted by importer)"; of alike devices one, and how many. Empty: there are none. Names
// are a stranger's: make them safe to print.
std::string DevicesText(const google::protobuf::RepeatedPtrField<v1::Device>& devices);

// T (measured: read from the trace), M (modelled), A (assumed).
char Letter(v1::EstimateProvenance provenance);
// What the letters mean, in one line.
absl::string_view LetterLegend();

}  // namespace sandglass::report

#endif  // SANDGLASS_ANALYZER_REPORT_WORDS_H_
