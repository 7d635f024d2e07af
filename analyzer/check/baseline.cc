#include "analyzer/check/baseline.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "google/protobuf/util/json_util.h"
#include "google/protobuf/util/message_differencer.h"

namespace sandglass::check {
namespace {

constexpr uint32_t kVersion = 1;
// Smaller changes are the last digits of sums.
constexpr double kSmallestChange = 1e-9;

// Without what may differ: the day of prices comes from the clock, and a floor changes no figure.
v1::ReplayOptions Comparable(v1::ReplayOptions options) {
  options.clear_price_date();
  options.clear_coverage_floor();
  return options;
}

std::string OneLine(absl::string_view text) {
  return absl::StrReplaceAll(absl::StripAsciiWhitespace(text), {{"\n", "; "}});
}

bool AllFinite(const google::protobuf::Message& message);

// Of one field, which is set.
bool IsFinite(const google::protobuf::Message& message, const google::protobuf::FieldDescriptor& field) {
  const google::protobuf::Reflection& reflection = *message.GetReflection();
  if (field.cpp_type() == google::protobuf::FieldDescriptor::CPPTYPE_DOUBLE && !field.is_repeated()) {
    return std::isfinite(reflection.GetDouble(message, &field));
  }
  if (field.cpp_type() != google::protobuf::FieldDescriptor::CPPTYPE_MESSAGE) return true;
  if (!field.is_repeated()) return AllFinite(reflection.GetMessage(message, &field));
  for (int i = 0; i < reflection.FieldSize(message, &field); ++i) {
    if (!AllFinite(reflection.GetRepeatedMessage(message, &field, i))) return false;
  }
  return true;
}

// Whether every number in the message is one. Comparisons with what is none never hold, so that it would pass any
// limit.
bool AllFinite(const google::protobuf::Message& message) {
  std::vector<const google::protobuf::FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  return std::all_of(fields.begin(), fields.end(), [&message](const auto* field) { return IsFinite(message, *field); });
}

using Uses = std::map<std::string, std::pair<const v1::OperatorUse*, const v1::OperatorUse*>>;

bool Differs(double before, double after) {
  return std::abs(after - before) > kSmallestChange * std::max(std::abs(before), std::abs(after));
}

void AddChanges(const v1::CheckedTrace& trace, const v1::CheckedClass& before, const v1::CheckedClass& after,
                std::vector<v1::OperatorChange>& changes) {
  Uses uses;
  for (const v1::OperatorUse& use : before.operators()) uses[use.name()].first = &use;
  for (const v1::OperatorUse& use : after.operators()) uses[use.name()].second = &use;
  for (const auto& [name, sides] : uses) {
    const v1::OperatorUse& none = v1::OperatorUse::default_instance();
    const v1::OperatorUse& old = sides.first == nullptr ? none : *sides.first;
    const v1::OperatorUse& now = sides.second == nullptr ? none : *sides.second;
    if (!Differs(old.device_s_per_unit(), now.device_s_per_unit()) &&
        !Differs(old.count_per_unit(), now.count_per_unit())) {
      continue;
    }
    v1::OperatorChange& change = changes.emplace_back();
    change.set_trace_name(trace.trace_name());
    change.set_silicon_class(after.silicon_class());
    change.set_name(name);
    change.set_count_before(old.count_per_unit());
    change.set_count_after(now.count_per_unit());
    change.set_device_s_before(old.device_s_per_unit());
    change.set_device_s_after(now.device_s_per_unit());
  }
}

double Size(const v1::OperatorChange& change) { return std::abs(change.device_s_after() - change.device_s_before()); }

}  // namespace

absl::StatusOr<v1::CheckReport> ParseBaseline(const std::string& json, absl::string_view file) {
  v1::CheckReport baseline;
  const auto status = google::protobuf::util::JsonStringToMessage(json, &baseline);
  if (!status.ok()) {
    return absl::InvalidArgumentError(absl::StrCat(file, ": is no report of a check (", OneLine(status.ToString()),
                                                   "): give what `sandglass check --json` wrote"));
  }
  if (baseline.report_version() != kVersion) {
    return absl::InvalidArgumentError(absl::StrCat(file, ": report_version is ", baseline.report_version(),
                                                   ": this program reads version 1; make the baseline anew"));
  }
  // What that check found is not asked again.
  baseline.clear_findings();
  baseline.clear_changes();
  if (!AllFinite(baseline)) {
    return absl::InvalidArgumentError(
        absl::StrCat(file, ": holds a number that is none (NaN, Infinity): make the baseline anew"));
  }
  return baseline;
}

absl::Status CheckComparable(const v1::CheckReport& baseline, const v1::CheckReport& report, absl::string_view file) {
  google::protobuf::util::MessageDifferencer differencer;
  std::string differences;
  differencer.ReportDifferencesToString(&differences);
  if (differencer.Compare(Comparable(baseline.options()), Comparable(report.options()))) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(file, ": was made under other options (", OneLine(differences),
                                                 "): make the baseline anew, or check under its options"));
}

std::vector<std::string> BaselineWarnings(const v1::CheckReport& baseline, const v1::CheckReport& report) {
  std::vector<std::string> warnings;
  if (baseline.catalog_digest() != report.catalog_digest()) {
    warnings.push_back(
        absl::StrCat("the baseline was made with another catalog (", baseline.catalog_digest().substr(0, 12), " then, ",
                     report.catalog_digest().substr(0, 12), " now): part of any change may be the catalog's"));
  }
  for (const v1::CheckedTrace& trace : baseline.traces()) {
    if (FindTrace(report, trace.trace_name()) == nullptr) {
      warnings.push_back(absl::StrCat("trace ", trace.trace_name(), " of the baseline is not in this batch"));
    }
  }
  for (const v1::CheckedTrace& trace : report.traces()) {
    if (FindTrace(baseline, trace.trace_name()) == nullptr) {
      warnings.push_back(absl::StrCat("trace ", trace.trace_name(), " is not in the baseline"));
    }
  }
  return warnings;
}

const v1::CheckedTrace* FindTrace(const v1::CheckReport& report, absl::string_view name) {
  for (const v1::CheckedTrace& trace : report.traces()) {
    if (trace.trace_name() == name) return &trace;
  }
  return nullptr;
}

const v1::CheckedClass* FindClass(const v1::CheckedTrace& trace, absl::string_view id) {
  for (const v1::CheckedClass& row : trace.classes()) {
    if (row.silicon_class() == id) return &row;
  }
  return nullptr;
}

std::vector<v1::OperatorChange> ChangesSince(const v1::CheckReport& baseline, const v1::CheckReport& report) {
  std::vector<v1::OperatorChange> changes;
  for (const v1::CheckedTrace& trace : report.traces()) {
    const v1::CheckedTrace* before = FindTrace(baseline, trace.trace_name());
    // Counted in something else, nothing compares.
    if (before == nullptr || before->unit() != trace.unit()) continue;
    for (const v1::CheckedClass& row : trace.classes()) {
      const v1::CheckedClass* old = FindClass(*before, row.silicon_class());
      if (old != nullptr) AddChanges(trace, *old, row, changes);
    }
  }
  std::stable_sort(changes.begin(), changes.end(),
                   [](const v1::OperatorChange& a, const v1::OperatorChange& b) { return Size(a) > Size(b); });
  return changes;
}

}  // namespace sandglass::check
