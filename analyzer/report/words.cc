#include "analyzer/report/words.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analyzer/report/numbers.h"

namespace sandglass::report {
namespace {

// The word at the enum's number.
template <size_t kSize, typename Enum>
absl::string_view Pick(const char* const (&words)[kSize], Enum number) {
  const auto index = static_cast<size_t>(number);
  return index < kSize ? words[index] : "?";
}

}  // namespace

absl::string_view Word(v1::WorkUnit unit) {
  static constexpr const char* kWords[] = {"?", "token", "sample", "step", "ns of MD"};
  return Pick(kWords, unit);
}

absl::string_view Word(v1::Phase phase) {
  static constexpr const char* kWords[] = {"?", "train", "prefill", "decode", "infer", "simulate"};
  return Pick(kWords, phase);
}

absl::string_view Word(v1::RunMode mode) {
  static constexpr const char* kWords[] = {"?", "measured", "shapes only"};
  return Pick(kWords, mode);
}

absl::string_view Word(v1::Limit limit) {
  static constexpr const char* kWords[] = {"?",      "launch",        "matrix", "vector",  "memory",
                                           "serial", "communication", "power",  "MD step", "host"};
  return Pick(kWords, limit);
}

absl::string_view Word(v1::Verdict verdict) {
  static constexpr const char* kWords[] = {"?", "supported", "unsupported", "infeasible", "unknown"};
  return Pick(kWords, verdict);
}

absl::string_view Word(v1::PrecisionPolicy precision) {
  static constexpr const char* kWords[] = {"source", "source", "tf32", "bf16", "fp8"};
  return Pick(kWords, precision);
}

absl::string_view Word(v1::CostBasis basis) {
  static constexpr const char* kWords[] = {"owned", "owned", "rented"};
  return Pick(kWords, basis);
}

absl::string_view Word(v1::Support support) {
  static constexpr const char* kWords[] = {"?",           "native", "decomposed", "emulated", "host fallback",
                                           "unsupported", "unknown"};
  return Pick(kWords, support);
}

absl::string_view Word(v1::EvidenceKind evidence) {
  static constexpr const char* kWords[] = {"no evidence",   "measured",   "kernel library",
                                           "operator list", "documented", "absent from list"};
  return Pick(kWords, evidence);
}

absl::string_view Word(v1::Confidence confidence) {
  static constexpr const char* kWords[] = {"?", "low", "medium", "high"};
  return Pick(kWords, confidence);
}

absl::string_view Word(v1::ClaimVerdict verdict) {
  static constexpr const char* kWords[] = {"?",           "supported", "partly supported", "contradicted",
                                           "unsupported", "miscited"};
  return Pick(kWords, verdict);
}

absl::string_view Word(v1::Generality generality) {
  static constexpr const char* kWords[] = {"?", "general", "specialised", "single purpose"};
  return Pick(kWords, generality);
}

absl::string_view Word(v1::PriceBasis basis) {
  static constexpr const char* kWords[] = {"?",        "on demand", "reserved", "spot", "rental market",
                                           "purchase", "own cost"};
  return Pick(kWords, basis);
}

absl::string_view Word(v1::EstimateProvenance provenance) {
  static constexpr const char* kWords[] = {"?", "measured", "modelled", "assumed"};
  return Pick(kWords, provenance);
}

absl::string_view Word(v1::FigureBasis basis) {
  static constexpr const char* kWords[] = {"?", "measured", "datasheet", "derived", "assumed"};
  return Pick(kWords, basis);
}

absl::string_view Word(v1::ComputeFormat format) {
  static constexpr const char* kWords[] = {"?", "fp64", "fp32", "tf32", "fp16", "bf16", "fp8", "fp4", "int8"};
  return Pick(kWords, format);
}

absl::string_view Word(v1::DataType dtype) {
  static constexpr const char* kWords[] = {"?",   "bool", "i8",  "u8",   "i16",    "i32",    "i64",    "f16", "bf16",
                                           "f32", "f64",  "c64", "c128", "f8e4m3", "f8e5m2", "f4e2m1", "i4",  "other"};
  return Pick(kWords, dtype);
}

absl::string_view Word(v1::OperatorKind kind) {
  static constexpr const char* kWords[] = {"?",      "host op",    "kernel",  "memcpy", "collective", "point to point",
                                           "memory", "annotation", "MD phase"};
  return Pick(kWords, kind);
}

std::string WorkText(const v1::WorkDone& done) {
  const bool plural = done.count() != 1 && done.unit() != v1::WORK_UNIT_MD_NANOSECOND;
  return absl::StrCat(Digits(done.count()), " ", Word(done.unit()), plural ? "s" : "");
}

std::string DevicesText(const google::protobuf::RepeatedPtrField<v1::Device>& devices) {
  std::vector<std::pair<std::string, int>> alike;
  for (const v1::Device& device : devices) {
    std::string text = device.raw_name().empty() ? "a device without a name" : device.raw_name();
    if (device.silicon_class().empty()) {
      text += " (class unknown)";
    } else {
      absl::StrAppend(&text, " = ", device.silicon_class());
      if (!device.asserted_by().empty()) absl::StrAppend(&text, " (asserted by ", device.asserted_by(), ")");
    }
    const auto known = std::find_if(alike.begin(), alike.end(), [&text](const auto& one) { return one.first == text; });
    if (known == alike.end()) {
      alike.emplace_back(std::move(text), 1);
    } else {
      ++known->second;
    }
  }
  return absl::StrJoin(alike, ", ", [](std::string* out, const auto& one) {
    if (one.second > 1) absl::StrAppend(out, one.second, " x ");
    *out += one.first;
  });
}

char Letter(v1::EstimateProvenance provenance) {
  static constexpr char kLetters[] = {'?', 'T', 'M', 'A'};
  const auto index = static_cast<size_t>(provenance);
  return index < std::size(kLetters) ? kLetters[index] : '?';
}

absl::string_view LetterLegend() {
  return "T measured (read from the trace), M modelled from figures with sources, A modelled with at least one assumed "
         "figure";
}

}  // namespace sandglass::report
