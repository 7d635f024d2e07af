// The published lists of operators ($SANDGLASS_DATA/opcoverage/*.tsv), for tests that hold our tables against them.
//
// Pure but for reading the file; safe from any thread.
#ifndef SANDGLASS_ANALYZER_OPS_PUBLISHED_NAMES_H_
#define SANDGLASS_ANALYZER_OPS_PUBLISHED_NAMES_H_

#include <fstream>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "analyzer/ops/op_names.h"

namespace sandglass::ops {

// A row of a list, with its four columns as they were published.
struct PublishedName {
  std::string op;
  std::string name_space;
  std::string support;
  std::string detail;
};

// The rows of a list; empty where the file cannot be read or is a table of another kind.
inline std::vector<PublishedName> ReadPublishedList(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  if (!std::getline(file, line) || line != "op\tnamespace\tsupport\tdetail") return {};
  std::vector<PublishedName> rows;
  while (std::getline(file, line)) {
    const std::vector<std::string> cells = absl::StrSplit(line, '\t');
    if (cells.size() >= 4) rows.push_back({cells[0], cells[1], cells[2], cells[3]});
  }
  return rows;
}

// What the namespace column means; nullopt: a namespace that our table does not carry.
inline std::optional<NameSpace> PublishedNameSpace(absl::string_view column) {
  static const auto* const kSpaces = new std::map<absl::string_view, NameSpace>{
      {"aten", NameSpace::kAten},
      // Gaudi's own operators, registered in PyTorch ("hpu::rms_norm").
      {"custom", NameSpace::kAten},
      {"HLO", NameSpace::kHlo},
      {"stablehlo", NameSpace::kHlo},
      {"chlo", NameSpace::kHlo},
      {"onnx", NameSpace::kOnnx},
      {"nki", NameSpace::kNki},
      {"nki-library", NameSpace::kNki},
      {"ttnn", NameSpace::kTtnn},
  };
  const auto found = kSpaces->find(column);
  return found == kSpaces->end() ? std::nullopt : std::optional(found->second);
}

// OpKey, without the overloads that other namespaces' operators have in lists ("hpu::softmax_fp8.Scalar") and no
// profiler writes.
inline std::string AtenKey(absl::string_view op) {
  std::string name(absl::StripPrefix(op, "aten::"));
  // Registered names, in which '.' parts a namespace from a name; elsewhere it begins an overload.
  for (const absl::string_view space : {"coreml", "quantized_decomposed", "torchao"}) {
    absl::string_view rest = name;
    if (absl::ConsumePrefix(&rest, absl::StrCat(space, "."))) name = absl::StrCat(space, "::", rest);
  }
  return OpKey(name.substr(0, name.find('.')));
}

// "stablehlo.dot_general" and "DotGeneral" are "dot_general".
inline std::string HloName(absl::string_view op) {
  // The archived compiler's names that do not become StableHLO's by mere change of case.
  static const auto* const kArchived = new std::map<absl::string_view, absl::string_view>{
      {"Allgather", "all_gather"},
      {"Allreduce", "all_reduce"},
      {"Batchnorm", "batch_norm_training"},
      {"Batchnormgrad", "batch_norm_grad"},
      {"Batchnorminference", "batch_norm_inference"},
      {"ConstantLiteral", "constant"},
      {"ConvertElementType", "convert"},
      {"Cos", "cosine"},
      {"Customcall", "custom_call"},
      {"Div", "divide"},
      {"Eq", "compare"},
      {"Exp", "exponential"},
      {"Ge", "compare"},
      {"Gt", "compare"},
      {"Le", "compare"},
      {"LogicalAnd", "and"},
      {"LogicalNot", "not"},
      {"Lt", "compare"},
      {"Max", "maximum"},
      {"Min", "minimum"},
      {"Mul", "multiply"},
      {"Ne", "compare"},
      {"Neg", "negate"},
      {"Pow", "power"},
      {"RngUniform", "rng"},
      {"Sin", "sine"},
      {"Sub", "subtract"},
  };
  const auto found = kArchived->find(op);
  if (found != kArchived->end()) return std::string(found->second);
  // Tenstorrent's tests of StableHLO call its operators "jax.add".
  for (const absl::string_view prefix : {"stablehlo.", "chlo.", "jax."}) absl::ConsumePrefix(&op, prefix);
  std::string name;
  for (const char c : op) {
    const bool word = absl::ascii_isupper(static_cast<unsigned char>(c)) && !name.empty() &&
                      absl::ascii_isalnum(static_cast<unsigned char>(name.back()));
    if (word) name += '_';
    name += absl::ascii_tolower(static_cast<unsigned char>(c));
  }
  return name;
}

// The normal form in which our table and lists hold a published name.
inline std::string NormalName(NameSpace name_space, absl::string_view op) {
  switch (name_space) {
    case NameSpace::kAten:
      return AtenKey(op);
    case NameSpace::kHlo:
      return HloName(op);
    case NameSpace::kOnnx:
      // A misprint in MIGraphX's list.
      return op == "MeanVarian" ? "MeanVarianceNormalization" : std::string(op);
    case NameSpace::kNki:
      for (const absl::string_view prefix : {"nki.isa.", "nki.language."}) absl::ConsumePrefix(&op, prefix);
      return std::string(op);
    case NameSpace::kTtnn:
      return std::string(absl::StripPrefix(op, "ttnn."));
  }
  return std::string(op);
}

}  // namespace sandglass::ops

#endif  // SANDGLASS_ANALYZER_OPS_PUBLISHED_NAMES_H_
