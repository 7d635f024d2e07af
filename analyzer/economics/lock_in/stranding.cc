#include "analyzer/economics/lock_in/stranding.h"

#include <algorithm>
#include <cmath>

#include "analyzer/economics/lock_in/histogram.h"

namespace sandglass::economics {
namespace {

FleetPath DrawPath(const FleetRisk& risk, RandomStream& stream) {
  FleetPath path;
  path.retained = stream.Draw(risk.retained);
  path.slow = stream.Draw(risk.slow);
  path.lag_years = stream.Draw(risk.lag);
  path.salvage = stream.Draw(risk.salvage);
  return path;
}

// Counts of one side, in slots of time: a slot ends at a date.
class Tally {
 public:
  explicit Tally(const StrandingQuestion& question)
      : threshold_(question.service_threshold),
        slot_years_(question.horizon_years / question.dates),
        losses_(question.dates),
        begins_(question.dates + 1),
        ends_(question.dates + 1) {}

  void Add(const FleetPath& path, double shift_years, double loss) {
    losses_[SlotOf(shift_years)].Add(loss);
    const bool lagging_default = path.retained * path.slow < threshold_;
    const bool lasting_default = path.retained < threshold_;
    const double ported = shift_years + path.lag_years;
    if (!lagging_default && !lasting_default) return;
    const double begin = lagging_default ? shift_years : ported;
    ++begins_[DateAfter(begin)];
    if (!lasting_default) ++ends_[std::max(DateAfter(ported), DateAfter(begin))];
  }

  FleetOutcome Outcome(uint64_t paths) const {
    FleetOutcome outcome;
    const auto all = static_cast<double>(paths);
    Histogram so_far;
    uint64_t begun = 0;
    uint64_t ended = 0;
    for (size_t date = 0; date < losses_.size(); ++date) {
      so_far.Add(losses_[date]);
      // Paths without a shift so far have lost nothing.
      const auto percentile = [&](double p) {
        const double quiet = (all - static_cast<double>(so_far.count())) / all;
        if (p <= quiet) return 0.0;
        return so_far.Percentile((p - quiet) / (1 - quiet));
      };
      outcome.losses.push_back({.years = slot_years_ * static_cast<double>(date + 1),
                                .p5 = percentile(0.05),
                                .p50 = percentile(0.5),
                                .p95 = percentile(0.95),
                                .mean = so_far.Mean() * static_cast<double>(so_far.count()) / all});
      begun += begins_[date];
      ended += ends_[date];
      outcome.has_been_in_default.push_back(static_cast<double>(begun) / all);
      outcome.in_default.push_back(static_cast<double>(begun - ended) / all);
    }
    return outcome;
  }

 private:
  // The slot in which a time within the horizon lies.
  size_t SlotOf(double years) const { return std::min(static_cast<size_t>(years / slot_years_), losses_.size() - 1); }
  // The first date at or after `years`; the one past the last where there is none.
  size_t DateAfter(double years) const {
    const double slots = years / slot_years_;
    return slots >= static_cast<double>(losses_.size()) ? losses_.size() : static_cast<size_t>(slots);
  }

  double threshold_;
  double slot_years_;
  std::vector<Histogram> losses_;
  std::vector<uint64_t> begins_;
  std::vector<uint64_t> ends_;
};

constexpr uint64_t kPathsBetweenQuestions = uint64_t{1} << 16;

}  // namespace

double DrawShift(const Distribution& hazard, RandomStream& stream) {
  const double u = stream.Uniform();
  if (hazard.shape() == Distribution::Shape::kGamma) {
    return hazard.second() * std::expm1(-std::log(u) / hazard.first());
  }
  const double rate = hazard.shape() == Distribution::Shape::kPoint ? hazard.first() : stream.Draw(hazard);
  return -std::log(u) / rate;
}

double LossOf(const FleetPath& path, double shift_years, double successor_share, double horizon_years) {
  const double left = horizon_years - shift_years;
  if (!(left > 0)) return 0;
  const double lagging = std::min(path.lag_years, left) / left;
  const double kept = path.retained * (lagging * path.slow + (1 - lagging));
  return successor_share * std::max(0.0, 1 - kept) * std::max(0.0, left / horizon_years - path.salvage);
}

StrandingOutcome Simulate(const StrandingQuestion& question, uint64_t paths, uint64_t seed,
                          absl::FunctionRef<bool()> go_on) {
  RandomStream stream(seed);
  Tally specialised(question);
  Tally general(question);
  uint64_t shifted = 0;
  const double central_general = question.general.retained.Central();
  for (uint64_t i = 0; i < paths; ++i) {
    if ((i + 1) % kPathsBetweenQuestions == 0 && !go_on()) paths = i + 1;
    const double shift = DrawShift(question.hazard, stream);
    // A path that sees no shift needs no other draws: paths are independent, so their streams need not line up.
    if (!(shift < question.horizon_years)) continue;
    ++shifted;
    const double share = stream.Draw(question.successor_share);
    FleetPath a = DrawPath(question.specialised, stream);
    const FleetPath g = DrawPath(question.general, stream);
    if (question.retained_move_together) a.retained *= g.retained / central_general;
    specialised.Add(a, shift, LossOf(a, shift, share, question.horizon_years));
    general.Add(g, shift, LossOf(g, shift, share, question.horizon_years));
  }
  return {.specialised = specialised.Outcome(paths),
          .general = general.Outcome(paths),
          .shifted = static_cast<double>(shifted) / static_cast<double>(paths),
          .paths = paths};
}

}  // namespace sandglass::economics
