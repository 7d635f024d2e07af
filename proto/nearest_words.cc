#include "proto/nearest_words.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace sandglass {
namespace {

constexpr size_t kFewSlips = 2;
constexpr size_t kLettersOfASlip = 3;

}  // namespace

size_t EditDistance(absl::string_view a, absl::string_view b) {
  // Distances of the beginnings of b from the last two beginnings of a.
  std::vector<size_t> before_last;
  std::vector<size_t> last(b.size() + 1);
  std::iota(last.begin(), last.end(), size_t{0});
  for (size_t i = 0; i < a.size(); ++i) {
    std::vector<size_t> row = {i + 1};
    for (size_t j = 0; j < b.size(); ++j) {
      size_t least = std::min({last[j] + (a[i] == b[j] ? 0 : 1), last[j + 1] + 1, row[j] + 1});
      if (i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j]) least = std::min(least, before_last[j - 1] + 1);
      row.push_back(least);
    }
    before_last = std::exchange(last, std::move(row));
  }
  return last.back();
}

std::string LikelyMeant(absl::string_view typed, const std::vector<std::string>& words) {
  const std::string* nearest = nullptr;
  size_t least = std::max(kFewSlips, typed.size() / kLettersOfASlip) + 1;
  for (const std::string& word : words) {
    const size_t distance = EditDistance(typed, word);
    // What shares no letter in its place is no slip.
    if (distance >= least || distance >= std::max(typed.size(), word.size())) continue;
    least = distance;
    nearest = &word;
  }
  return nearest == nullptr ? "" : *nearest;
}

}  // namespace sandglass
