#include "analyzer/models/calibration.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "analyzer/models/error_prior.h"

namespace sandglass::models {
namespace {

// Rows of a device at which it is believed by half.
constexpr double kOwnRows = 5;

double MedianOf(std::vector<double>& values) {
  std::sort(values.begin(), values.end());
  return (values[(values.size() - 1) / 2] + values[values.size() / 2]) / 2;
}

double ErrorOf(const CalibrationRow& row, double ratio) { return std::abs(ratio * row.predicted / row.measured - 1); }

}  // namespace

CalibrationKey KeyOf(const silicon::Chip& chip, ops::OpClass op_class, const OperatorEstimate& estimate) {
  return {.chip = std::string(ChipKindName(chip)), .kind = KindOf(op_class, estimate)};
}

Calibration Calibration::From(absl::Span<const CalibrationRow> rows) {
  std::map<CalibrationKey, std::map<std::string, std::vector<double>>> ratios;
  for (const CalibrationRow& row : rows) ratios[row.key][row.device].push_back(row.measured / row.predicted);
  Calibration calibration;
  for (auto& [key, by_device] : ratios) {
    for (auto& [device, values] : by_device) {
      const auto count = static_cast<uint32_t>(values.size());
      calibration.Add(key, device, {.ratio = MedianOf(values), .rows = count});
    }
  }
  return calibration;
}

bool Calibration::Add(const CalibrationKey& key, const std::string& device, const Entry& entry) {
  Group& group = groups_[key];
  if (!group.devices.emplace(device, entry).second) return false;
  group.log_ratios += std::log(entry.ratio);
  return true;
}

double Calibration::RatioFor(const CalibrationKey& key, const std::string& device) const {
  const auto group = groups_.find(key);
  if (group == groups_.end()) return 1;
  const auto& [entries, log_ratios] = group->second;
  if (const auto own = entries.find(device); own != entries.end()) {
    const auto rows = static_cast<double>(own->second.rows);
    return std::pow(own->second.ratio, rows / (rows + kOwnRows));
  }
  return std::exp(log_ratios / (static_cast<double>(entries.size()) + 1));
}

std::vector<CalibrationCheck> LeaveOneDeviceOut(absl::Span<const CalibrationRow> rows) {
  std::set<std::string> devices;
  for (const CalibrationRow& row : rows) devices.insert(row.device);
  std::vector<CalibrationCheck> checks;
  for (const std::string& left_out : devices) {
    std::vector<CalibrationRow> others;
    for (const CalibrationRow& row : rows) {
      if (row.device != left_out) others.push_back(row);
    }
    const Calibration calibration = Calibration::From(others);
    CalibrationCheck check = {.device = left_out};
    for (const CalibrationRow& row : rows) {
      if (row.device != left_out) continue;
      ++check.rows;
      check.error_before += ErrorOf(row, 1);
      check.error_after += ErrorOf(row, calibration.RatioFor(row.key, left_out));
    }
    check.error_before /= check.rows;
    check.error_after /= check.rows;
    checks.push_back(std::move(check));
  }
  return checks;
}

}  // namespace sandglass::models
