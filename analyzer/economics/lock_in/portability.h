// Performance portability of a platform over several pieces of work (Pennycook, Sewall, Lee 2016): the harmonic mean of
// the efficiencies, and 0 as soon as one does not run.
//
// Pure; safe from any thread.
#ifndef SANDGLASS_ANALYZER_ECONOMICS_LOCK_IN_PORTABILITY_H_
#define SANDGLASS_ANALYZER_ECONOMICS_LOCK_IN_PORTABILITY_H_

#include <optional>
#include <vector>

namespace sandglass::economics {

// |H| / Σ(1/e). An efficiency of 0 did not run; nullopt: unknown, and then so is the result, unless another one is 0.
// nullopt for no efficiencies at all.
inline std::optional<double> PerformancePortability(const std::vector<std::optional<double>>& efficiencies) {
  double sum = 0;
  bool unknown = efficiencies.empty();
  for (const std::optional<double>& efficiency : efficiencies) {
    if (!efficiency.has_value()) {
      unknown = true;
    } else if (!(*efficiency > 0)) {
      return 0;
    } else {
      sum += 1 / *efficiency;
    }
  }
  if (unknown) return std::nullopt;
  return static_cast<double>(efficiencies.size()) / sum;
}

}  // namespace sandglass::economics

#endif  // SANDGLASS_ANALYZER_ECONOMICS_LOCK_IN_PORTABILITY_H_
