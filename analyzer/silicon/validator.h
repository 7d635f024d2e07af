// The door of the silicon catalog: what a class's text must satisfy beyond being a text proto.
//
// Pure functions; safe from any thread. Each error is one line that names the class, the path of the field, and what to
// do. Units are checked by silicon_protos.h.
#ifndef SANDGLASS_ANALYZER_SILICON_VALIDATOR_H_
#define SANDGLASS_ANALYZER_SILICON_VALIDATOR_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "proto/silicon.pb.h"

namespace sandglass::silicon {

// Calls `visit` with the path and value of every figure in `message`, alternatives included, in the order of the
// schema.
void VisitFigures(const google::protobuf::Message& message,
                  const std::function<void(const std::string& path, const v1::Figure& figure)>& visit);

// Checks one class. `stem` is its file's name without the extension, which must be its id.
//
// Of every figure: finite; positive (a latency, a dispatch and a step launch may be zero if they are derived or
// measured); low ≤ value ≤ high; a range where it is assumed, a note where it is assumed or derived; a unit, a basis, a
// confidence, a source title and a well-formed date. Shares are at most 1. Idle power is under the limit. Rates have a
// format, at most one each. There is at least one stack, and each names its operators' support with a source. Prices
// have a basis and a date, and one of them is a purchase.
// Errors: InvalidArgument for the first that fails.
absl::Status ValidateClass(const v1::SiliconClass& message, absl::string_view stem);

// Checks what holds between classes: no two answer to the same name, case and separators aside.
absl::Status ValidateNames(const std::vector<v1::SiliconClass>& classes);

// Name as it is compared: lower case, with '-' for blanks and '_'.
std::string ComparableName(absl::string_view name);

}  // namespace sandglass::silicon

#endif  // SANDGLASS_ANALYZER_SILICON_VALIDATOR_H_
