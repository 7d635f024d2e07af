// The door of the silicon catalog: what a class's text must satisfy beyond being a text proto.
//
// Pure functions; safe from any thread. Each problem is one line that names the file, the path of the field, its value,
// and the rule. Units are checked by silicon_protos.h.
#ifndef SANDGLASS_ANALYZER_SILICON_VALIDATOR_H_
#define SANDGLASS_ANALYZER_SILICON_VALIDATOR_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "proto/claims.pb.h"
#include "proto/silicon.pb.h"

namespace sandglass::silicon {

// Calls `visit` with the path and value of every figure in `message`, alternatives included, in the order of the
// schema.
void VisitFigures(const google::protobuf::Message& message,
                  const std::function<void(const std::string& path, const v1::Figure& figure)>& visit);

// What is wrong with one class, one line each: "chip.textproto: memory.bandwidth: -900 is negative: …". `stem` is its
// file's name without the extension, which must be its id.
//
// Of every figure: finite; positive (a latency, a dispatch and a step launch may be zero if they are derived or
// measured); low ≤ value ≤ high; a range where it is assumed, a note where it is assumed or derived; a unit, a basis, a
// confidence, a source title and a well-formed date. Shares are at most 1. Idle power is under the limit. Rates have a
// format, at most one each, and a peak in a narrower format is not below that in a wider one, or a note says why. There
// is at least one stack, and each states operators' support with evidence and a source; where one falls back to the
// host, there is a way to it. Prices have a basis and a date, and one of them is a purchase or an own cost.
std::vector<std::string> ProblemsOfClass(const v1::SiliconClass& message, absl::string_view stem);

// What is wrong between classes: two that answer to the same name, case and separators aside.
std::vector<std::string> ProblemsOfNames(const std::vector<v1::SiliconClass>& classes);

// What is wrong with claims: ids, statements, verdicts and findings are there, and figures as in classes.
std::vector<std::string> ProblemsOfClaims(const v1::ClaimList& claims);

// Name as it is compared: lower case, with '-' for blanks and '_'.
std::string ComparableName(absl::string_view name);

}  // namespace sandglass::silicon

#endif  // SANDGLASS_ANALYZER_SILICON_VALIDATOR_H_
