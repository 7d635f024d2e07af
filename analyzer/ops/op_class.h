// Canonical operator classes, and which of them an operator's name belongs to.
//
// The classes are those that need different cost formulas; frameworks' names map onto them by one table
// (op_class.cc). Pure functions over static tables; safe from any thread.
#ifndef SANDGLASS_ANALYZER_OPS_OP_CLASS_H_
#define SANDGLASS_ANALYZER_OPS_OP_CLASS_H_

#include <cstdint>
#include <optional>

#include "absl/strings/string_view.h"
#include "analyzer/trace/trace.h"

namespace sandglass::ops {

enum class OpClass : uint8_t {
  kUnknown = 0,
  // Matrix units.
  kGemm,
  kBatchedGemm,
  kConvolution,
  kAttention,
  kGroupedGemm,
  // Vector units and memory.
  kElementwise,
  kReduction,
  kNormalization,
  kSoftmax,
  kEmbedding,
  kScatter,
  kSort,
  kScan,
  kSelectiveScan,
  kRecurrentStep,
  kOdeStep,
  kFft,
  kTriangularSolve,
  kRandom,
  kOptimizerUpdate,
  kCopy,
  kPool,
  // Nothing on a device.
  kView,
  kAllocation,
  kHost,
  // Among devices.
  kCollective,
  kPointToPoint,
  // Molecular dynamics, by phase.
  kMdPairSearch,
  kMdPairs,
  kMdBonded,
  kMdSpread,
  kMdGather,
  kMdFft,
  kMdConstraints,
  kMdIntegration,
  kMdOther,
};

// Snake-case name, as in catalogs and reports ("selective_scan").
absl::string_view OpClassName(OpClass op_class);

// The class of that name; nullopt if there is none.
std::optional<OpClass> OpClassFromName(absl::string_view name);

// Whether the class is one of molecular dynamics.
bool IsMolecularDynamics(OpClass op_class);

// How the replay treats an operator.
enum class Role : uint8_t {
  // It does work, and has a formula in work.h; what it calls is part of it.
  kWork,
  // It does nothing on a device: a view, an allocation, a query. What it calls is looked at as well.
  kFree,
  // It only calls others, which do the work ("aten::linear", an autograd node).
  kComposite,
  // Nothing is known of it.
  kUnknown,
};

struct Classification {
  OpClass op_class = OpClass::kUnknown;
  Role role = Role::kUnknown;
};

// Looks at kind, the producer's own op_class, and the name, in that order.
Classification Classify(const trace::Signature& signature);

}  // namespace sandglass::ops

#endif  // SANDGLASS_ANALYZER_OPS_OP_CLASS_H_
