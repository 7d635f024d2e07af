// Canonical operator classes, and the roles that operators have in a replay.
//
// The classes are those that need different cost formulas. Pure functions over static tables; safe from any thread.
#ifndef SANDGLASS_ANALYZER_OPS_OP_TAXONOMY_H_
#define SANDGLASS_ANALYZER_OPS_OP_TAXONOMY_H_

#include <cstdint>
#include <optional>

#include "absl/strings/string_view.h"

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

// Whether the class is products of matrices, which matrix units do.
bool IsMatrixProduct(OpClass op_class);

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

}  // namespace sandglass::ops

#endif  // SANDGLASS_ANALYZER_OPS_OP_TAXONOMY_H_
