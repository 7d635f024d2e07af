// For tests: a batch of one trace on two classes, as it would be measured.
#ifndef SANDGLASS_ANALYZER_CHECK_BATCH_FIXTURE_H_
#define SANDGLASS_ANALYZER_CHECK_BATCH_FIXTURE_H_

#include <google/protobuf/text_format.h>

#include <string>

#include "analyzer/check/judge.h"
#include "analyzer/check/policy.h"
#include "gtest/gtest.h"
#include "proto/check_report.pb.h"

namespace sandglass::check {

// Trace "nightly/a" in tokens: on "gpu" 2 us (1 to 4) and 3 mJ, without a price; on "npu" unsupported, of its operators
// 80 % native. 99 % are known.
inline Measured MeasuredTrace(const std::string& name = "nightly/a") {
  Measured measured;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(
      R"pb(
        trace_id: "01A"
        unit: WORK_UNIT_TOKEN
        classes {
          silicon_class: "gpu"
          verdict: VERDICT_SUPPORTED
          devices: 2
          known_percent: 99
          native { value: 100 unit: "%" }
          per_unit {
            unit: WORK_UNIT_TOKEN
            seconds { value: 2e-6 low: 1e-6 high: 4e-6 unit: "s/token" provenance: ESTIMATE_PROVENANCE_MODELLED }
            joules { value: 3e-3 unit: "J/token" provenance: ESTIMATE_PROVENANCE_ASSUMED }
          }
          operators { name: "aten::mm" op_class: "gemm" count_per_unit: 2 device_s_per_unit: 1.5e-6 }
          operators { name: "aten::add" op_class: "elementwise" count_per_unit: 1 device_s_per_unit: 0.5e-6 }
        }
        classes {
          silicon_class: "npu"
          verdict: VERDICT_UNSUPPORTED
          reason: "aten::sort: does not run"
          known_percent: 99
          native { value: 80 unit: "%" }
          retained { value: 0 unit: "%" }
        }
        moves {
          from_class: "gpu"
          to_class: "npu"
          scenario: "default"
          verdict: VERDICT_SUPPORTED
          go_forward { value: 5e6 low: 1e6 high: 9e6 unit: "USD" }
        }
      )pb",
      &measured.trace));
  measured.trace.set_trace_name(name);
  measured.replay.set_catalog_digest("0123456789abcdef");
  return measured;
}

inline ClassIds FixtureIds() { return {{"gpu", "gpu"}, {"GPU", "gpu"}, {"npu", "npu"}}; }

// The report of that batch under rules on both classes.
inline v1::CheckReport Judged(const std::string& rules, const v1::CheckReport* baseline = nullptr,
                              const Measured& measured = MeasuredTrace()) {
  const auto policy = ParsePolicy("policy_version: 1 title: \"T\" silicon_classes: \"gpu\"\n" + rules, "test");
  EXPECT_TRUE(policy.ok()) << policy.status();
  v1::CheckReport report;
  EXPECT_TRUE(AddTrace(measured, *policy, false, false, report).ok());
  Judge(*policy, FixtureIds(), {.report = baseline}, report);
  return report;
}

}  // namespace sandglass::check

#endif  // SANDGLASS_ANALYZER_CHECK_BATCH_FIXTURE_H_
