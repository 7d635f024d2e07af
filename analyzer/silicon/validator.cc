#include "analyzer/silicon/validator.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <cmath>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "analyzer/ops/op_class.h"
#include "analyzer/silicon/units.h"

namespace sandglass::silicon {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// What is wrong with one file.
class Problems {
 public:
  explicit Problems(absl::string_view file) : file_(file) {}

  void Add(absl::string_view path, absl::string_view what) {
    lines_.push_back(absl::StrCat(file_, ": ", path, ": ", what));
  }

  size_t size() const { return lines_.size(); }
  std::vector<std::string> Take() { return std::move(lines_); }

 private:
  std::string file_;
  std::vector<std::string> lines_;
};

void Visit(const Message& message, const std::string& path,
           const std::function<void(const std::string&, const v1::Figure&)>& visit) {
  if (const auto* figure = dynamic_cast<const v1::Figure*>(&message)) visit(path, *figure);
  const Reflection& reflection = *message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) continue;
    const std::string inner = absl::StrCat(path, path.empty() ? "" : ".", field->name());
    if (!field->is_repeated()) {
      Visit(reflection.GetMessage(message, field), inner, visit);
      continue;
    }
    for (int i = 0; i < reflection.FieldSize(message, field); ++i) {
      Visit(reflection.GetRepeatedMessage(message, field, i), absl::StrCat(inner, "[", i, "]"), visit);
    }
  }
}

// YYYY, YYYY-MM or YYYY-MM-DD.
bool IsDate(absl::string_view text) {
  const std::vector<absl::string_view> parts = absl::StrSplit(text, '-');
  if (parts.size() > 3 || parts[0].size() != 4) return false;
  static constexpr int kLeast[] = {1950, 1, 1};
  static constexpr int kMost[] = {2199, 12, 31};
  for (size_t i = 0; i < parts.size(); ++i) {
    int number = 0;
    if (i > 0 && parts[i].size() != 2) return false;
    for (const char c : parts[i]) {
      if (!absl::ascii_isdigit(static_cast<unsigned char>(c))) return false;
    }
    if (!absl::SimpleAtoi(parts[i], &number) || number < kLeast[i] || number > kMost[i]) return false;
  }
  return true;
}

void CheckSource(const v1::Source& source, const std::string& path, Problems& problems) {
  if (source.title().empty()) return problems.Add(path, "source.title is missing; say who or what says so");
  if (!IsDate(source.date())) {
    return problems.Add(path, absl::StrCat("source.date \"", source.date(), "\" is not YYYY, YYYY-MM or YYYY-MM-DD"));
  }
}

// A compiled stack has no dispatch of single operators, and some links have no latency worth a number.
bool MayBeZero(const std::string& path) {
  return absl::EndsWith(path, ".dispatch") || absl::EndsWith(path, ".latency") || absl::EndsWith(path, ".step_launch");
}

void AddNumberProblem(const v1::Figure& figure, const std::string& path, Problems& problems) {
  for (const double number : {figure.value(), figure.low(), figure.high()}) {
    if (!std::isfinite(number)) return problems.Add(path, absl::StrCat(number, " is not a finite number"));
    if (number < 0) return problems.Add(path, absl::StrCat(number, " is negative: must be above zero"));
  }
  if (figure.value() == 0 && (!MayBeZero(path) || figure.basis() == v1::FIGURE_BASIS_ASSUMED)) {
    return problems.Add(path, "value 0: must be above zero; leave out what is unknown");
  }
  if (figure.has_low() && figure.low() > figure.value()) {
    return problems.Add(path, absl::StrCat("low ", figure.low(), " is above the value ", figure.value()));
  }
  if (figure.has_high() && figure.high() < figure.value()) {
    return problems.Add(path, absl::StrCat("high ", figure.high(), " is below the value ", figure.value()));
  }
  const bool share = absl::EndsWith(path, "efficiency") || absl::EndsWith(path, "retained");
  if (share && std::max(figure.value(), figure.high()) > 1) {
    return problems.Add(path, absl::StrCat(std::max(figure.value(), figure.high()), " is above 1, and a share"));
  }
}

// Whether a figure's numbers can be right at all.
bool CheckNumbers(const v1::Figure& figure, const std::string& path, Problems& problems) {
  const size_t before = problems.size();
  AddNumberProblem(figure, path, problems);
  return problems.size() == before;
}

void CheckFigure(const v1::Figure& figure, const std::string& path, Problems& problems) {
  if (!CheckNumbers(figure, path, problems)) return;
  const std::string number = absl::StrCat(path, ": ", figure.value(), figure.unit().empty() ? "" : " ", figure.unit());
  if (figure.unit().empty()) return problems.Add(number, "unit is missing");
  if (!v1::FigureBasis_IsValid(figure.basis()) || figure.basis() == v1::FIGURE_BASIS_UNSPECIFIED) {
    return problems.Add(number, "basis is missing; one of measured, datasheet, derived, assumed");
  }
  if (!v1::Confidence_IsValid(figure.confidence()) || figure.confidence() == v1::CONFIDENCE_UNSPECIFIED) {
    return problems.Add(number, "confidence is missing; one of low, medium, high");
  }
  const bool assumed = figure.basis() == v1::FIGURE_BASIS_ASSUMED;
  if (assumed && !(figure.has_low() && figure.has_high())) {
    return problems.Add(number, "is assumed without a range; give low and high");
  }
  if ((assumed || figure.basis() == v1::FIGURE_BASIS_DERIVED) && figure.note().empty()) {
    return problems.Add(number, "is derived or assumed without a note; say how or why");
  }
  CheckSource(figure.source(), number, problems);
}

void CheckFigures(const v1::SiliconClass& message, Problems& problems) {
  VisitFigures(message,
               [&](const std::string& path, const v1::Figure& figure) { CheckFigure(figure, path, problems); });
}

void CheckIdentity(const v1::SiliconClass& message, absl::string_view stem, Problems& problems) {
  const std::string& id = message.id();
  if (id != stem) return problems.Add("id", absl::StrCat("\"", id, "\" is not the file's name, \"", stem, "\""));
  for (const char c : id) {
    if (!absl::ascii_islower(static_cast<unsigned char>(c)) && !absl::ascii_isdigit(static_cast<unsigned char>(c)) &&
        c != '-') {
      return problems.Add("id", "may have lower-case letters, digits and '-' only");
    }
  }
  if (message.display_name().empty()) return problems.Add("display_name", "is missing");
  if (message.vendor().empty()) return problems.Add("vendor", "is missing");
  if (!IsDate(message.released())) {
    return problems.Add("released", absl::StrCat("\"", message.released(), "\" is not YYYY, YYYY-MM or YYYY-MM-DD"));
  }
  if (!v1::Generality_IsValid(message.generality()) || message.generality() == v1::GENERALITY_UNSPECIFIED) {
    return problems.Add("generality", "is missing; one of general, specialised, single_purpose");
  }
  if (message.version() == 0) return problems.Add("version", "is missing; it starts at 1");
}

// Width class of a format: a narrower one (higher) should not be slower.
int Narrowness(v1::ComputeFormat format) {
  switch (format) {
    case v1::COMPUTE_FORMAT_FP64:
      return 0;
    case v1::COMPUTE_FORMAT_FP32:
      return 1;
    case v1::COMPUTE_FORMAT_TF32:
      return 2;
    case v1::COMPUTE_FORMAT_FP16:
    case v1::COMPUTE_FORMAT_BF16:
      return 3;
    case v1::COMPUTE_FORMAT_FP8:
    case v1::COMPUTE_FORMAT_INT8:
      return 4;
    case v1::COMPUTE_FORMAT_FP4:
      return 5;
    default:
      return -1;
  }
}

// In FLOP/s; 0 where the unit is none, which is another problem.
double PeakOf(const v1::ComputeRate& rate) {
  return rate.peak().value() * UnitFactor(rate.peak().unit(), Dimension::kFlopPerSecond).value_or(0);
}

// A peak below that of a wider format is a slip of the pen or a fact worth a note.
void CheckPeaks(const google::protobuf::RepeatedPtrField<v1::ComputeRate>& rates, absl::string_view field,
                Problems& problems) {
  for (int i = 0; i < rates.size(); ++i) {
    for (const v1::ComputeRate& wider : rates) {
      if (Narrowness(wider.format()) >= Narrowness(rates[i].format()) || PeakOf(rates[i]) >= PeakOf(wider)) continue;
      if (!rates[i].peak().note().empty() || !wider.peak().note().empty()) continue;
      return problems.Add(
          absl::StrCat(field, "[", i, "].peak"),
          absl::StrCat(rates[i].peak().value(), " ", rates[i].peak().unit(), " in ",
                       v1::ComputeFormat_Name(rates[i].format()), " is below the ", wider.peak().value(),
                       " of the wider ", v1::ComputeFormat_Name(wider.format()), "; if that is so, say why in a note"));
    }
  }
}

void CheckRates(const google::protobuf::RepeatedPtrField<v1::ComputeRate>& rates, absl::string_view field,
                Problems& problems) {
  std::set<int> formats;
  for (int i = 0; i < rates.size(); ++i) {
    const std::string path = absl::StrCat(field, "[", i, "].format");
    const v1::ComputeFormat format = rates[i].format();
    if (!v1::ComputeFormat_IsValid(format) || format == v1::COMPUTE_FORMAT_UNSPECIFIED) {
      return problems.Add(path, "is missing");
    }
    if (!formats.insert(format).second) {
      return problems.Add(path, absl::StrCat(v1::ComputeFormat_Name(format), " is there twice"));
    }
  }
  CheckPeaks(rates, field, problems);
}

void CheckUnits(const v1::SiliconClass& message, Problems& problems) {
  CheckRates(message.matrix_rates(), "matrix_rates", problems);
  CheckRates(message.vector_rates(), "vector_rates", problems);
  if (!message.matrix_rates().empty() && !message.has_matrix_efficiency()) {
    return problems.Add("matrix_efficiency", "is missing beside matrix_rates");
  }
  if (!message.vector_rates().empty() && !message.has_vector_efficiency()) {
    return problems.Add("vector_efficiency", "is missing beside vector_rates");
  }
}

bool IsClassPattern(const std::string& op_class) {
  return op_class == "*" || op_class == "md_*" || ops::OpClassFromName(op_class).has_value();
}

void CheckOperators(const v1::SoftwareStack& stack, const std::string& path, Problems& problems) {
  for (int i = 0; i < stack.operators_size(); ++i) {
    const v1::OperatorSupport& entry = stack.operators(i);
    const std::string inner = absl::StrCat(path, ".operators[", i, "]");
    if (!IsClassPattern(entry.op_class())) {
      problems.Add(inner + ".op_class",
                   absl::StrCat("\"", entry.op_class(), "\" is no operator class; see analyzer/ops/op_class.h"));
    }
    if (!v1::Support_IsValid(entry.support()) || entry.support() == v1::SUPPORT_UNSPECIFIED) {
      problems.Add(inner + ".support", "is missing");
    }
    if (!v1::EvidenceKind_IsValid(entry.evidence()) || entry.evidence() == v1::EVIDENCE_KIND_UNSPECIFIED) {
      problems.Add(inner + ".evidence", "is missing; one of measured, kernel_library, operator_list, documented");
    }
    CheckSource(entry.source(), inner, problems);
  }
}

bool MayFallBack(const v1::SoftwareStack& stack) {
  if (stack.fp64() == v1::SUPPORT_HOST_FALLBACK) return true;
  for (const v1::OperatorSupport& entry : stack.operators()) {
    if (entry.support() == v1::SUPPORT_HOST_FALLBACK) return true;
  }
  return false;
}

void CheckStacks(const v1::SiliconClass& message, Problems& problems) {
  if (message.stacks().empty()) return problems.Add("stacks", "is empty; at least one software stack is needed");
  std::set<std::string> names;
  for (int i = 0; i < message.stacks_size(); ++i) {
    const v1::SoftwareStack& stack = message.stacks(i);
    const std::string path = absl::StrCat("stacks[", i, "]");
    if (stack.name().empty()) return problems.Add(path + ".name", "is missing");
    if (!names.insert(stack.name()).second) {
      return problems.Add(path + ".name", absl::StrCat("\"", stack.name(), "\" is there twice"));
    }
    CheckOperators(stack, path, problems);
    if (MayFallBack(stack) && !message.has_host()) {
      problems.Add("host", absl::StrCat("is missing, and ", path, " (", stack.name(), ") falls back to it"));
    }
  }
}

void CheckPrices(const v1::SiliconClass& message, Problems& problems) {
  bool purchase = false;
  for (int i = 0; i < message.prices_size(); ++i) {
    const v1::Price& price = message.prices(i);
    const std::string path = absl::StrCat("prices[", i, "]");
    if (!v1::PriceBasis_IsValid(price.basis()) || price.basis() == v1::PRICE_BASIS_UNSPECIFIED) {
      return problems.Add(path + ".basis", "is missing");
    }
    if (!IsDate(price.as_of())) {
      return problems.Add(path + ".as_of", absl::StrCat("\"", price.as_of(), "\" is not YYYY, YYYY-MM or YYYY-MM-DD"));
    }
    purchase |= price.basis() == v1::PRICE_BASIS_PURCHASE || price.basis() == v1::PRICE_BASIS_OWN_COST;
  }
  if (!purchase)
    return problems.Add("prices", "has no purchase and no own cost; give one, assumed with a range if nobody sells it");
}

void CheckPower(const v1::SiliconClass& message, Problems& problems) {
  const v1::Figure& idle = message.power().idle();
  const v1::Figure& limit = message.power().limit();
  const auto watts = [](const v1::Figure& figure) {
    return figure.value() * UnitFactor(figure.unit(), Dimension::kWatts).value_or(0);
  };
  if (watts(idle) > 0 && watts(limit) > 0 && watts(idle) >= watts(limit)) {
    return problems.Add("power.idle", absl::StrCat(idle.value(), " ", idle.unit(), " is not below power.limit, ",
                                                   limit.value(), " ", limit.unit()));
  }
  const v1::Power& power = message.power();
  const auto hertz = [](const v1::Figure& figure) {
    return figure.value() * UnitFactor(figure.unit(), Dimension::kHertz).value_or(0);
  };
  if (power.has_top_clock() && (!power.has_clock() || hertz(power.top_clock()) < hertz(power.clock()))) {
    problems.Add("power.top_clock", "is below power.clock, or there is none: it is the highest clock of the design");
  }
}

}  // namespace

void VisitFigures(const Message& message,
                  const std::function<void(const std::string& path, const v1::Figure& figure)>& visit) {
  Visit(message, "", visit);
}

std::vector<std::string> ProblemsOfClass(const v1::SiliconClass& message, absl::string_view stem) {
  Problems problems(absl::StrCat(stem, ".textproto"));
  CheckIdentity(message, stem, problems);
  for (const auto& check : {CheckFigures, CheckUnits, CheckStacks, CheckPrices, CheckPower}) check(message, problems);
  return problems.Take();
}

std::vector<std::string> ProblemsOfNames(const std::vector<v1::SiliconClass>& classes) {
  std::vector<std::string> lines;
  std::map<std::string, std::string> owners;
  for (const v1::SiliconClass& message : classes) {
    Problems problems(absl::StrCat(message.id(), ".textproto"));
    std::vector<std::string> names = {message.id()};
    names.insert(names.end(), message.aliases().begin(), message.aliases().end());
    for (const std::string& name : names) {
      if (ComparableName(name).empty()) problems.Add("aliases", "one is empty");
      const auto [owner, fresh] = owners.emplace(ComparableName(name), message.id());
      if (!fresh) problems.Add("aliases", absl::StrCat("\"", name, "\" is already a name of ", owner->second));
    }
    for (std::string& line : problems.Take()) lines.push_back(std::move(line));
  }
  return lines;
}

std::vector<std::string> ProblemsOfClaims(const v1::ClaimList& claims) {
  Problems problems("claims.textproto");
  std::set<std::string> ids;
  for (int i = 0; i < claims.claims_size(); ++i) {
    const v1::Claim& claim = claims.claims(i);
    const std::string path = absl::StrCat("claims[", i, "]");
    if (claim.id().empty() || !ids.insert(claim.id()).second) problems.Add(path + ".id", "is missing or there twice");
    if (claim.statement().empty()) problems.Add(path + ".statement", "is missing");
    if (claim.finding().empty()) problems.Add(path + ".finding", "is missing; say what was looked for and found");
    if (!v1::ClaimVerdict_IsValid(claim.verdict()) || claim.verdict() == v1::CLAIM_VERDICT_UNSPECIFIED) {
      problems.Add(path + ".verdict", "is missing");
    }
    VisitFigures(claim, [&](const std::string& inner, const v1::Figure& figure) {
      CheckFigure(figure, absl::StrCat(path, ".", inner), problems);
    });
  }
  return problems.Take();
}

std::string ComparableName(absl::string_view name) {
  std::string result = absl::AsciiStrToLower(absl::StripAsciiWhitespace(name));
  for (char& c : result) {
    if (c == ' ' || c == '_') c = '-';
  }
  return result;
}

}  // namespace sandglass::silicon
