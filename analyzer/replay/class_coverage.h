// How the operators of a trace run on one silicon class, by time.
//
// Each operator is estimated twice on the class: as if it ran natively, and as it runs. With f the share of an operator
// in the all-native time, and rho its native over its actual time,
//
//   retained = 1 / sum(f / rho) = all-native time / actual time
//
// so an operator counts by the time that it takes *there*, not on the machine that was traced. One that does not run
// has rho 0 and stops everything: retained is 0 until it is ported. Machines for molecular dynamics have no time of
// single operators; there, and there only, shares are of operators. Pure; safe from any thread.
#ifndef SANDGLASS_ANALYZER_REPLAY_CLASS_COVERAGE_H_
#define SANDGLASS_ANALYZER_REPLAY_CLASS_COVERAGE_H_

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "analyzer/quantities/quantities.h"
#include "analyzer/replay/class_replay.h"
#include "analyzer/silicon/silicon.h"

namespace sandglass::replay {

// One operator with one element type.
struct OperatorCoverage {
  std::string name;
  ops::OpClass op_class = ops::OpClass::kUnknown;
  trace::DataType element_type = trace::DataType::kUnspecified;
  uint64_t count = 0;
  silicon::OperatorSupport support;
  // All occurrences; nullopt: the class has no units for it.
  std::optional<Seconds> native;
  // nullopt: it does not run, or nobody knows how.
  std::optional<Seconds> actual;
  // Share of the all-native time.
  std::optional<double> native_share;
  // 0: it does not run. nullopt: unknown.
  std::optional<double> retained;
  // Paths of the assumed figures that `actual` rests on; of operators that are not native.
  std::set<std::string> assumptions;
};

struct SupportShare {
  uint64_t count = 0;
  double native_share = 0;
};

// Something that a port would have to write.
struct PortItem {
  ops::OpClass op_class = ops::OpClass::kUnknown;
  silicon::Support support = silicon::Support::kUnknown;
  std::vector<std::string> names;
  // Share of today's time that native speed would save; nullopt: it does not run today.
  std::optional<double> saved_share;
};

struct ClassCoverage {
  std::map<silicon::Support, SupportShare> shares;
  // Share of the all-native time in operators that run natively.
  double covered = 0;
  std::optional<double> retained;
  // Those that are not native: what does not run first, then by time lost.
  std::vector<OperatorCoverage> operators;
  std::vector<PortItem> port;
  // Whether shares are of operators, for want of times.
  bool by_count = false;
};

// Requires: target.stack is set.
ClassCoverage CoverOn(const PreparedTrace& prepared, const silicon::Target& target);

}  // namespace sandglass::replay

#endif  // SANDGLASS_ANALYZER_REPLAY_CLASS_COVERAGE_H_
