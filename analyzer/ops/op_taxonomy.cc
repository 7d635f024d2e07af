#include "analyzer/ops/op_taxonomy.h"

#include <optional>

namespace sandglass::ops {
namespace {

struct ClassName {
  OpClass op_class;
  absl::string_view name;
};

constexpr ClassName kClassNames[] = {
    {OpClass::kUnknown, "unknown"},
    {OpClass::kGemm, "gemm"},
    {OpClass::kBatchedGemm, "batched_gemm"},
    {OpClass::kConvolution, "convolution"},
    {OpClass::kAttention, "attention"},
    {OpClass::kGroupedGemm, "grouped_gemm"},
    {OpClass::kElementwise, "elementwise"},
    {OpClass::kReduction, "reduction"},
    {OpClass::kNormalization, "normalization"},
    {OpClass::kSoftmax, "softmax"},
    {OpClass::kEmbedding, "embedding"},
    {OpClass::kScatter, "scatter"},
    {OpClass::kSort, "sort"},
    {OpClass::kScan, "scan"},
    {OpClass::kSelectiveScan, "selective_scan"},
    {OpClass::kRecurrentStep, "recurrent_step"},
    {OpClass::kOdeStep, "ode_step"},
    {OpClass::kFft, "fft"},
    {OpClass::kTriangularSolve, "triangular_solve"},
    {OpClass::kRandom, "random"},
    {OpClass::kOptimizerUpdate, "optimizer_update"},
    {OpClass::kCopy, "copy"},
    {OpClass::kPool, "pool"},
    {OpClass::kView, "view"},
    {OpClass::kAllocation, "allocation"},
    {OpClass::kHost, "host"},
    {OpClass::kCollective, "collective"},
    {OpClass::kPointToPoint, "point_to_point"},
    {OpClass::kMdPairSearch, "md_pair_search"},
    {OpClass::kMdPairs, "md_pairs"},
    {OpClass::kMdBonded, "md_bonded"},
    {OpClass::kMdSpread, "md_spread"},
    {OpClass::kMdGather, "md_gather"},
    {OpClass::kMdFft, "md_fft"},
    {OpClass::kMdConstraints, "md_constraints"},
    {OpClass::kMdIntegration, "md_integration"},
    {OpClass::kMdOther, "md_other"},
};

}  // namespace

absl::string_view OpClassName(OpClass op_class) {
  for (const ClassName& entry : kClassNames) {
    if (entry.op_class == op_class) return entry.name;
  }
  return "unknown";
}

std::optional<OpClass> OpClassFromName(absl::string_view name) {
  for (const ClassName& entry : kClassNames) {
    if (entry.name == name && entry.op_class != OpClass::kUnknown) return entry.op_class;
  }
  return std::nullopt;
}

bool IsMolecularDynamics(OpClass op_class) { return op_class >= OpClass::kMdPairSearch; }

bool IsMatrixProduct(OpClass op_class) {
  switch (op_class) {
    case OpClass::kGemm:
    case OpClass::kBatchedGemm:
    case OpClass::kConvolution:
    case OpClass::kAttention:
    case OpClass::kGroupedGemm:
      return true;
    default:
      return false;
  }
}

}  // namespace sandglass::ops
