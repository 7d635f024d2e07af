#include "analyzer/report/calibration_protos.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>

namespace sandglass::report {
namespace {

using ::testing::HasSubstr;

v1::Calibration Good() {
  v1::Calibration message;
  v1::CalibrationEntry& entry = *message.add_entries();
  entry.set_chip("gpu");
  entry.set_op_class("gemm");
  entry.set_matrix_format(v1::COMPUTE_FORMAT_BF16);
  entry.set_limit(v1::LIMIT_MATRIX);
  entry.set_silicon_class("nvidia-h100-sxm");
  entry.set_ratio(1.5);
  entry.set_rows(7);
  return message;
}

TEST(CalibrationProtosTest, ThereAndBack) {
  const auto read = CalibrationFromProto(Good());
  ASSERT_TRUE(read.ok()) << read.status();
  const v1::Calibration back =
      CalibrationToProto(*read, {{.device = "x", .rows = 2, .error_before = 0.5, .error_after = 0.25}});
  ASSERT_EQ(back.entries_size(), 1);
  EXPECT_EQ(back.entries(0).SerializeAsString(), Good().entries(0).SerializeAsString());
  EXPECT_EQ(back.checks(0).error_after(), 0.25);
  EXPECT_TRUE(ParseCalibration(Good().DebugString(), "mine").ok());
}

TEST(CalibrationProtosTest, WhatIsWrongIsNamed) {
  struct Case {
    std::function<void(v1::CalibrationEntry&)> spoil;
    const char* told;
  };
  for (const Case& c : {
           Case{[](auto& e) { e.set_chip("H100"); }, "entries[0].chip is \"H100\""},
           Case{[](auto& e) { e.set_op_class(""); }, "entries[0].op_class is \"\""},
           Case{[](auto& e) { e.set_ratio(0); }, "entries[0].ratio is \"0\""},
           Case{[](auto& e) { e.set_ratio(1e9); }, "entries[0].ratio is"},
           Case{[](auto& e) { e.set_rows(0); }, "entries[0].rows is \"0\""},
           Case{[](auto& e) { e.set_limit(static_cast<v1::Limit>(99)); }, "entries[0].limit is \"99\""},
           Case{[](auto& e) { e.set_matrix_format(static_cast<v1::ComputeFormat>(99)); }, "matrix_format is \"99\""},
           Case{[](auto& e) { e.clear_silicon_class(); }, "entries[0].silicon_class is \"\""},
       }) {
    v1::Calibration message = Good();
    c.spoil(*message.mutable_entries(0));
    EXPECT_THAT(std::string(CalibrationFromProto(message).status().message()), HasSubstr(c.told));
  }
  v1::Calibration twice = Good();
  *twice.add_entries() = twice.entries(0);
  EXPECT_THAT(std::string(CalibrationFromProto(twice).status().message()), HasSubstr("entries[1].silicon_class"));
  EXPECT_THAT(std::string(ParseCalibration("", "mine").status().message()), HasSubstr("mine: has no entries"));
  EXPECT_THAT(std::string(ParseCalibration("entries { x: 1 }", "mine").status().message()), HasSubstr("mine:1:"));
}

}  // namespace
}  // namespace sandglass::report
