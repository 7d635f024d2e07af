// How many of many amounts are how large, in equal bins: percentiles of millions of amounts in linear time and fixed
// memory, equal whatever the order in which they were added.
//
// A percentile is exact to one bin. Not safe for use by several threads at once.
#ifndef SANDGLASS_ANALYZER_ECONOMICS_LOCK_IN_HISTOGRAM_H_
#define SANDGLASS_ANALYZER_ECONOMICS_LOCK_IN_HISTOGRAM_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace sandglass::economics {

// Amounts in [0, 1]; what lies outside counts as the nearest end.
class Histogram {
 public:
  void Add(double amount) {
    ++counts_[BinOf(amount)];
    sum_ += amount;
    ++count_;
  }

  // Adds all that `other` holds.
  void Add(const Histogram& other) {
    for (size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
    sum_ += other.sum_;
    count_ += other.count_;
  }

  uint64_t count() const { return count_; }
  double Mean() const { return count_ == 0 ? 0 : sum_ / static_cast<double>(count_); }

  // The least amount that at least the share `p` of all amounts does not exceed, to one bin; 0 where nothing was added.
  double Percentile(double p) const {
    const auto wanted = std::max<double>(1, p * static_cast<double>(count_));
    uint64_t below = 0;
    for (size_t i = 0; i < counts_.size() && count_ > 0; ++i) {
      below += counts_[i];
      if (static_cast<double>(below) >= wanted) return static_cast<double>(i) / kBins;
    }
    return 0;
  }

  // Bin 0 holds nothing but 0, so that "nothing happened" stays exact.
  static constexpr size_t kBins = size_t{1} << 14;

 private:
  static size_t BinOf(double amount) {
    if (!(amount > 0)) return 0;
    return std::clamp<size_t>(static_cast<size_t>(amount * kBins) + 1, 1, kBins);
  }

  std::vector<uint64_t> counts_ = std::vector<uint64_t>(kBins + 1);
  double sum_ = 0;
  uint64_t count_ = 0;
};

}  // namespace sandglass::economics

#endif  // SANDGLASS_ANALYZER_ECONOMICS_LOCK_IN_HISTOGRAM_H_
