// What a rule reads of a trace on a class.
//
// Internal to analyzer/check. Pure; safe from any thread.
#ifndef SANDGLASS_ANALYZER_CHECK_READING_H_
#define SANDGLASS_ANALYZER_CHECK_READING_H_

#include <optional>
#include <string>

#include "proto/check_report.pb.h"
#include "proto/policy.pb.h"

namespace sandglass::check {

struct Reading {
  // In the rule's unit; nullopt: see the others.
  std::optional<v1::Estimate> value = {};
  // Why there is none, in words.
  std::string missing = {};
  // Whether it is unknown, rather than known not to exist.
  bool unknown = false;
};

// `rule` is of a checked policy and calls classes by their ids.
Reading ReadOf(const v1::Rule& rule, const v1::CheckedTrace& trace, const v1::CheckedClass& row);

}  // namespace sandglass::check

#endif  // SANDGLASS_ANALYZER_CHECK_READING_H_
