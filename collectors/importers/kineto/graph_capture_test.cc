#include "collectors/importers/kineto/graph_capture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "collectors/importers/format/keeping_sink.h"
#include "collectors/importers/kineto/importer.h"
#include "collectors/importers/kineto/kineto_text.h"

namespace sandglass::collectors::kineto {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

// The launch of a graph at `start_us` within an operator, and kernels that it starts.
std::vector<std::string> Launch(int start_us, int correlation, const std::vector<std::string>& kernels) {
  std::vector<std::string> events = {
      KinetoEvent("cpu_op", "run_graph", absl::StrCat(start_us), "50", R"("Record function id": 0)"),
      KinetoEvent("cuda_runtime", "cudaGraphLaunch", absl::StrCat(start_us + 10), "5",
                  absl::StrCat("\"correlation\": ", correlation))};
  int start = start_us + 20;
  for (const std::string& kernel : kernels) {
    events.push_back(KinetoEvent("kernel", kernel, absl::StrCat(start++), "1",
                                 absl::StrCat("\"correlation\": ", correlation, ", \"device\": 0, \"stream\": 7")));
  }
  return events;
}

struct Captured {
  std::string op;
  // Named by the call as HIP's are; empty: as CUDA's, which are not.
  std::string kernel;
};

// The capture of a graph from `start_us` on: operators of 10 us, each within one called "layer", each with one launch.
std::vector<std::string> Capture(int start_us, const std::vector<Captured>& captured) {
  std::vector<std::string> events = {
      KinetoEvent("cpu_op", "aten::before", absl::StrCat(start_us), "1", ""),
      KinetoEvent("cuda_runtime", "cudaLaunchKernel", absl::StrCat(start_us, ".5"), "0.1", R"("correlation": 1)"),
      KinetoEvent("cuda_runtime", "cudaStreamBeginCapture", absl::StrCat(start_us + 2), "1", ""),
      KinetoEvent("cpu_op", "layer", absl::StrCat(start_us + 4), "900", "")};
  int start = start_us + 10;
  for (const Captured& one : captured) {
    events.push_back(
        KinetoEvent("cpu_op", one.op, absl::StrCat(start), "10", R"("Input Dims": [[2, 3]], "Input type": ["float"])"));
    events.push_back(KinetoEvent("cuda_runtime", "cudaLaunchKernel", absl::StrCat(start + 2), "1",
                                 one.kernel.empty() ? "" : absl::StrCat("\"kernel\": \"", one.kernel, "\"")));
    start += 20;
  }
  events.push_back(KinetoEvent("cuda_runtime", "cudaStreamEndCapture", absl::StrCat(start_us + 950), "1", ""));
  return events;
}

class GraphCaptureTest : public ::testing::Test {
 protected:
  absl::StatusOr<ImportReport> Join(const std::vector<std::string>& launches, const std::vector<std::string>& capture) {
    const std::string path =
        absl::StrCat(::testing::TempDir(), "/", ::testing::UnitTest::GetInstance()->current_test_info()->name());
    std::ofstream(path) << KinetoFile(capture);
    ImportOptions options;
    options.name = "test";
    options.capture = path;
    const std::string text = KinetoFile(launches);
    const std::unique_ptr<ByteSource> source = MemoryByteSource(text);
    return Import(*source, options, sink_);
  }

  // What launched the kernel of that name.
  std::string LauncherOf(const std::string& kernel) const {
    const v1::Operator work = sink_.Find(kernel);
    for (const v1::Operator& op : sink_.operators()) {
      if (work.has_launcher_id() && op.id() == work.launcher_id()) return op.signature().name();
    }
    return "";
  }

  KeepingSink sink_;
};

TEST_F(GraphCaptureTest, KernelsAreLinkedToTheOperatorsOfTheCapture) {
  const auto report =
      Join(Launch(100, 7, {"gemm", "relu"}), Capture(5000, {{"aten::mm", "gemm"}, {"aten::relu", "relu"}}));
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(LauncherOf("gemm"), "aten::mm");
  EXPECT_EQ(LauncherOf("relu"), "aten::relu");
  const v1::Operator gemm = sink_.Find("gemm");
  EXPECT_EQ(gemm.link_method(), v1::LINK_METHOD_CAPTURE);
  EXPECT_EQ(gemm.graph_id(), 1);
  EXPECT_EQ(gemm.graph_node(), 0);
  EXPECT_EQ(sink_.Find("relu").graph_node(), 1);
  // It has a shape, and no time: what the capture took is nothing of this run.
  const v1::Operator mm = sink_.Find("aten::mm");
  EXPECT_THAT(mm.signature().inputs(0).dims(), ElementsAre(2, 3));
  EXPECT_FALSE(mm.has_duration_ps());
  EXPECT_FALSE(mm.has_start_ns());
  EXPECT_FALSE(mm.has_self_ps());
  EXPECT_EQ(mm.graph_id(), 1);
  EXPECT_EQ(mm.parent_id(), sink_.Find("layer").id());
  EXPECT_EQ(sink_.Find("layer").parent_id(), sink_.Find("run_graph").id());
  // Outside of the capture, nothing is of the graph.
  EXPECT_EQ(sink_.Find("aten::before").id(), 0);
  EXPECT_THAT(report->linked, ElementsAre(Pair("by_capture", 2)));
  EXPECT_THAT(report->imported,
              ElementsAre(Pair("kernels", 2), Pair("operators", 1), Pair("operators_of_captures", 3)));
  EXPECT_EQ(report->times.host_ps, 50'000'000);
  EXPECT_EQ(report->times.linked_device_work_ps, 2'000'000);
  EXPECT_THAT(report->problems, IsEmpty());
  // The window is that of the run.
  EXPECT_EQ(sink_.summary().window().end_ns(), 150'000);
}

TEST_F(GraphCaptureTest, KernelsOfSeveralStreamsRunInAnotherOrder) {
  const auto report = Join(Launch(100, 7, {"b", "a", "b", "a"}),
                           Capture(5000, {{"aten::a", "a"}, {"aten::a2", "a"}, {"aten::b", "b"}, {"aten::b2", "b"}}));
  ASSERT_TRUE(report.ok()) << report.status();
  std::vector<uint32_t> nodes;
  for (const v1::Operator& op : sink_.operators()) {
    if (op.has_graph_node()) nodes.push_back(op.graph_node());
  }
  EXPECT_THAT(nodes, ElementsAre(2, 0, 3, 1));
}

TEST_F(GraphCaptureTest, WhereCallsNameNoKernelTheOrderOfAllTells) {
  const auto report = Join(Launch(100, 7, {"x", "y"}), Capture(5000, {{"aten::mm", ""}, {"aten::relu", ""}}));
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(LauncherOf("x"), "aten::mm");
  EXPECT_EQ(LauncherOf("y"), "aten::relu");
}

TEST_F(GraphCaptureTest, EachLaunchHasItsOperators) {
  std::vector<std::string> launches = Launch(100, 7, {"gemm"});
  for (const std::string& event : Launch(300, 8, {"gemm"})) launches.push_back(event);
  const auto report = Join(launches, Capture(5000, {{"aten::mm", "gemm"}}));
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->imported.at("operators_of_captures"), 4);
  EXPECT_EQ(report->linked.at("by_capture"), 2);
}

// CUDA's runtime calls its driver, and both calls may be recorded.
TEST_F(GraphCaptureTest, OneLaunchThatWasRecordedTwiceIsOne) {
  std::vector<std::string> launches = Launch(100, 7, {"gemm"});
  launches.push_back(KinetoEvent("cuda_driver", "cuGraphLaunch", "111", "3", R"("correlation": 7)"));
  const auto report = Join(launches, Capture(5000, {{"aten::mm", "gemm"}}));
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->imported.at("operators_of_captures"), 2);
  EXPECT_EQ(report->linked.at("by_capture"), 1);
}

TEST_F(GraphCaptureTest, RangesAroundItsOperatorsDoNotPartThem) {
  std::vector<std::string> capture = Capture(5000, {{"aten::mm", "gemm"}});
  capture.push_back(KinetoEvent("user_annotation", "forward", "5005", "800"));
  const auto report = Join(Launch(100, 7, {"gemm"}), capture);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(sink_.Find("aten::mm").parent_id(), sink_.Find("layer").id());
  EXPECT_EQ(sink_.Find("forward").id(), 0);
}

TEST_F(GraphCaptureTest, ABackwardPassWithinAGraphIsTraining) {
  EXPECT_TRUE(Join(Launch(100, 7, {"gemm"}), Capture(5000, {{"aten::mm", "gemm"}})).ok());
  EXPECT_EQ(sink_.header().phase(), v1::PHASE_INFER);
  sink_ = KeepingSink();
  std::vector<std::string> capture = Capture(5000, {{"aten::mm", "gemm"}});
  capture.push_back(KinetoEvent("cpu_op", "MmBackward0", "5005", "100", R"("Sequence number": 4, "Fwd thread id": 1)"));
  EXPECT_TRUE(Join(Launch(100, 7, {"gemm"}), capture).ok());
  EXPECT_EQ(sink_.header().phase(), v1::PHASE_TRAIN);
}

// Of templates; they are cut to what a store takes, in the run and in the capture.
TEST_F(GraphCaptureTest, LongNamesOfKernelsAreTheSameInBoth) {
  const std::string one = std::string(5000, 'k') + "1";
  const std::string other = std::string(5000, 'k') + "2";
  const auto report = Join(Launch(100, 7, {other, one}), Capture(5000, {{"aten::mm", one}, {"aten::relu", other}}));
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->linked.at("by_capture"), 2);
}

TEST_F(GraphCaptureTest, WhatIsWrongWithTheCaptureIsTold) {
  std::vector<std::string> capture = Capture(5000, {{"aten::mm", "gemm"}});
  capture.push_back(KinetoEvent("cpu_op", "aten::late", "\"never\"", "1"));
  const auto report = Join(Launch(100, 7, {"gemm"}), capture);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_THAT(report->missing, Contains(Pair(HasSubstr("capture_"), 1)));
  EXPECT_THAT(report->problems, ElementsAre(HasSubstr("WhatIsWrongWithTheCaptureIsTold: byte ")));
}

TEST_F(GraphCaptureTest, AFileWithoutACaptureIsNone) {
  const auto report = Join(Launch(100, 7, {"gemm"}), Launch(100, 7, {"gemm"}));
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_THAT(report->problems, ElementsAre(HasSubstr("AFileWithoutACaptureIsNone shows no graph being captured")));
}

TEST_F(GraphCaptureTest, AnotherGraphSaysNothing) {
  for (const std::vector<Captured>& other : {std::vector<Captured>{{"aten::mm", "gemm"}},
                                             std::vector<Captured>{{"aten::mm", "gemm"}, {"aten::tanh", "tanh"}},
                                             std::vector<Captured>{{"aten::mm", "gemm"}, {"aten::mm", "gemm"}}}) {
    sink_ = KeepingSink();
    const auto report = Join(Launch(100, 7, {"gemm", "relu"}), Capture(5000, other));
    ASSERT_TRUE(report.ok()) << report.status();
    // All that is known is within which operator the graph was launched.
    EXPECT_EQ(LauncherOf("gemm"), "run_graph");
    EXPECT_THAT(report->linked, ElementsAre(Pair("by_correlation", 2)));
    EXPECT_THAT(report->missing, Contains(Pair("graph_launches_not_in_capture", 1)));
    ASSERT_EQ(report->problems.size(), 1);
    EXPECT_THAT(report->problems[0], HasSubstr("none of 1 launches of graphs has the kernels of a graph that"));
  }
}

// Batch sizes are often captured one after the other, with the same kernels and other shapes.
TEST_F(GraphCaptureTest, TwoGraphsWithTheSameKernelsAreNotToldApart) {
  std::vector<std::string> capture = Capture(5000, {{"aten::mm", "gemm"}});
  for (const std::string& event : Capture(7000, {{"aten::bmm", "gemm"}})) capture.push_back(event);
  const auto report = Join(Launch(100, 7, {"gemm"}), capture);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(LauncherOf("gemm"), "run_graph");
  EXPECT_THAT(report->missing, Contains(Pair("graph_launches_of_several_captures", 1)));
}

TEST_F(GraphCaptureTest, ACaptureThatIsNoneIsSaid) {
  const auto report = Join({KinetoEvent("cpu_op", "aten::mm", "1", "2", "")}, Capture(5000, {{"aten::mm", "gemm"}}));
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_THAT(report->problems, ElementsAre(HasSubstr("no graph was launched")));
  const auto damaged = Join(Launch(100, 7, {"gemm"}), {});
  EXPECT_EQ(damaged.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(damaged.status().message(), HasSubstr("ACaptureThatIsNoneIsSaid: no events of a Kineto trace"));
}

TEST_F(GraphCaptureTest, WithoutACaptureItIsAskedFor) {
  const std::string text = KinetoFile(Launch(100, 7, {"gemm", "relu"}));
  const std::unique_ptr<ByteSource> source = MemoryByteSource(text);
  ImportOptions options;
  options.name = "test";
  const auto report = Import(*source, options, sink_);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_THAT(report->problems,
              ElementsAre(HasSubstr("2 pieces of device work were launched by 1 launches of graphs")));
  EXPECT_THAT(report->problems, ElementsAre(HasSubstr("import with --capture FILE")));
}

}  // namespace
}  // namespace sandglass::collectors::kineto
