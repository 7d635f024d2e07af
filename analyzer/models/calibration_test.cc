#include "analyzer/models/calibration.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace sandglass::models {
namespace {

const CalibrationKey kGemm = {
    .chip = "gpu",
    .kind = {.op_class = ops::OpClass::kGemm, .matrix_format = silicon::Format::kBf16, .limit = Limit::kMatrix}};

// The models say 1 s.
CalibrationRow Row(const std::string& device, double measured, const CalibrationKey& key = kGemm) {
  return {.device = device, .key = key, .measured = Seconds::Of(measured), .predicted = Seconds::Of(1)};
}

TEST(CalibrationTest, ADeviceIsBelievedByItsRows) {
  // The median of five rows, one of them absurd, is 2; five rows are believed by half.
  std::vector<CalibrationRow> rows;
  for (const double measured : {1.9, 2.0, 2.1, 2.0, 900.0}) rows.push_back(Row("mine", measured));
  EXPECT_NEAR(Calibration::From(rows).RatioFor(kGemm, "mine"), std::sqrt(2), 1e-12);
  for (int i = 0; i < 95; ++i) rows.push_back(Row("mine", 2));
  EXPECT_NEAR(Calibration::From(rows).RatioFor(kGemm, "mine"), std::pow(2, 100.0 / 105), 1e-12);
}

TEST(CalibrationTest, OtherDevicesAreBelievedByTheirNumber) {
  // One other device counts by half; of three that say 2, 2 and 4 it is their mean, by three quarters.
  std::vector<CalibrationRow> rows = {Row("a", 2)};
  EXPECT_NEAR(Calibration::From(rows).RatioFor(kGemm, "mine"), std::sqrt(2), 1e-12);
  rows.push_back(Row("b", 2));
  rows.push_back(Row("c", 4));
  EXPECT_NEAR(Calibration::From(rows).RatioFor(kGemm, "mine"), std::exp2(4.0 / 4), 1e-12);
}

TEST(CalibrationTest, ADeviceHasOneEntryInAGroup) {
  Calibration calibration;
  EXPECT_TRUE(calibration.Add(kGemm, "a", {.ratio = 2, .rows = 5}));
  EXPECT_FALSE(calibration.Add(kGemm, "a", {.ratio = 8, .rows = 5}));
  EXPECT_NEAR(calibration.RatioFor(kGemm, "b"), std::sqrt(2), 1e-12);
}

TEST(CalibrationTest, GroupsDoNotMix) {
  CalibrationKey by_memory = kGemm;
  by_memory.kind.limit = Limit::kMemory;
  CalibrationKey on_tpu = kGemm;
  on_tpu.chip = "systolic";
  const Calibration calibration = Calibration::From({Row("a", 2)});
  EXPECT_EQ(calibration.RatioFor(by_memory, "a"), 1);
  EXPECT_EQ(calibration.RatioFor(on_tpu, "a"), 1);
  EXPECT_EQ(Calibration().RatioFor(kGemm, "a"), 1);
}

TEST(CalibrationTest, EachDeviceIsCheckedByTheOthers) {
  // a and b are both twice as long as modelled: calibrated by the other, √2 s are said of 2 s. c is not.
  const std::vector<CalibrationRow> rows = {Row("a", 2), Row("b", 2), Row("c", 1)};
  const std::vector<CalibrationCheck> checks = LeaveOneDeviceOut(rows);
  ASSERT_EQ(checks.size(), 3u);
  EXPECT_EQ(checks[0].device, "a");
  EXPECT_EQ(checks[0].rows, 1u);
  EXPECT_NEAR(checks[0].error_before, 0.5, 1e-12);
  // By b (2) and c (1): a third of the sum of logarithms.
  EXPECT_NEAR(checks[0].error_after, 1 - std::cbrt(2) / 2, 1e-12);
  EXPECT_NEAR(checks[2].error_before, 0, 1e-12);
  EXPECT_NEAR(checks[2].error_after, std::cbrt(4) - 1, 1e-12);
}

}  // namespace
}  // namespace sandglass::models
