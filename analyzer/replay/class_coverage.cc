#include "analyzer/replay/class_coverage.h"

#include <algorithm>
#include <tuple>
#include <variant>

#include "absl/status/status.h"
#include "analyzer/models/explanation.h"
#include "analyzer/models/operator_model.h"

namespace sandglass::replay {
namespace {

using silicon::Support;

trace::DataType ElementType(const trace::Signature& signature) {
  for (const auto* tensors : {&signature.inputs, &signature.outputs}) {
    if (!tensors->empty()) return tensors->front().dtype;
  }
  return trace::DataType::kUnspecified;
}

// Share of today's time below which nobody would write a kernel.
constexpr double kWorthWriting = 0.001;

bool DoesNotRun(Support support) { return support == Support::kUnsupported; }

// Times of one occurrence of a signature.
struct Times {
  silicon::OperatorSupport support;
  std::optional<Seconds> native;
  std::optional<Seconds> actual;
  std::set<std::string> assumptions;
};

void AddAssumptions(const models::Term& term, std::set<std::string>& paths) {
  if (term.figure.has_value() && term.figure->basis == silicon::Basis::kAssumed) paths.insert(term.figure->path);
  for (const models::Term& below : term.terms) AddAssumptions(below, paths);
}

Times TimesOf(const PreparedTrace& prepared, const silicon::Target& target, uint32_t signature) {
  Times times;
  times.support = SupportOn(prepared, target, signature);
  if (std::holds_alternative<silicon::MdMachine>(target.silicon->chip)) return times;
  const ops::Work& work = *prepared.work.work[signature];
  const models::OperatorOptions options = ModelOptions(prepared, target, 1);
  const auto native =
      models::EstimateOperator(work, {.support = Support::kNative}, *target.silicon, *target.stack, options);
  if (native.ok()) times.native = native->device;
  const auto actual = models::EstimateOperator(work, times.support, *target.silicon, *target.stack, options);
  if (!actual.ok()) {
    // The stack would run it and the chip has no unit for its element type.
    if (absl::IsUnimplemented(actual.status()) && !DoesNotRun(times.support.support)) {
      times.support = {.support = Support::kUnsupported,
                       .evidence = silicon::Evidence::kDocumented,
                       .source = "the class's rates in the catalog",
                       .note = std::string(actual.status().message())};
    }
    return times;
  }
  times.actual = actual->device;
  if (times.support.support == Support::kNative) return times;
  const auto explained = models::ExplainOperator(work, times.support, *target.silicon, *target.stack, options);
  if (explained.ok()) AddAssumptions(explained->time, times.assumptions);
  return times;
}

void AddTime(std::optional<Seconds>& sum, const std::optional<Seconds>& one, uint64_t occurrences, bool first) {
  if (first) sum = Seconds();
  if (!one.has_value()) {
    sum.reset();
  } else if (sum.has_value()) {
    *sum += *one * static_cast<double>(occurrences);
  }
}

using Key = std::tuple<std::string, ops::OpClass, trace::DataType, Support>;

// Occurrences of an operator on other shapes count together as long as they run alike.
std::vector<OperatorCoverage> Gather(const PreparedTrace& prepared, const silicon::Target& target) {
  std::vector<std::optional<Times>> known(prepared.work.work.size());
  std::map<Key, OperatorCoverage> gathered;
  for (const uint32_t index : prepared.work.costed) {
    const trace::Operator& op = prepared.trace->operators[index];
    const trace::Signature& signature = prepared.trace->signatures[op.signature];
    std::optional<Times>& times = known[op.signature];
    if (!times.has_value()) times = TimesOf(prepared, target, op.signature);
    const ops::OpClass op_class = prepared.work.classes[op.signature].op_class;
    OperatorCoverage& entry = gathered[{signature.name, op_class, ElementType(signature), times->support.support}];
    const bool first = entry.count == 0;
    if (first) {
      entry.name = signature.name;
      entry.op_class = op_class;
      entry.element_type = ElementType(signature);
      entry.support = times->support;
    }
    entry.count += op.occurrences;
    entry.assumptions.insert(times->assumptions.begin(), times->assumptions.end());
    AddTime(entry.native, times->native, op.occurrences, first);
    AddTime(entry.actual, times->actual, op.occurrences, first);
  }
  std::vector<OperatorCoverage> operators;
  for (auto& [key, entry] : gathered) operators.push_back(std::move(entry));
  return operators;
}

// Fills in shares and what each keeps; returns the all-native time.
Seconds FillShares(std::vector<OperatorCoverage>& operators, bool by_count) {
  Seconds all;
  double count = 0;
  for (const OperatorCoverage& entry : operators) {
    all += entry.native.value_or(Seconds());
    count += static_cast<double>(entry.count);
  }
  for (OperatorCoverage& entry : operators) {
    if (by_count) {
      entry.native_share = static_cast<double>(entry.count) / count;
    } else if (entry.native.has_value() && all > Seconds()) {
      entry.native_share = *entry.native / all;
    }
    if (DoesNotRun(entry.support.support)) {
      entry.retained = 0;
    } else if (by_count && entry.support.support == Support::kNative) {
      entry.retained = 1;
    } else if (entry.native.has_value() && entry.actual.has_value() && *entry.actual > Seconds()) {
      entry.retained = *entry.native / *entry.actual;
    }
  }
  return all;
}

std::optional<double> RetainedOf(const std::vector<OperatorCoverage>& operators) {
  double slowed = 0;
  bool unknown = false;
  for (const OperatorCoverage& entry : operators) {
    if (entry.retained == 0) return 0;
    if (!entry.retained.has_value() || !entry.native_share.has_value()) {
      unknown = true;
    } else {
      slowed += *entry.native_share / *entry.retained;
    }
  }
  if (unknown || slowed <= 0) return std::nullopt;
  return 1 / slowed;
}

Seconds Lost(const OperatorCoverage& entry) {
  return entry.actual.value_or(Seconds()) - entry.native.value_or(Seconds());
}

// What does not run first, then what nobody knows, then by time lost.
bool HurtsMore(const OperatorCoverage& a, const OperatorCoverage& b) {
  const auto rank = [](const OperatorCoverage& entry) {
    if (DoesNotRun(entry.support.support)) return 0;
    return entry.actual.has_value() ? 2 : 1;
  };
  if (rank(a) != rank(b)) return rank(a) < rank(b);
  if (rank(a) < 2) return a.count > b.count;
  return Lost(a) > Lost(b);
}

std::vector<PortItem> PortOf(const std::vector<OperatorCoverage>& operators, Seconds actual) {
  std::map<std::pair<ops::OpClass, Support>, PortItem> items;
  for (const OperatorCoverage& entry : operators) {
    PortItem& item = items[{entry.op_class, entry.support.support}];
    item.op_class = entry.op_class;
    item.support = entry.support.support;
    if (std::find(item.names.begin(), item.names.end(), entry.name) == item.names.end()) {
      item.names.push_back(entry.name);
    }
    if (entry.actual.has_value() && entry.native.has_value() && actual > Seconds()) {
      item.saved_share = item.saved_share.value_or(0) + Lost(entry) / actual;
    }
  }
  std::vector<PortItem> port;
  for (auto& [key, item] : items) {
    // What keeps its speed without a kernel of its own needs none.
    if (item.saved_share.has_value() && *item.saved_share < kWorthWriting) continue;
    port.push_back(std::move(item));
  }
  std::stable_sort(port.begin(), port.end(), [](const PortItem& a, const PortItem& b) {
    return a.saved_share.value_or(1) > b.saved_share.value_or(1);
  });
  return port;
}

}  // namespace

ClassCoverage CoverOn(const PreparedTrace& prepared, const silicon::Target& target) {
  ClassCoverage coverage;
  coverage.by_count = std::holds_alternative<silicon::MdMachine>(target.silicon->chip);
  std::vector<OperatorCoverage> operators = Gather(prepared, target);
  FillShares(operators, coverage.by_count);
  coverage.retained = RetainedOf(operators);
  Seconds actual;
  for (OperatorCoverage& entry : operators) {
    actual += entry.actual.value_or(Seconds());
    SupportShare& share = coverage.shares[entry.support.support];
    share.count += entry.count;
    share.native_share += entry.native_share.value_or(0);
    if (entry.support.support == Support::kNative) {
      coverage.covered += entry.native_share.value_or(0);
    } else {
      coverage.operators.push_back(std::move(entry));
    }
  }
  std::stable_sort(coverage.operators.begin(), coverage.operators.end(), HurtsMore);
  coverage.port = PortOf(coverage.operators, actual);
  return coverage;
}

}  // namespace sandglass::replay
