#include "tests/accuracy/predictors.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "analyzer/models/operator_model.h"
#include "analyzer/models/power.h"
#include "analyzer/ops/work.h"
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

absl::StatusOr<silicon::Target> DeviceClasses::TargetOf(const std::string& device) const {
  const silicon::SiliconClass* silicon = nullptr;
  if (const auto named = named_.find(device); named != named_.end()) {
    silicon = named->second;
  } else if (const auto alias = catalog_->Find(device); alias.ok()) {
    silicon = *alias;
  } else if (const auto driver = catalog_->Find(collectors::SiliconClassOf(absl::StrReplaceAll(device, {{"_", " "}})));
             driver.ok()) {
    silicon = *driver;
  }
  if (silicon != nullptr) return catalog_->TargetFor(*silicon, "");
  return absl::NotFoundError(
      absl::StrCat(device, " is of no class of the catalog: say which it is by --device \"", device, "=CLASS\""));
}

absl::StatusOr<Prediction> Predict(const MeasuredRow& row, const silicon::Target& target) {
  if (row.work.empty()) return absl::FailedPreconditionError("no graph says what it runs");
  std::vector<models::OperatorEstimate> estimates;
  models::WindowEnergy energy;
  for (const trace::Signature& signature : row.work) {
    const absl::StatusOr<ops::Work> work = ops::WorkOf(signature);
    if (!work.ok()) return work.status();
    const silicon::OperatorSupport support = silicon::SupportOf(*target.stack, signature, work->op_class);
    const absl::StatusOr<models::OperatorEstimate> estimate = models::EstimateOperator(
        *work, support, *target.silicon, *target.stack, {.allow_tf32 = false, .devices = 1, .host = target.host});
    if (!estimate.ok()) return estimate.status();
    estimates.push_back(*estimate);
    energy.core += estimate->matrix_energy + estimate->vector_energy;
    energy.memory += estimate->memory_energy;
  }
  const auto time_at = [&estimates](double clock) {
    Seconds time;
    for (const models::OperatorEstimate& estimate : estimates) time += models::DeviceAt(estimate, clock);
    return time;
  };
  Seconds device = time_at(1);
  if (device >= row.power_window) device = models::SolvePower(target.silicon->power, time_at, energy, 1).wall;
  if (row.launch > row.timer + device) return Prediction{row.launch, models::Limit::kLaunch, {}};
  const auto longest = std::max_element(estimates.begin(), estimates.end(),
                                        [](const auto& a, const auto& b) { return a.device < b.device; });
  Prediction prediction = {row.timer + device, longest->limit, {}};
  for (const models::OperatorEstimate& estimate : estimates) {
    if (estimate.matrix_format != silicon::Format::kUnspecified) {
      prediction.matrix_formats.push_back(estimate.matrix_format);
    }
  }
  return prediction;
}

absl::StatusOr<Seconds> RooflineTime(const MeasuredRow& row, const silicon::Target& target) {
  if (row.work.empty()) return absl::FailedPreconditionError("no graph says what it runs");
  Seconds total;
  const silicon::SiliconClass& silicon = *target.silicon;
  for (const trace::Signature& signature : row.work) {
    const absl::StatusOr<ops::Work> work = ops::WorkOf(signature);
    if (!work.ok()) return work.status();
    const models::Rates rates = models::RatesFor(*work, silicon, {});
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
