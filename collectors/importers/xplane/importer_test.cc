#include "collectors/importers/xplane/importer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "collectors/importers/format/byte_source.h"
#include "collectors/importers/format/importer.h"
#include "collectors/importers/format/keeping_sink.h"
#include "collectors/importers/xplane/import_space.h"
#include "collectors/importers/xplane/space_bytes.h"

namespace sandglass::collectors::xplane {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

std::vector<std::string> Records(const KeepingSink& sink) {
  std::vector<std::string> records;
  for (const v1::Operator& op : sink.operators()) {
    std::string& text = records.emplace_back(absl::StrCat(op.id(), " ", op.signature().name()));
    if (op.has_parent_id()) absl::StrAppend(&text, " <", op.parent_id());
    if (op.has_launcher_id()) absl::StrAppend(&text, " =", op.launcher_id());
  }
  return records;
}

TEST(XplaneImporterTest, KernelsOfOneExecutionHaveOneOperator) {
  PlaneBuilder device("/device:GPU:1");
  device.Line(16, "Stream #16(Kernel)", 1000)
      .Event("split", 2'000'500, 3'000'000, OfInstruction("dot.1"))
      .Event("gemm", 6'000'000, 4'000'250, OfInstruction("dot.1"))
      .Event("loop", 12'000'000, 1'000'000, OfInstruction("fusion.2"))
      .Event("split", 20'000'000, 3'000'000, OfInstruction("dot.1"))
      .Event("gemm", 23'000'000, 4'000'000, OfInstruction("dot.1"))
      .Event("helper", 28'000'000, 500'000);
  KeepingSink sink;
  const auto report = ImportFrom(SpaceOf({Programs(), device}), sink);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_THAT(Records(sink), ElementsAre("1 hlo::dot", "2 split =1", "3 gemm =1", "4 hlo::fusion", "5 loop =4",
                                         "6 hlo::dot", "7 split =6", "8 gemm =6", "9 helper"));
  const v1::Operator& dot = sink.operators()[0];
  // 1,000 ns and 2,000.5 ns; from there to the end of the second kernel at 10,000.25 ns.
  EXPECT_EQ(dot.start_ns(), 3000);
  EXPECT_EQ(dot.duration_ps(), 7'999'750);
  EXPECT_EQ(dot.device(), 0);
  EXPECT_EQ(dot.signature().kind(), v1::OPERATOR_KIND_HOST_OP);
  EXPECT_EQ(dot.signature().flops_flop().value(), 2 * 8 * 8 * 4);
  const v1::Operator& gemm = sink.operators()[2];
  EXPECT_EQ(gemm.start_ns(), 7000);
  EXPECT_EQ(gemm.duration_ps(), 4'000'250);
  EXPECT_EQ(gemm.queue(), 16);
  EXPECT_EQ(gemm.link_method(), v1::LINK_METHOD_EXTERNAL_ID);
  EXPECT_EQ(gemm.signature().kind(), v1::OPERATOR_KIND_DEVICE_KERNEL);
  EXPECT_THAT(report->imported, ElementsAre(Pair("hlo_operators", 3), Pair("kernels", 6)));
  EXPECT_THAT(report->linked, ElementsAre(Pair("by_hlo_op", 5)));
  EXPECT_THAT(report->missing, ElementsAre(Pair("device_work_not_linked", 1)));
  EXPECT_EQ(report->times.device_work_ps, 15'500'250);
  EXPECT_EQ(report->times.linked_device_work_ps, 15'000'250);
  EXPECT_EQ(report->times.device_busy_ps, 15'500'250);
  EXPECT_EQ(sink.summary().window().start_ns(), 3000);
  EXPECT_EQ(sink.summary().window().end_ns(), 29'500);
}

TEST(XplaneImporterTest, ExecutionsThatFollowEachOtherAreToldApart) {
  const struct {
    const char* what;
    std::vector<std::pair<const char*, const char*>> kernels;
    uint64_t executions;
  } kCases[] = {
      {"its program has no other work: three runs of it", {{"dot.1", "a"}, {"dot.1", "a"}, {"dot.1", "a"}}, 3},
      {"the same with two kernels each", {{"dot.1", "a"}, {"dot.1", "b"}, {"dot.1", "a"}, {"dot.1", "b"}}, 2},
      {"a library repeats a kernel", {{"dot.1", "a"}, {"dot.1", "a"}, {"fusion.2", "b"}}, 2},
      {"the body of a loop", {{"fusion.2", "b"}, {"body.3", "a"}, {"body.3", "a"}, {"body.3", "a"}}, 4},
      {"helpers between do not part it", {{"dot.1", "a"}, {"", "h"}, {"dot.1", "b"}}, 1},
  };
  for (const auto& c : kCases) {
    PlaneBuilder device("/device:GPU:0");
    device.Line(1, "Stream #1(Kernel)", 0);
    int64_t at = 0;
    for (const auto& [instruction, kernel] : c.kernels) {
      const bool is_linked = *instruction != '\0';
      device.Event(kernel, at += 1'000'000, 500'000, is_linked ? OfInstruction(instruction) : std::vector<NamedStat>());
    }
    KeepingSink sink;
    const auto report = ImportFrom(SpaceOf({device, Programs()}), sink);
    ASSERT_TRUE(report.ok()) << report.status();
    EXPECT_EQ(report->imported.at("hlo_operators"), c.executions) << c.what;
  }
}

TEST(XplaneImporterTest, StreamsOfDevicesAreApart) {
  PlaneBuilder first("/device:GPU:0");
  first.Line(1, "Stream #1(Kernel)", 0).Event("a", 0, 2'000'000, OfInstruction("dot.1"));
  first.Line(2, "Stream #2(Kernel)", 0).Event("a", 1'000'000, 2'000'000, OfInstruction("dot.1"));
  PlaneBuilder second("/device:GPU:1");
  second.Line(1, "Stream #1(Kernel)", 0).Event("b", 500'000, 1'000'000, OfInstruction("dot.1"));
  KeepingSink sink;
  const auto report = ImportFrom(SpaceOf({Programs(), first, second}), sink);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->imported.at("hlo_operators"), 3);
  EXPECT_EQ(sink.Find("b").device(), 1);
  EXPECT_EQ(report->times.device_work_ps, 5'000'000);
  EXPECT_EQ(report->times.device_busy_ps, 3'000'000);
}

TEST(XplaneImporterTest, LinesThatRepeatStreamsAreLeftOutAndCounted) {
  PlaneBuilder device("/device:GPU:0");
  device.Line(1, "Stream #1(Kernel)", 0).Event("a", 0, 2'000'000, OfInstruction("dot.1"));
  device.Line(9, "XLA Ops", 0).Event("dot.1", 0, 2'000'000).Event("dot.1", 3'000'000, 1);
  device.Line(10, "Steps", 0).Event("0", 0, 2'000'000).Event("1", 3'000'000, 1);
  device.Line(11, "TensorFlow Name Scope", 0).Event("dense", 0, 2'000'000);
  PlaneBuilder host("/host:CPU");
  host.Line(5, "python", 0).Event("call", 0, 1).Event("call", 2, 1).Event("call", 4, 1);
  KeepingSink sink;
  const auto report = ImportFrom(SpaceOf({Programs(), device, host}), sink);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->times.device_work_ps, 2'000'000);
  EXPECT_THAT(report->left_out,
              ElementsAre(Pair("events_of_line_steps", 2), Pair("events_of_line_tensorflow_name_scope", 1),
                          Pair("events_of_line_xla_ops", 2), Pair("host_events", 3)));
  ASSERT_EQ(sink.summary().work_done_size(), 1);
  EXPECT_EQ(sink.summary().work_done(0).unit(), v1::WORK_UNIT_STEP);
  EXPECT_EQ(sink.summary().work_done(0).count(), 2);
}

TEST(XplaneImporterTest, StepsThatTheHostMarkedAreWorkToo) {
  PlaneBuilder device("/device:GPU:0");
  device.Line(1, "Stream #1(Kernel)", 0).Event("a", 0, 1, OfInstruction("dot.1"));
  PlaneBuilder host("/host:CPU");
  host.Line(5, "python", 0);
  for (int64_t step = 0; step < 4; ++step) host.Event("train", step, 1, {{"step_num", step}});
  KeepingSink sink;
  ASSERT_TRUE(ImportFrom(SpaceOf({Programs(), device, host}), sink).ok());
  ASSERT_EQ(sink.summary().work_done_size(), 1);
  EXPECT_EQ(sink.summary().work_done(0).count(), 4);
}

TEST(XplaneImporterTest, CopiesAndFillsSayTheirBytes) {
  PlaneBuilder device("/device:GPU:0");
  device.Line(1, "Stream #1(Memcpy)", 0)
      .Event("CopyD2D", 0, 1'000'000, {{"memcpy_details", "kind:Unknown size:655360 dest:2 async:1"}})
      .Event("MemsetD32", 2'000'000, 1'000'000, {{"memset_details", "kind:Device size:64 value:0"}})
      // A kernel that copies, told by the call that launched it; and one of whose call the bytes are not known.
      .Event("copyBuffer", 4'000'000, 1'000'000, {{"correlation_id", 5}})
      .Event("copyBuffer", 6'000'000, 1'000'000, {{"correlation_id", 6}})
      .Event("gemm", 8'000'000, 1'000'000, {{"correlation_id", 7}});
  PlaneBuilder host("/host:CPU");
  host.Line(5, "Host Threads/5", 0)
      .Event("hipMemcpy", 0, 1, {{"correlation_id", 5}, {"memcpy_details", "size:32"}})
      .Event("hipMemcpy", 2, 1, {{"correlation_id", 6}, {"memcpy_details", "size:0"}})
      .Event("hipLaunchKernel", 4, 1, {{"correlation_id", 7}});
  KeepingSink sink;
  const auto report = ImportFrom(SpaceOf({device, host}), sink);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(sink.Find("CopyD2D").signature().kind(), v1::OPERATOR_KIND_MEMCPY);
  EXPECT_EQ(sink.Find("CopyD2D").signature().read_bytes().value(), 655360);
  EXPECT_EQ(sink.Find("CopyD2D").signature().written_bytes().value(), 655360);
  EXPECT_EQ(sink.Find("CopyD2D").signature().read_bytes().provenance(), v1::PROVENANCE_STATED);
  EXPECT_EQ(sink.Find("MemsetD32").signature().kind(), v1::OPERATOR_KIND_MEMORY);
  EXPECT_EQ(sink.Find("MemsetD32").signature().written_bytes().value(), 64);
  EXPECT_EQ(sink.operators()[2].signature().kind(), v1::OPERATOR_KIND_MEMCPY);
  EXPECT_EQ(sink.operators()[2].signature().written_bytes().value(), 32);
  EXPECT_FALSE(sink.operators()[3].signature().has_read_bytes());
  EXPECT_THAT(report->imported, ElementsAre(Pair("copies", 3), Pair("fills", 1), Pair("kernels", 1)));
  EXPECT_THAT(report->missing, ElementsAre(Pair("copies_without_size", 1), Pair("device_work_not_linked", 5)));
}

TEST(XplaneImporterTest, LaunchesAreTakenWhereTheyCanBe) {
  PlaneBuilder device("/device:GPU:0");
  device.Line(1, "Stream #1(Kernel)", 0)
      .Event("rocm", 0, 1, {{"kernel_details", " grid:4,64,1 block:256,1,1 private_mem:0 group_mem:8704 occ_pct:0"}})
      .Event("cuda", 2, 1, {{"kernel_details", "regs:32 static_shared:16 dynamic_shared:1024 grid:2,1,1 block:8,1,1"}})
      .Event("garbage", 4, 1, {{"kernel_details", "regs:2191500840 static_shared:32462 dynamic_shared:0 grid:2,1,1"}});
  KeepingSink sink;
  const auto report = ImportFrom(SpaceOf({device}), sink);
  ASSERT_TRUE(report.ok()) << report.status();
  const v1::KernelLaunch rocm = sink.Find("rocm").signature().launch();
  EXPECT_THAT(rocm.grid(), ElementsAre(4, 64, 1));
  EXPECT_THAT(rocm.block(), ElementsAre(256, 1, 1));
  EXPECT_EQ(rocm.shared_memory_bytes(), 8704);
  EXPECT_FALSE(rocm.has_registers_per_thread());
  const v1::KernelLaunch cuda = sink.Find("cuda").signature().launch();
  EXPECT_EQ(cuda.registers_per_thread(), 32);
  EXPECT_EQ(cuda.shared_memory_bytes(), 1040);
  const v1::KernelLaunch garbage = sink.Find("garbage").signature().launch();
  EXPECT_THAT(garbage.grid(), ElementsAre(2, 1, 1));
  EXPECT_FALSE(garbage.has_registers_per_thread());
  EXPECT_FALSE(garbage.has_shared_memory_bytes());
  EXPECT_EQ(report->missing.at("kernels_with_impossible_registers"), 1);
}

TEST(XplaneImporterTest, OnDevicesWithoutStreamsInstructionsAreTheWork) {
  PlaneBuilder device("/device:TPU:0");
  device.Stat({"device_type_string", "TPU v5 lite"}).Stat({"core_count", 2});
  device.Line(2, "XLA Modules", 500).Event("jit_step(7)", 0, 100'000'000);
  device.Line(3, "XLA Ops", 500)
      .Event("%dot.1 = bf16[8,8] dot(...)", 0, 5'000'000, OfInstruction(""))
      .Event("%while.4 = bf16[8,8] while(...)", 10'000'000, 50'000'000)
      .KindStat({"program_id", 7})
      .Event("%body.3 = bf16[8,8] negate(...)", 10'000'000, 20'000'000)
      .KindStat({"program_id", 7})
      .KindStat({"flops", 4096})
      .Event("%body.3 = bf16[8,8] negate(...)", 35'000'000, 25'000'000);
  KeepingSink sink;
  const auto report = ImportFrom(SpaceOf({device, Programs()}), sink);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_THAT(Records(sink), ElementsAre("1 hlo::dot", "2 dot.1 =1", "3 hlo::while", "4 hlo::negate <3", "5 body.3 =4",
                                         "6 hlo::negate <3", "7 body.3 =6"));
  // The loop's time is that of its body, and not counted again.
  EXPECT_EQ(report->times.device_work_ps, 50'000'000);
  EXPECT_EQ(report->times.linked_device_work_ps, 50'000'000);
  EXPECT_EQ(sink.operators()[3].start_ns(), 10'500);
  EXPECT_EQ(sink.Find("hlo::negate").signature().flops_flop().value(), 4096);
  EXPECT_EQ(sink.Find("hlo::negate").signature().flops_flop().provenance(), v1::PROVENANCE_COMPILER);
  EXPECT_EQ(sink.header().devices(0).raw_name(), "TPU v5 lite");
  EXPECT_EQ(sink.header().devices(0).ordinal(), 0);
  EXPECT_THAT(report->left_out, ElementsAre(Pair("events_of_line_xla_modules", 1)));
}

TEST(XplaneImporterTest, InstructionsThatOverlapAreCounted) {
  PlaneBuilder device("/device:TPU:0");
  device.Line(3, "XLA Ops", 0).Event("a", 0, 10'000).Event("b", 5'000, 10'000);
  KeepingSink sink;
  const auto report = ImportFrom(SpaceOf({device}), sink);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->missing.at("instructions_that_overlap"), 1);
  EXPECT_EQ(report->missing.at("operators_without_shapes"), 2);
  EXPECT_EQ(report->times.device_busy_ps, 15'000);
}

TEST(XplaneImporterTest, ShapesThatNoStoreTakesAreLeftOut) {
  PlaneBuilder programs("/host:metadata");
  programs.Program(7, R"pb(
    name: "jit_step"
    entry_computation_id: 1
    computations {
      id: 1
      instructions {
        name: "n"
        opcode: "negate"
        id: 2
        shape { element_type: 11 dimensions: -1 }
      }
    }
  )pb");
  PlaneBuilder device("/device:GPU:0");
  device.Line(1, "Stream #1(Kernel)", 0).Event("a", 0, 1, OfInstruction("n"));
  KeepingSink sink;
  const auto report = ImportFrom(SpaceOf({programs, device}), sink);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->missing.at("signatures_not_sound"), 1);
  const v1::OpSignature negate = sink.Find("hlo::negate").signature();
  EXPECT_EQ(negate.outputs_size(), 0);
  EXPECT_FALSE(negate.outputs_recorded());
}

// Its executions end where their work does, also before 1970.
TEST(XplaneImporterTest, TimesMayBeBelowZero) {
  PlaneBuilder device("/device:GPU:0");
  device.Line(1, "Stream #1(Kernel)", -5000).Event("a", 0, 1'000'000, OfInstruction("dot.1"));
  KeepingSink sink;
  ASSERT_TRUE(ImportFrom(SpaceOf({Programs(), device}), sink).ok());
  for (const v1::Operator& op : sink.operators()) {
    EXPECT_EQ(op.start_ns(), -5000) << op.ShortDebugString();
    EXPECT_EQ(op.duration_ps(), 1'000'000) << op.ShortDebugString();
  }
}

TEST(XplaneImporterTest, ImpossibleTimesAreLeftOutAndCounted) {
  PlaneBuilder device("/device:GPU:0");
  device.Line(1, "Stream #1(Kernel)", 0).Event("a", 0, 1).Event("b", -1, 1).Event("c", 0, -1);
  KeepingSink sink;
  const auto report = ImportFrom(SpaceOf({device}), sink);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(sink.operators().size(), 1);
  EXPECT_EQ(report->missing.at("events_with_impossible_times"), 2);
  EXPECT_THAT(report->problems, ElementsAre(HasSubstr("/device:GPU:0: an event of 1 ps at -1 ps")));
}

TEST(XplaneImporterTest, TotalsHaveNoTimeAndAreCounted) {
  PlaneBuilder device("/device:GPU:0");
  device.Line(1, "Stream #1(Kernel)", 0).Event("a", 0, 1).Event("b", 0, 1);
  xspace::XSpace space;
  *space.add_planes() = device.plane();
  space.mutable_planes(0)->mutable_lines(0)->mutable_events(1)->set_num_occurrences(3);
  KeepingSink sink;
  const auto report = ImportFrom(space.SerializeAsString(), sink);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(sink.operators().size(), 1);
  EXPECT_EQ(report->missing.at("totals_without_times"), 1);
}

TEST(XplaneImporterTest, WhatTheProfilerLostIsCounted) {
  PlaneBuilder device("/device:GPU:0");
  device.Line(1, "Stream #1(Kernel)", 0).Event("a", 0, 1);
  KeepingSink sink;
  const auto report = ImportFrom(absl::StrCat(SpaceOf({device}), "\x12\x05\x1b[mno", "\x1A\x03old"), sink);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->missing.at("errors_of_the_profiler"), 1);
  EXPECT_EQ(report->missing.at("warnings_of_the_profiler"), 1);
  EXPECT_THAT(report->problems, ElementsAre("the profiler says: [mno", "the profiler says: old"));
}

TEST(XplaneImporterTest, DamageIsAnErrorWithItsByte) {
  PlaneBuilder device("/device:GPU:0");
  device.Line(1, "Stream #1(Kernel)", 0).Event("a", 0, 1);
  const std::string whole = SpaceOf({device});
  for (size_t size = 1; size < whole.size(); ++size) {
    KeepingSink sink;
    const absl::Status status = ImportFrom(whole.substr(0, size), sink).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(status.message()), HasSubstr(absl::StrCat("byte ", size, ": the file ends")));
  }
  KeepingSink sink;
  const absl::Status status = ImportFrom(absl::StrCat(whole, "\x0A\x03\x12\x7Fx"), sink).status();
  EXPECT_THAT(std::string(status.message()),
              HasSubstr(absl::StrCat("byte ", whole.size() + 2, ": the 3 bytes from here are no plane")));
}

TEST(XplaneImporterTest, AFileWithoutDeviceWorkIsRefused) {
  PlaneBuilder host("/host:CPU");
  host.Line(5, "python", 0).Event("call", 0, 1);
  KeepingSink sink;
  const absl::Status status = ImportFrom(SpaceOf({host}), sink).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("no work of a device among 1 events"));
}

TEST(XplaneImporterTest, ADamagedProgramCostsItsShapesOnly) {
  PlaneBuilder programs("/host:metadata");
  programs.Program(8, "name: 'jit_other'");
  xspace::XPlane plane = programs.plane();
  plane.mutable_event_metadata(0)->mutable_value()->mutable_stats(0)->set_bytes_value("\x0A\x7Fx");
  plane.mutable_event_metadata(0)->set_key(7);
  xspace::XSpace space;
  *space.add_planes() = plane;
  PlaneBuilder device("/device:GPU:0");
  device.Line(1, "Stream #1(Kernel)", 0).Event("a", 0, 1, OfInstruction("dot.1"));
  *space.add_planes() = device.plane();
  KeepingSink sink;
  const auto report = ImportFrom(space.SerializeAsString(), sink);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->missing.at("damaged_programs"), 1);
  EXPECT_EQ(report->missing.at("operators_without_shapes"), 1);
  EXPECT_EQ(sink.operators()[0].signature().name(), "hlo::dot");
}

TEST(XplaneImporterTest, AStoreThatRefusesEndsTheImport) {
  PlaneBuilder device("/device:GPU:0");
  device.Line(1, "Stream #1(Kernel)", 0).Event("a", 0, 1);
  KeepingSink sink;
  sink.RefuseTheEnd(absl::ResourceExhaustedError("full"));
  EXPECT_EQ(ImportFrom(SpaceOf({device}), sink).status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_TRUE(sink.aborted());
}

TEST(XplaneImporterTest, CanBeStopped) {
  PlaneBuilder device("/device:GPU:0");
  device.Line(1, "Stream #1(Kernel)", 0).Event("a", 0, 1);
  ImportOptions options;
  options.progress = [](absl::string_view, uint64_t) { return false; };
  KeepingSink sink;
  EXPECT_EQ(ImportFrom(SpaceOf({device}), sink, options).status().code(), absl::StatusCode::kCancelled);
}

TEST(XplaneImporterTest, KnowsItsFilesByTheirBeginning) {
  EXPECT_TRUE(Matches(SpaceOf({PlaneBuilder("/host:metadata")})));
  EXPECT_TRUE(Matches(SpaceOf({PlaneBuilder("/device:TPU:0")})));
  EXPECT_TRUE(Matches("\x0A\xEF\xBF\xBD\xEF\xBF\xBD\x06\x08\x02\x12\x0D/device:TPU:0"));
  for (const char* other : {"", "\x0A", "\x0A\x0F", "\n{\"traceEvents\": [{\"name\": \"/device:GPU:0\"}]}",
                            "\n/device:GPU:0", "\x07\x0A\x05\x30.0.4", "{}"}) {
    EXPECT_FALSE(Matches(other)) << other;
  }
}

}  // namespace
}  // namespace sandglass::collectors::xplane
