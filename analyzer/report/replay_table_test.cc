#include "analyzer/report/replay_table.h"

#include <string>

#include "absl/strings/match.h"
#include "analyzer/report/text_table.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"

namespace sandglass::report {
namespace {

// A class that does the work, one whose price is unknown and that is launch-bound, and two that cannot.
v1::ReplayReport Report() {
  v1::ReplayReport report;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(
      R"pb(
        report_version: 1
        trace_id: "01HZZZZZZZZZZZZZZZZZZZZZZZ"
        trace_name: "tiny"
        phase: PHASE_TRAIN
        run_mode: RUN_MODE_MEASURED
        work_done { unit: WORK_UNIT_TOKEN count: 1024 }
        work_done { unit: WORK_UNIT_STEP count: 1 }
        completeness { truncated: true }
        options { precision: PRECISION_POLICY_BF16 cost_basis: COST_BASIS_OWNED pue: 1.25 }
        warnings: "7 operators were dropped while the trace was recorded"
        classes {
          silicon_class: "fast"
          verdict: VERDICT_SUPPORTED
          precision: PRECISION_POLICY_BF16
          devices: 2
          stack: "eager"
          per_unit {
            unit: WORK_UNIT_TOKEN
            seconds { value: 2e-5 low: 1e-5 high: 4e-5 unit: "s/token" provenance: ESTIMATE_PROVENANCE_MODELLED }
            joules {
              value: 0.0123
              low: 0.01
              high: 0.02
              provenance: ESTIMATE_PROVENANCE_ASSUMED
              assumptions: "power.idle"
            }
            usd { value: 5e-5 low: 4e-5 high: 8e-5 provenance: ESTIMATE_PROVENANCE_ASSUMED assumptions: "power.idle" }
          }
          limit: LIMIT_MEMORY
          launch_idle_share: 0.25
          coverage { operators: 10 operators_known: 9 operator_share: 0.9 }
        }
        classes {
          silicon_class: "slow"
          verdict: VERDICT_SUPPORTED
          precision: PRECISION_POLICY_BF16
          stack: "xla"
          per_unit { seconds { value: 3e-5 provenance: ESTIMATE_PROVENANCE_MODELLED } }
          limit: LIMIT_LAUNCH
          launch_bound: true
          launch_idle_share: 0.75
        }
        classes { silicon_class: "anton" verdict: VERDICT_UNSUPPORTED reason: "gemm is not supported by stack md" }
        classes { silicon_class: "small" verdict: VERDICT_INFEASIBLE reason: "needs 9 devices; its link joins 8" }
      )pb",
      &report));
  return report;
}

// The line of `text` that begins with `start`, after spaces.
std::string LineOf(const std::string& text, const std::string& start) {
  const size_t at = text.find("\n" + start);
  const size_t indented = text.find("\n  " + start);
  const size_t from = at != std::string::npos ? at + 1 : indented != std::string::npos ? indented + 1 : text.size();
  return text.substr(from, text.find('\n', from) - from);
}

TEST(ReplayTextTest, Golden) {
  const std::string text = ReplayText(Report());
  // Medians: 30 us, 12.3 mJ, 50 USD a million.
  EXPECT_EQ(LineOf(text, "class  chips"),
            "class  chips  time [us/token]  range      energy [mJ/token]  range      cost [USD/10^6 token]  range      "
            "bound by  wait [%]  known [% ops / time]  precision  stack  note");
  EXPECT_EQ(LineOf(text, "fast"),
            "fast       2           20.0 M  10.0-40.0             12.3 A  10.0-20.0                 50.0 A  40.0-80.0  "
            "memory          25                90 / ?  bf16       eager");
  EXPECT_EQ(LineOf(text, "slow"),
            "slow       ?           30.0 M  ?                    unknown                           unknown             "
            "launch          75                     ?  bf16       xla    launch-bound: ranks nothing");
  EXPECT_EQ(LineOf(text, "anton"), "  anton  unsupported  gemm is not supported by stack md");
  EXPECT_EQ(LineOf(text, "small"), "  small  infeasible   needs 9 devices; its link joins 8");
  EXPECT_EQ(text.substr(0, text.find('\n')), "tiny (train, measured)  01HZZZZZZZZZZZZZZZZZZZZZZZ");
  EXPECT_EQ(LineOf(text, "work:"), "  work: 1024 tokens = 1.00 step");
  EXPECT_EQ(LineOf(text, "fast: "), "  fast: power.idle");
  EXPECT_TRUE(absl::StrContains(text, "warning: 7 operators were dropped"));
  EXPECT_TRUE(absl::StrContains(text, "warning: the run went on after the recording stopped"));
}

TEST(ReplayTextTest, SaysOnWhatItWasTracedAndByWhoseWord) {
  EXPECT_FALSE(absl::StrContains(ReplayText(Report()), "traced on"));
  v1::ReplayReport report = Report();
  for (int i = 0; i < 2; ++i) {
    v1::Device& device = *report.add_devices();
    device.set_raw_name("NVIDIA <b>");
    device.set_silicon_class("nv");
    device.set_asserted_by("user");
  }
  report.add_devices();
  EXPECT_EQ(LineOf(ReplayText(report), "traced on"),
            "  traced on: 2 x NVIDIA <b> = nv (asserted by user), a device without a name (class unknown)");
  EXPECT_TRUE(absl::StrContains(ReplayMarkdown(report), "\nTraced on: 2 x NVIDIA &lt;b&gt;")) << ReplayMarkdown(report);
}

TEST(ReplayTextTest, NotesTheClockThatThePowerLeaves) {
  v1::ReplayReport report = Report();
  report.mutable_classes(0)->set_clock_share(0.8642);
  report.mutable_classes(1)->set_clock_share(0.5);
  const std::string text = ReplayText(report);
  EXPECT_TRUE(absl::EndsWith(LineOf(text, "fast"), "  eager  at 86.4 % of its clock")) << text;
  EXPECT_TRUE(absl::EndsWith(LineOf(text, "slow"), "  launch-bound: ranks nothing; at 50 % of its clock")) << text;
  report.mutable_classes(0)->set_clock_share(1);
  EXPECT_TRUE(absl::EndsWith(LineOf(ReplayText(report), "fast"), "  eager")) << "the whole clock needs no note";
}

TEST(ReplayTextTest, BriefIsTheBeginning) {
  const std::string brief = ReplayText(Report(), Detail::kBrief);
  EXPECT_TRUE(absl::StartsWith(ReplayText(Report()), brief));
  EXPECT_TRUE(absl::StrContains(brief, "warning: 7 operators"));
  EXPECT_FALSE(absl::StrContains(brief, "Letters"));
}

TEST(ReplayTextTest, UnknownIsNeverZero) {
  v1::ReplayReport report = Report();
  report.mutable_classes()->DeleteSubrange(0, 1);
  report.mutable_classes(0)->clear_per_unit();
  report.mutable_classes(0)->clear_limit();
  report.clear_work_done();
  const std::string text = ReplayText(report);
  const std::string row = LineOf(text, "slow");
  EXPECT_EQ(row.find(" 0"), std::string::npos) << row;
  EXPECT_TRUE(absl::StrContains(row, "unknown"));
  EXPECT_EQ(LineOf(text, "work:"), "  work: unknown");
}

TEST(ReplayTextTest, NamesCannotDriveTheTerminal) {
  v1::ReplayReport report = Report();
  report.set_trace_name("evil\x1b[2J\nname");
  report.mutable_classes(2)->set_reason("no \x1b]0;title\x07 kernel");
  report.add_warnings("\x1b[31mred");
  for (const std::string& text : {ReplayText(report), ReplayMarkdown(report)}) {
    for (const char byte : text) EXPECT_TRUE(byte == '\n' || static_cast<unsigned char>(byte) >= 0x20) << text;
  }
}

TEST(ReplayTextTest, SaysWhereNothingCanDoIt) {
  v1::ReplayReport report = Report();
  report.mutable_classes()->DeleteSubrange(0, 2);
  EXPECT_TRUE(absl::StrContains(ReplayText(report), "No class of these can do the work.")) << ReplayText(report);
}

TEST(ReplayMarkdownTest, IsATable) {
  const std::string text = ReplayMarkdown(Report());
  EXPECT_TRUE(absl::StrContains(text, "| class | chips | time \\[us/token\\] | range |")) << text;
  EXPECT_TRUE(absl::StrContains(text, "| --- | ---: | ---: | --- |"));
  EXPECT_TRUE(absl::StrContains(text, "| anton | unsupported | gemm is not supported by stack md |"));
}

TEST(TextTableTest, LeavesOutEmptyColumns) {
  TextTable table;
  table.AddColumn("a", TextTable::Align::kLeft);
  table.AddColumn("empty", TextTable::Align::kLeft);
  table.AddColumn("b", TextTable::Align::kRight);
  table.AddRow({"x", "", "1"});
  table.AddRow({"yy", "", "22"});
  EXPECT_EQ(table.Text(), "a    b\n--  --\nx    1\nyy  22\n");
}

}  // namespace
}  // namespace sandglass::report
