// Runs GROMACS for real, on the smallest box, and reads what it wrote.
#include "collectors/workloads/md.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include "collectors/importers/format/byte_source.h"
#include "collectors/importers/format/keeping_sink.h"
#include "collectors/importers/gromacs/importer.h"
#include "collectors/workloads/child_process.h"

namespace sandglass::collectors {
namespace {

// The log of the run in the folder that `workload` made in `parent`; empty: there is none.
std::string LogIn(const std::string& parent) {
  for (const auto& folder : std::filesystem::directory_iterator(parent)) {
    const std::filesystem::path log = folder.path() / "run.log";
    if (std::filesystem::exists(log)) return log.string();
  }
  return "";
}

TEST(Md, SimulatesAWaterBox) {
  WorkloadOptions options;
  options.box_nm = 2.5;
  options.steps = 50;
  const auto workload = MakeMd(options);
  const absl::Status prepared = workload->Prepare();
  if (prepared.code() == absl::StatusCode::kNotFound) GTEST_SKIP() << prepared.message();
  ASSERT_TRUE(prepared.ok()) << prepared;
  EXPECT_EQ(workload->Header().phase(), v1::PHASE_SIMULATE);
  KeepingSink sink;
  const auto summary = workload->Record(sink, nullptr);
  ASSERT_TRUE(summary.ok()) << summary.status();
  EXPECT_EQ(summary->work_done(0).unit(), v1::WORK_UNIT_MD_NANOSECOND);
  EXPECT_DOUBLE_EQ(summary->work_done(0).count(), 50 * 2e-6);
  for (const char* name : {"md::pair_search", "md::pairs", "md::spread", "md::fft", "md::gather", "md::integration",
                           "md::constraints", "md::other"}) {
    const v1::Operator op = sink.Find(name);
    ASSERT_TRUE(op.has_signature()) << name;
    EXPECT_EQ(op.occurrences(), 51u) << "50 steps, and the forces of the first configuration";
    EXPECT_GT(op.signature().flops_flop().value(), 0) << name;
    // 2.5 nm of water: (2.5 nm)³ · 33.4 molecules/nm³ · 3 atoms = 1566 within the roughness of the box's faces.
    EXPECT_NEAR(static_cast<double>(op.signature().attributes(0).integer()), 1566, 150);
  }
  EXPECT_GT(sink.Find("md::pairs").duration_ps(), 0);
  EXPECT_FALSE(sink.Find("md::bonded").has_signature()) << "rigid water has no bonds to compute";
}

// A user's own log of the same run.
TEST(Md, TheLogImportsAsTheSameTrace) {
  const std::string parent = ::testing::TempDir() + "/md_log";
  std::filesystem::create_directories(parent);
  ASSERT_EQ(setenv("TMPDIR", parent.c_str(), 1), 0);
  WorkloadOptions options;
  options.box_nm = 2.5;
  options.steps = 20;
  const auto workload = MakeMd(options);
  const absl::Status prepared = workload->Prepare();
  if (prepared.code() == absl::StatusCode::kNotFound) GTEST_SKIP() << prepared.message();
  ASSERT_TRUE(prepared.ok()) << prepared;
  KeepingSink ran;
  const auto summary = workload->Record(ran, nullptr);
  ASSERT_TRUE(summary.ok()) << summary.status();

  const auto source = OpenByteSource(LogIn(parent));
  ASSERT_TRUE(source.ok()) << source.status();
  ImportOptions import;
  import.name = "log";
  KeepingSink imported;
  const auto report = gromacs::Import(**source, import, imported);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_TRUE(report->problems.empty());
  ASSERT_EQ(imported.operators().size(), ran.operators().size());
  for (size_t i = 0; i < ran.operators().size(); ++i) {
    EXPECT_EQ(imported.operators()[i].DebugString(), ran.operators()[i].DebugString());
  }
  ASSERT_EQ(imported.summary().work_done_size(), summary->work_done_size());
  for (int i = 0; i < summary->work_done_size(); ++i) {
    EXPECT_EQ(imported.summary().work_done(i).DebugString(), summary->work_done(i).DebugString());
  }
  EXPECT_EQ(imported.header().source_format(), workload->Header().source_format());
}

TEST(ChildProcess, SaysWhatWentWrong) {
  const std::string folder = ::testing::TempDir();
  EXPECT_TRUE(RunChild({"true"}, folder, "out").ok());
  EXPECT_EQ(RunChild({"no-such-program-here"}, folder, "out").message(), "no-such-program-here: no such program");
  EXPECT_EQ(RunChild({"sh", "-c", "echo one; echo two >&2; exit 3"}, folder, "out").message(),
            "sh -c echo one; echo two >&2; exit 3: exit code 3: one | two");
  EXPECT_EQ(RunChild({"sh", "-c", "kill -9 $$"}, folder, "out").message(), "sh -c kill -9 $$: signal 9: ");
}

}  // namespace
}  // namespace sandglass::collectors
