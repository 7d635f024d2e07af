// Runs GROMACS for real, on the smallest box, and reads what it wrote.
#include "collectors/workloads/md.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "collectors/workloads/child_process.h"

namespace sandglass::collectors {
namespace {

class MapSink final : public TraceSink {
 public:
  absl::Status Begin(const v1::TraceHeader&) override { return absl::OkStatus(); }
  absl::Status Add(const v1::Operator& op) override {
    operators[op.signature().name()] = op;
    return absl::OkStatus();
  }
  absl::StatusOr<v1::TraceManifest> Finish(const v1::TraceSummary&) override { return v1::TraceManifest(); }
  void Abort() override {}

  std::map<std::string, v1::Operator> operators;
};

TEST(Md, SimulatesAWaterBox) {
  WorkloadOptions options;
  options.box_nm = 2.5;
  options.steps = 50;
  const auto workload = MakeMd(options);
  const absl::Status prepared = workload->Prepare();
  if (prepared.code() == absl::StatusCode::kNotFound) GTEST_SKIP() << prepared.message();
  ASSERT_TRUE(prepared.ok()) << prepared;
  EXPECT_EQ(workload->Header().phase(), v1::PHASE_SIMULATE);
  MapSink sink;
  const auto summary = workload->Record(sink, nullptr);
  ASSERT_TRUE(summary.ok()) << summary.status();
  EXPECT_EQ(summary->work_done(0).unit(), v1::WORK_UNIT_MD_NANOSECOND);
  EXPECT_DOUBLE_EQ(summary->work_done(0).count(), 50 * 2e-6);
  for (const char* name : {"md::pair_search", "md::pairs", "md::spread", "md::fft", "md::gather", "md::integration",
                           "md::constraints", "md::other"}) {
    ASSERT_TRUE(sink.operators.contains(name)) << name;
    const v1::Operator& op = sink.operators[name];
    EXPECT_EQ(op.occurrences(), 51u) << "50 steps, and the forces of the first configuration";
    EXPECT_GT(op.signature().flops_flop().value(), 0) << name;
    // 2.5 nm of water: (2.5 nm)³ · 33.4 molecules/nm³ · 3 atoms = 1566 within the roughness of the box's faces.
    EXPECT_NEAR(static_cast<double>(op.signature().attributes(0).integer()), 1566, 150);
  }
  EXPECT_GT(sink.operators["md::pairs"].duration_ps(), 0);
  EXPECT_FALSE(sink.operators.contains("md::bonded")) << "rigid water has no bonds to compute";
}

TEST(ChildProcess, SaysWhatWentWrong) {
  const std::string folder = testing::TempDir();
  EXPECT_TRUE(RunChild({"true"}, folder, "out").ok());
  EXPECT_EQ(RunChild({"no-such-program-here"}, folder, "out").message(), "no-such-program-here: no such program");
  EXPECT_EQ(RunChild({"sh", "-c", "echo one; echo two >&2; exit 3"}, folder, "out").message(),
            "sh -c echo one; echo two >&2; exit 3: exit code 3: one | two");
  EXPECT_EQ(RunChild({"sh", "-c", "kill -9 $$"}, folder, "out").message(), "sh -c kill -9 $$: signal 9: ");
}

}  // namespace
}  // namespace sandglass::collectors
