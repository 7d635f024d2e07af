#include "analyzer/models/residual_band.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <vector>

namespace sandglass::models {
namespace {

// Different operators that make a group count in full.
constexpr double kFullOperators = 20;
constexpr double kShareAmongDevices = 0.2;
constexpr double kLowShare = 0.1;
constexpr double kHighShare = 0.9;

// Straight between the percentiles that are kept; below the first are none, above the last all.
double ShareBetween(const ResidualGroup& group, double log_truth, size_t upper) {
  const auto& at = group.log_truth;
  if (upper == 0) return 0;
  if (upper == at.size()) return 1;
  const double within = (log_truth - at[upper - 1]) / (at[upper] - at[upper - 1]);
  return kResidualShares[upper - 1] + within * (kResidualShares[upper] - kResidualShares[upper - 1]);
}

// Share of the group's rows that are at most `log_truth`.
double ShareUpTo(const ResidualGroup& group, double log_truth) {
  const auto& at = group.log_truth;
  const auto upper = std::upper_bound(at.begin(), at.end(), log_truth);
  return ShareBetween(group, log_truth, static_cast<size_t>(upper - at.begin()));
}

// Share that is less: where rows are of one truth, theirs are not in it.
double ShareBelow(const ResidualGroup& group, double log_truth) {
  const auto& at = group.log_truth;
  const auto upper = std::lower_bound(at.begin(), at.end(), log_truth);
  return ShareBetween(group, log_truth, static_cast<size_t>(upper - at.begin()));
}

class Mixture {
 public:
  explicit Mixture(const std::vector<const ResidualGroup*>& groups) : groups_(groups) {
    for (const ResidualGroup* group : groups_) {
      weight_ += group->Weight();
      corners_.insert(corners_.end(), group->log_truth.begin(), group->log_truth.end());
    }
    std::sort(corners_.begin(), corners_.end());
  }

  // Where the share is reached.
  double At(double share) const {
    const auto corner = std::partition_point(corners_.begin(), corners_.end(),
                                             [&](double log_truth) { return Share(ShareUpTo, log_truth) < share; });
    const double below = Share(ShareBelow, *corner);
    if (corner == corners_.begin() || below <= share) return *corner;
    const double before = *(corner - 1);
    const double reached = Share(ShareUpTo, before);
    return before + (*corner - before) * (share - reached) / (below - reached);
  }

 private:
  double Share(double (*of)(const ResidualGroup&, double), double log_truth) const {
    double share = 0;
    for (const ResidualGroup* group : groups_) share += group->Weight() * of(*group, log_truth);
    return share / weight_;
  }

  std::vector<const ResidualGroup*> groups_;
  double weight_ = 0;
  std::vector<double> corners_;
};

}  // namespace

double ResidualGroup::Weight() const { return std::min(1.0, static_cast<double>(operators) / kFullOperators); }

std::optional<BandEnds> BandOfResiduals(absl::Span<const ResidualGroup> groups, absl::string_view without) {
  std::vector<const ResidualGroup*> used;
  std::set<absl::string_view> devices;
  for (const ResidualGroup& group : groups) {
    if (group.silicon_class == without) continue;
    used.push_back(&group);
    devices.insert(group.silicon_class);
  }
  if (used.empty()) return std::nullopt;
  const Mixture mixture(used);
  const double middle = mixture.At(0.5);
  const double share = kShareAmongDevices / static_cast<double>(devices.size());
  const double stretch = std::sqrt((1 + share) / (1 - share));
  const double low = middle - stretch * (middle - mixture.At(kLowShare));
  const double high = middle + stretch * (mixture.At(kHighShare) - middle);
  return BandEnds{.low = std::exp(std::min(low, 0.0)), .high = std::exp(std::max(high, 0.0))};
}

}  // namespace sandglass::models
