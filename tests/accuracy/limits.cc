#include "tests/accuracy/limits.h"

#include <fstream>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"

namespace sandglass::accuracy {
namespace {

struct Limit {
  std::string set;
  std::string device;
  std::string op_class;
  double mean_percent = 0;
  double median_percent = 0;
};

absl::StatusOr<Limit> ParseLimit(const std::string& line) {
  const std::vector<std::string> fields = absl::StrSplit(line, '\t');
  Limit limit;
  if (fields.size() != 5 || !absl::SimpleAtod(fields[3], &limit.mean_percent) ||
      !absl::SimpleAtod(fields[4], &limit.median_percent)) {
    return absl::DataLossError("set, device, class, mean and median are expected, with tabs between");
  }
  limit.set = fields[0];
  limit.device = fields[1];
  limit.op_class = fields[2];
  return limit;
}

const Score* FindScore(const std::vector<ScoredSet>& sets, const Limit& limit) {
  for (const ScoredSet& set : sets) {
    for (const ScoredGroup& group : set.groups) {
      if (set.name != limit.set || group.device != limit.device || group.op_class != limit.op_class) continue;
      const Score& score = group.scores.at(kModels);
      return score.answered > 0 ? &score : nullptr;
    }
  }
  return nullptr;
}

}  // namespace

absl::StatusOr<std::vector<std::string>> Exceeded(const std::string& limits_file, const std::vector<ScoredSet>& sets) {
  std::ifstream file(limits_file);
  if (!file) return absl::NotFoundError(absl::StrCat(limits_file, ": cannot be opened"));
  std::vector<std::string> exceeded;
  int number = 0;
  for (std::string line; std::getline(file, line);) {
    ++number;
    if (line.empty() || line[0] == '#') continue;
    const absl::StatusOr<Limit> limit = ParseLimit(line);
    if (!limit.ok()) return absl::DataLossError(absl::StrCat(limits_file, ":", number, ": ", limit.status().message()));
    const std::string where = absl::StrCat(limit->set, ", ", limit->device, ", ", limit->op_class);
    const Score* score = FindScore(sets, *limit);
    if (score == nullptr) {
      exceeded.push_back(absl::StrCat(where, ": no row of it was answered"));
    } else if (100 * score->mean > limit->mean_percent || 100 * score->median > limit->median_percent) {
      exceeded.push_back(absl::StrFormat("%s: mean %.2f, median %.2f %%, at most %g, %g", where, 100 * score->mean,
                                         100 * score->median, limit->mean_percent, limit->median_percent));
    }
  }
  return exceeded;
}

}  // namespace sandglass::accuracy
