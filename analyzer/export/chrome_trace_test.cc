#include "analyzer/export/chrome_trace.h"

#include <gmock/gmock.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/text_format.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

namespace sandglass::chrome_trace {
namespace {

v1::ScheduleReport Part(const std::string& runs) {
  v1::ScheduleReport part;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(
      R"pb(
            trace_name: "run \"1\"\n"
            silicon_class: "gpu"
            devices: 2
            wall_s: 0.5
            kinds {
              names: "aten::mul"
              names: "aten::\"add"
              op_class: "elementwise"
              shapes: "f32[2]"
              limit: LIMIT_MEMORY
            }
            kinds { names: "aten::mm" op_class: "gemm" limit: LIMIT_MATRIX }
      )pb" +
          runs,
      &part));
  return part;
}

// The file as JSON.
google::protobuf::Struct Written(const std::vector<v1::ScheduleReport>& parts) {
  std::string text;
  ChromeTraceWriter writer([&text](absl::string_view piece) {
    absl::StrAppend(&text, piece);
    return absl::OkStatus();
  });
  for (const v1::ScheduleReport& part : parts) EXPECT_TRUE(writer.Add(part).ok());
  EXPECT_TRUE(writer.Finish().ok());
  google::protobuf::Struct file;
  EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(text, &file).ok()) << text;
  return file;
}

TEST(ChromeTraceTest, KernelsAreCompleteEventsInMicroseconds) {
  const auto file =
      Written({Part("runs { kind: 1 start_s: 2e-6 duration_s: 5e-4 device_s: 4e-4 count: 3 operator_id: 7 }"),
               Part("runs { kind: 0 start_s: 1e-3 duration_s: 1e-9 device_s: 1e-9 count: 1 operator_id: 9 }")});
  const auto& events = file.fields().at("traceEvents").list_value().values();
  ASSERT_EQ(events.size(), 4);
  EXPECT_EQ(events[0].struct_value().fields().at("args").struct_value().fields().at("name").string_value(), "gpu");
  EXPECT_EQ(events[1].struct_value().fields().at("args").struct_value().fields().at("name").string_value(),
            "one of 2 devices");
  const auto& product = events[2].struct_value().fields();
  EXPECT_EQ(product.at("ph").string_value(), "X");
  EXPECT_EQ(product.at("name").string_value(), "aten::mm");
  EXPECT_EQ(product.at("cat").string_value(), "gemm");
  EXPECT_EQ(product.at("ts").number_value(), 2);
  EXPECT_EQ(product.at("dur").number_value(), 500);
  EXPECT_EQ(product.at("args").struct_value().fields().at("runs").number_value(), 3);
  EXPECT_EQ(product.at("args").struct_value().fields().at("device us").number_value(), 400);
  EXPECT_EQ(product.at("args").struct_value().fields().at("operator").number_value(), 7);
  const auto& fused = events[3].struct_value().fields();
  EXPECT_EQ(fused.at("name").string_value(), "aten::mul + aten::\"add");
  EXPECT_EQ(fused.at("dur").number_value(), 0.001);
  EXPECT_EQ(fused.at("args").struct_value().fields().at("bound by").string_value(), "memory");
  EXPECT_EQ(file.fields().at("otherData").struct_value().fields().at("trace").string_value(), "run \"1\"\n");
}

TEST(ChromeTraceTest, AScheduleWithoutRunsIsAFileStill) {
  EXPECT_EQ(Written({Part("")}).fields().at("traceEvents").list_value().values().size(), 2);
}

TEST(ChromeTraceTest, WhatCannotBeWrittenIsAnError) {
  ChromeTraceWriter writer([](absl::string_view) { return absl::UnavailableError("full"); });
  EXPECT_EQ(writer.Add(Part("")), absl::UnavailableError("full"));
}

}  // namespace
}  // namespace sandglass::chrome_trace
