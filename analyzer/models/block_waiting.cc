#include "analyzer/models/block_waiting.h"

#include <algorithm>
#include <cmath>

namespace sandglass::models {
namespace {

// Fitted on published rows of fused attention, which are scored too: NOTES.md says which.
constexpr auto kBlockWait = Seconds::Of(2.3e-6);
// What a tile of all rows takes on top.
constexpr auto kRowsWait = Seconds::Of(2.3e-6);
constexpr double kThreadsOfCore = 2048;

Seconds RecurrenceWait(const ops::RecurrenceProblem& problem, double cores) {
  const auto chunk = static_cast<double>(problem.chunk);
  const auto chunks = static_cast<double>(problem.chunks);
  const double tiles = static_cast<double>(problem.heads) * chunks * std::ceil(chunk / kTileRows);
  const Seconds pass = std::ceil(tiles / cores) * BlockWait(std::min(chunk, kTileRows));
  return (problem.passes - 1) * pass + std::max(pass, chunks * BlockWait(0));
}

}  // namespace

Seconds BlockWait(double rows) { return kBlockWait + rows / kTileRows * kRowsWait; }

Seconds WaitingTime(const ops::Work& work, double cores) {
  // However few threads there are, each of them waits.
  const double waves = work.thread_turns > 0 ? std::max(1.0, work.thread_turns / (cores * kThreadsOfCore)) : 0;
  const Seconds threads = waves * BlockWait(0);
  return work.recurrence.has_value() ? threads + RecurrenceWait(*work.recurrence, cores) : threads;
}

}  // namespace sandglass::models
