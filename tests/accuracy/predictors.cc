#include "tests/accuracy/predictors.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "analyzer/models/operator_model.h"
#include "analyzer/models/power.h"
#include "analyzer/ops/work.h"
#include "analyzer/replay/source_correction.h"
#include "analyzer/silicon/support.h"
#include "collectors/importers/format/device_class.h"

namespace sandglass::accuracy {

absl::StatusOr<DeviceClasses> DeviceClasses::From(const silicon::Catalog& catalog,
                                                  const std::map<std::string, std::string>& named) {
  DeviceClasses classes(catalog);
  for (const auto& [device, id] : named) {
    const auto found = catalog.Find(id);
    if (!found.ok()) return found.status();
    classes.named_[device] = *found;
  }
  return classes;
}

absl::StatusOr<silicon::Target> DeviceClasses::TargetOf(const std::string& device, const std::string& stack) const {
  const silicon::SiliconClass* silicon = nullptr;
  if (const auto named = named_.find(device); named != named_.end()) {
    silicon = named->second;
  } else if (const auto alias = catalog_->Find(device); alias.ok()) {
    silicon = *alias;
  } else if (const auto driver = catalog_->Find(collectors::SiliconClassOf(absl::StrReplaceAll(device, {{"_", " "}})));
             driver.ok()) {
    silicon = *driver;
  }
  if (silicon != nullptr) return catalog_->TargetFor(*silicon, stack);
  return absl::NotFoundError(
      absl::StrCat(device, " is of no class of the catalog: say which it is by --device \"", device, "=CLASS\""));
}

namespace {

absl::StatusOr<Prediction> PredictRun(const replay::PreparedTrace& prepared, const silicon::Target& target,
                                      bool wall = false) {
  const replay::ClassReplay replay = replay::ReplayOn(prepared, target);
  if (replay.verdict != replay::Verdict::kSupported) return absl::FailedPreconditionError(replay.reason);
  Prediction prediction;
  prediction.time = wall ? replay.wall : replay.device;
  prediction.energy = replay.energy.total();
  prediction.limit = replay.limit;
  prediction.parts = replay.kinds;
  return prediction;
}

// The share by which the models say that the limit lengthens the run, and changes its energy.
absl::StatusOr<Prediction> PredictLimited(const MeasuredRow& row, const silicon::Target& target) {
  replay::PreparedTrace prepared = replay::Prepare(*row.run, replay::Precision::kSource);
  const absl::StatusOr<Prediction> own = PredictRun(prepared, target, /*wall=*/true);
  if (!own.ok()) return own.status();
  prepared.power_cap = row.limited->limit;
  absl::StatusOr<Prediction> held = PredictRun(prepared, target, /*wall=*/true);
  if (!held.ok()) return held.status();
  held->time = (held->time / own->time) * row.limited->own_time;
  held->energy = (held->energy / own->energy) * row.limited->own_energy;
  return *std::move(held);
}

// Operators one after the other, as a trace without storages has them: sizes tell what feeds what.
absl::StatusOr<Prediction> PredictFused(const MeasuredRow& row, const silicon::Target& target) {
  trace::Trace run;
  run.phase = trace::Phase::kInfer;
  run.signatures = row.work;
  for (uint32_t i = 0; i < row.work.size(); ++i) {
    trace::Operator op;
    op.id = i + 1;
    op.signature = i;
    run.operators.push_back(op);
  }
  return PredictRun(replay::Prepare(run, replay::Precision::kSource), target, row.wall);
}

// The operators of a row, and their energy at the stated clock.
struct Operators {
  std::vector<models::OperatorEstimate> estimates;
  std::vector<replay::KindTime> parts;
  models::WindowEnergy energy;

  Seconds TimeAt(double clock) const {
    Seconds time;
    for (const models::OperatorEstimate& estimate : estimates) time += models::DeviceAt(estimate, clock);
    return time;
  }
};

absl::StatusOr<Operators> EstimateAll(const std::vector<trace::Signature>& signatures, const silicon::Target& target) {
  Operators all;
  for (const trace::Signature& signature : signatures) {
    const absl::StatusOr<ops::Work> work = ops::WorkOf(signature);
    if (!work.ok()) return work.status();
    const silicon::OperatorSupport support = silicon::SupportOf(*target.stack, signature, work->op_class);
    const absl::StatusOr<models::OperatorEstimate> estimate = models::EstimateOperator(
        *work, support, *target.silicon, *target.stack, {.allow_tf32 = false, .devices = 1, .host = target.host});
    if (!estimate.ok()) return estimate.status();
    all.estimates.push_back(*estimate);
    all.parts.push_back({models::KindOf(work->op_class, *estimate), estimate->device});
    all.energy.core += estimate->matrix_energy + estimate->vector_energy;
    all.energy.memory += estimate->memory_energy;
  }
  return all;
}

// Where the clock was held and the limit allows it, at that clock; else at what the limit leaves.
models::PowerSolution PowerOf(const MeasuredRow& row, const silicon::Power& power, const Operators& all) {
  const double held =
      row.clock_hz.has_value() && power.clock_hz.has_value() ? *row.clock_hz / power.clock_hz->value : 1;
  const auto time_at = [&](double clock) { return all.TimeAt(std::min(clock, held)); };
  const double share = models::CoreEnergyShare(power, held);
  models::PowerSolution solution = models::SolvePower(power, time_at, all.energy, 1);
  if (solution.clock < held) return solution;
  solution.clock = held;
  solution.core_share = share;
  solution.memory_share = models::MemoryEnergyShare(share);
  solution.wall = all.TimeAt(held);
  solution.idle = Watts::Of(power.idle_w.value * share) * solution.wall;
  return solution;
}

}  // namespace

absl::StatusOr<Prediction> Predict(const MeasuredRow& row, const silicon::Target& target) {
  if (row.limited.has_value()) return PredictLimited(row, target);
  if (row.run != nullptr) return PredictRun(replay::Prepare(*row.run, replay::Precision::kSource), target);
  if (row.work.empty()) return absl::FailedPreconditionError("no graph says what it runs");
  if (target.stack != nullptr && target.stack->fuses && row.work.size() > 1) return PredictFused(row, target);
  if (row.wall) return absl::FailedPreconditionError("the host's clock is read for several operators that are fused");
  const absl::StatusOr<Operators> all = EstimateAll(row.work, target);
  if (!all.ok()) return all.status();
  const models::PowerSolution power = PowerOf(row, target.silicon->power, *all);
  const Seconds alone = all->TimeAt(1);
  const Seconds device = alone >= row.power_window ? power.wall : alone;
  const auto longest = std::max_element(all->estimates.begin(), all->estimates.end(),
                                        [](const auto& a, const auto& b) { return a.device < b.device; });
  Prediction prediction;
  prediction.time = std::max(row.timer + device, row.launch);
  prediction.parts = all->parts;
  prediction.by_floor = row.launch > row.timer + device;
  if (prediction.by_floor) {
    for (replay::KindTime& part : prediction.parts) part.kind.limit = models::Limit::kLaunch;
  }
  prediction.limit = prediction.by_floor ? models::Limit::kLaunch : longest->limit;
  // While the host is waited for, the device idles.
  const Watts idle = power.idle / power.wall;
  prediction.energy =
      power.core_share * all->energy.core + power.memory_share * all->energy.memory + idle * prediction.time;
  prediction.power = prediction.energy / prediction.time;
  return prediction;
}

absl::StatusOr<Seconds> ScaledTime(const MeasuredRow& row, const silicon::Target& target,
                                   const silicon::Target& source) {
  if (row.run == nullptr) return absl::FailedPreconditionError("was not recorded on another device");
  replay::PreparedTrace prepared = replay::Prepare(*row.run, replay::Precision::kSource);
  absl::StatusOr<std::vector<double>> correction = replay::SourceCorrection(*row.run, source);
  if (!correction.ok()) return correction.status();
  prepared.correction = *std::move(correction);
  const absl::StatusOr<Prediction> prediction = PredictRun(prepared, target);
  if (!prediction.ok()) return prediction.status();
  return prediction->time;
}

absl::StatusOr<Seconds> RooflineTime(const MeasuredRow& row, const silicon::Target& target) {
  if (row.work.empty()) return absl::FailedPreconditionError("no graph says what it runs");
  Seconds total;
  const silicon::SiliconClass& silicon = *target.silicon;
  for (const trace::Signature& signature : row.work) {
    const absl::StatusOr<ops::Work> work = ops::WorkOf(signature);
    if (!work.ok()) return work.status();
    const models::Rates rates = models::RatesFor(*work, silicon, /*allow_tf32=*/false);
    const auto time_at = [](Flop flop, const silicon::ComputeRate* rate) {
      return rate == nullptr ? Seconds() : flop / FlopPerSecond::Of(rate->flop_per_s.value);
    };
    const bool lacks_matrix = work->matrix.value() > 0 && rates.matrix == nullptr && rates.moved == nullptr;
    if (!silicon.memory.has_value() || lacks_matrix || (work->vector.value() > 0 && rates.vector == nullptr)) {
      return absl::UnimplementedError(absl::StrCat(silicon.id, " has no rate for ", signature.name));
    }
    const Seconds matrix = time_at(work->matrix, rates.matrix != nullptr ? rates.matrix : rates.moved);
    const Seconds memory =
        (work->read + work->written) / BytesPerSecond::Of(silicon.memory->bandwidth_bytes_per_s.value);
    total += std::max({matrix, time_at(work->vector, rates.vector), memory});
  }
  return total;
}

}  // namespace sandglass::accuracy
