#include "analyzer/silicon/validator.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <cmath>
#include <map>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "analyzer/ops/op_class.h"

namespace sandglass::silicon {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

absl::Status Invalid(absl::string_view path, absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat(path, ": ", what));
}

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

absl::Status CheckSource(const v1::Source& source, const std::string& path) {
  if (source.title().empty()) return Invalid(path, "source.title is missing; say who or what says so");
  if (!IsDate(source.date())) {
    return Invalid(path, absl::StrCat("source.date \"", source.date(), "\" is not YYYY, YYYY-MM or YYYY-MM-DD"));
  }
  return absl::OkStatus();
}

// A compiled stack has no dispatch of single operators, and some links have no latency worth a number.
bool MayBeZero(const std::string& path) {
  return absl::EndsWith(path, ".dispatch") || absl::EndsWith(path, ".latency") || absl::EndsWith(path, ".step_launch");
}

absl::Status CheckNumbers(const v1::Figure& figure, const std::string& path) {
  for (const double number : {figure.value(), figure.low(), figure.high()}) {
    if (!std::isfinite(number)) return Invalid(path, absl::StrCat(number, " is not a finite number"));
    if (number < 0) return Invalid(path, absl::StrCat(number, " is negative"));
  }
  if (figure.value() == 0 && (!MayBeZero(path) || figure.basis() == v1::FIGURE_BASIS_ASSUMED)) {
    return Invalid(path, "is zero; leave out what is unknown");
  }
  if (figure.has_low() && figure.low() > figure.value()) {
    return Invalid(path, absl::StrCat("low ", figure.low(), " is above the value ", figure.value()));
  }
  if (figure.has_high() && figure.high() < figure.value()) {
    return Invalid(path, absl::StrCat("high ", figure.high(), " is below the value ", figure.value()));
  }
  if (absl::EndsWith(path, "efficiency") && std::max(figure.value(), figure.high()) > 1) {
    return Invalid(path, "is a share of the peak, and above 1");
  }
  return absl::OkStatus();
}

absl::Status CheckFigure(const v1::Figure& figure, const std::string& path) {
  if (absl::Status status = CheckNumbers(figure, path); !status.ok()) return status;
  if (figure.unit().empty()) return Invalid(path, "unit is missing");
  if (!v1::FigureBasis_IsValid(figure.basis()) || figure.basis() == v1::FIGURE_BASIS_UNSPECIFIED) {
    return Invalid(path, "basis is missing; one of measured, datasheet, derived, assumed");
  }
  if (!v1::Confidence_IsValid(figure.confidence()) || figure.confidence() == v1::CONFIDENCE_UNSPECIFIED) {
    return Invalid(path, "confidence is missing; one of low, medium, high");
  }
  const bool assumed = figure.basis() == v1::FIGURE_BASIS_ASSUMED;
  if (assumed && !(figure.has_low() && figure.has_high())) {
    return Invalid(path, "is assumed without a range; give low and high");
  }
  if ((assumed || figure.basis() == v1::FIGURE_BASIS_DERIVED) && figure.note().empty()) {
    return Invalid(path, "is derived or assumed without a note; say how or why");
  }
  return CheckSource(figure.source(), path);
}

absl::Status CheckFigures(const v1::SiliconClass& message) {
  absl::Status result;
  VisitFigures(message, [&result](const std::string& path, const v1::Figure& figure) {
    if (result.ok()) result = CheckFigure(figure, path);
  });
  return result;
}

absl::Status CheckIdentity(const v1::SiliconClass& message, absl::string_view stem) {
  const std::string& id = message.id();
  if (id != stem) return Invalid("id", absl::StrCat("\"", id, "\" is not the file's name, \"", stem, "\""));
  for (const char c : id) {
    if (!absl::ascii_islower(static_cast<unsigned char>(c)) && !absl::ascii_isdigit(static_cast<unsigned char>(c)) &&
        c != '-') {
      return Invalid("id", "may have lower-case letters, digits and '-' only");
    }
  }
  if (message.display_name().empty()) return Invalid("display_name", "is missing");
  if (message.vendor().empty()) return Invalid("vendor", "is missing");
  if (!IsDate(message.released())) {
    return Invalid("released", absl::StrCat("\"", message.released(), "\" is not YYYY, YYYY-MM or YYYY-MM-DD"));
  }
  if (!v1::Generality_IsValid(message.generality()) || message.generality() == v1::GENERALITY_UNSPECIFIED) {
    return Invalid("generality", "is missing; one of general, specialised, single_purpose");
  }
  if (message.version() == 0) return Invalid("version", "is missing; it starts at 1");
  return absl::OkStatus();
}

absl::Status CheckRates(const google::protobuf::RepeatedPtrField<v1::ComputeRate>& rates, absl::string_view field) {
  std::set<int> formats;
  for (int i = 0; i < rates.size(); ++i) {
    const std::string path = absl::StrCat(field, "[", i, "].format");
    const v1::ComputeFormat format = rates[i].format();
    if (!v1::ComputeFormat_IsValid(format) || format == v1::COMPUTE_FORMAT_UNSPECIFIED) {
      return Invalid(path, "is missing");
    }
    if (!formats.insert(format).second) {
      return Invalid(path, absl::StrCat(v1::ComputeFormat_Name(format), " is there twice"));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckUnits(const v1::SiliconClass& message) {
  if (absl::Status status = CheckRates(message.matrix_rates(), "matrix_rates"); !status.ok()) return status;
  if (absl::Status status = CheckRates(message.vector_rates(), "vector_rates"); !status.ok()) return status;
  if (!message.matrix_rates().empty() && !message.has_matrix_efficiency()) {
    return Invalid("matrix_efficiency", "is missing beside matrix_rates");
  }
  if (!message.vector_rates().empty() && !message.has_vector_efficiency()) {
    return Invalid("vector_efficiency", "is missing beside vector_rates");
  }
  return absl::OkStatus();
}

absl::Status CheckOperators(const v1::SoftwareStack& stack, const std::string& path) {
  std::set<std::string> names;
  for (int i = 0; i < stack.operators_size(); ++i) {
    const v1::OperatorSupport& entry = stack.operators(i);
    const std::string inner = absl::StrCat(path, ".operators[", i, "]");
    if (entry.op_class() != "*" && !ops::OpClassFromName(entry.op_class()).has_value()) {
      return Invalid(inner + ".op_class",
                     absl::StrCat("\"", entry.op_class(), "\" is no operator class; see analyzer/ops/op_class.h"));
    }
    if (!names.insert(entry.op_class()).second) {
      return Invalid(inner + ".op_class", absl::StrCat("\"", entry.op_class(), "\" is there twice"));
    }
    if (!v1::Support_IsValid(entry.support()) || entry.support() == v1::SUPPORT_UNSPECIFIED) {
      return Invalid(inner + ".support", "is missing");
    }
    if (absl::Status status = CheckSource(entry.source(), inner); !status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status CheckStacks(const v1::SiliconClass& message) {
  if (message.stacks().empty()) return Invalid("stacks", "is empty; at least one software stack is needed");
  std::set<std::string> names;
  for (int i = 0; i < message.stacks_size(); ++i) {
    const v1::SoftwareStack& stack = message.stacks(i);
    const std::string path = absl::StrCat("stacks[", i, "]");
    if (stack.name().empty()) return Invalid(path + ".name", "is missing");
    if (!names.insert(stack.name()).second) {
      return Invalid(path + ".name", absl::StrCat("\"", stack.name(), "\" is there twice"));
    }
    if (absl::Status status = CheckOperators(stack, path); !status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status CheckPrices(const v1::SiliconClass& message) {
  bool purchase = false;
  for (int i = 0; i < message.prices_size(); ++i) {
    const v1::Price& price = message.prices(i);
    const std::string path = absl::StrCat("prices[", i, "]");
    if (!v1::PriceBasis_IsValid(price.basis()) || price.basis() == v1::PRICE_BASIS_UNSPECIFIED) {
      return Invalid(path + ".basis", "is missing");
    }
    if (!IsDate(price.as_of())) {
      return Invalid(path + ".as_of", absl::StrCat("\"", price.as_of(), "\" is not YYYY, YYYY-MM or YYYY-MM-DD"));
    }
    purchase |= price.basis() == v1::PRICE_BASIS_PURCHASE;
  }
  if (!purchase) return Invalid("prices", "has no purchase; give one, assumed with a range if nobody sells it");
  return absl::OkStatus();
}

absl::Status CheckPower(const v1::SiliconClass& message) {
  if (!(message.power().idle().value() < message.power().limit().value()) &&
      message.power().idle().unit() == message.power().limit().unit()) {
    return Invalid("power.idle", "is not below power.limit");
  }
  return absl::OkStatus();
}

}  // namespace

void VisitFigures(const Message& message,
                  const std::function<void(const std::string& path, const v1::Figure& figure)>& visit) {
  Visit(message, "", visit);
}

absl::Status ValidateClass(const v1::SiliconClass& message, absl::string_view stem) {
  absl::Status status = CheckIdentity(message, stem);
  for (const auto& check : {CheckFigures, CheckUnits, CheckStacks, CheckPrices, CheckPower}) {
    if (status.ok()) status = check(message);
  }
  if (status.ok()) return status;
  return absl::Status(status.code(), absl::StrCat(stem, ": ", status.message()));
}

absl::Status ValidateNames(const std::vector<v1::SiliconClass>& classes) {
  std::map<std::string, std::string> owners;
  for (const v1::SiliconClass& message : classes) {
    std::vector<std::string> names = {message.id()};
    names.insert(names.end(), message.aliases().begin(), message.aliases().end());
    for (const std::string& name : names) {
      if (ComparableName(name).empty()) return Invalid(message.id(), "aliases: one is empty");
      const auto [owner, fresh] = owners.emplace(ComparableName(name), message.id());
      if (!fresh) {
        return Invalid(message.id(), absl::StrCat("aliases: \"", name, "\" is already a name of ", owner->second));
      }
    }
  }
  return absl::OkStatus();
}

std::string ComparableName(absl::string_view name) {
  std::string result = absl::AsciiStrToLower(absl::StripAsciiWhitespace(name));
  for (char& c : result) {
    if (c == ' ' || c == '_') c = '-';
  }
  return result;
}

}  // namespace sandglass::silicon
