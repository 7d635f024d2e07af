// What an import says of a file as a whole: devices, phase, clock.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "collectors/importers/xplane/import_space.h"

namespace sandglass::collectors::xplane {
namespace {

using ::testing::IsEmpty;

TEST(XplaneHeaderTest, TheHeaderSaysWhatTheFileDoes) {
  PlaneBuilder device("/device:GPU:3");
  device.Stat({"device_vendor", "AMD"}).Stat({"core_count", 304});
  device.Line(1, "Stream #1(Kernel)", 0).Event("a", 0, 1, OfInstruction("dot.1"));
  PlaneBuilder environment("Task Environment");
  environment.Stat({"profile_start_time", 1'771'595'660'705'918'620});
  const std::string bytes = absl::StrCat(SpaceOf({Programs(), device, environment}), "\x22\x04node");
  KeepingSink sink;
  ASSERT_TRUE(ImportFrom(bytes, sink).ok());
  EXPECT_EQ(sink.header().source_format(), "xplane");
  EXPECT_EQ(sink.header().source_generation(), "1");
  EXPECT_EQ(sink.header().clock_base(), "run");
  EXPECT_EQ(sink.header().started_unix_ns(), 1'771'595'660'705'918'620);
  EXPECT_EQ(sink.header().devices(0).raw_name(), "");
  EXPECT_EQ(sink.header().devices(0).silicon_class(), "");
  EXPECT_EQ(sink.header().devices(0).ordinal(), 3);
  EXPECT_EQ(sink.header().extras(0).value(), "node");
  EXPECT_EQ(sink.header().extras(1).key(), "device_0");
  EXPECT_EQ(sink.header().extras(1).value(), "device_vendor=AMD core_count=304");
  // An instruction of the program differentiates another.
  EXPECT_EQ(sink.header().phase(), v1::PHASE_TRAIN);
  EXPECT_THAT(sink.summary().work_done(), IsEmpty());
}

// As the profiler describes an MI300X; the memory is a little less than the 192 GiB that are sold.
TEST(XplaneHeaderTest, AGpuWithoutANameIsToldByItsCounts) {
  const auto of_vendor = [](const char* vendor, int64_t units) {
    PlaneBuilder device("/device:GPU:0");
    device.Stat({"device_vendor", vendor}).Stat({"core_count", units}).Stat({"memory_size", 206'141'652'992});
    device.Stat({"compute_cap_major", 9}).Stat({"compute_cap_minor", 4});
    device.Line(1, "Stream #1(Kernel)", 0).Event("a", 0, 1);
    KeepingSink sink;
    EXPECT_TRUE(ImportFrom(SpaceOf({device}), sink).ok());
    return sink.header().devices(0).silicon_class();
  };
  EXPECT_EQ(of_vendor("AMD", 304), "amd-mi300x");
  EXPECT_EQ(of_vendor("AMD", 303), "");
  EXPECT_EQ(of_vendor("Nvidia", 304), "");
  EXPECT_EQ(of_vendor("", 304), "");
}

TEST(XplaneHeaderTest, AGpusNameIsTakenWhereItIsKept) {
  PlaneBuilder device("/device:GPU:0");
  device.Stat({"gpu_device_name", "NVIDIA H100 80GB HBM3"}).Line(1, "Stream #1(Kernel)", 0).Event("a", 0, 1);
  KeepingSink sink;
  ASSERT_TRUE(ImportFrom(SpaceOf({device}), sink).ok());
  EXPECT_EQ(sink.header().devices(0).raw_name(), "NVIDIA H100 80GB HBM3");
  EXPECT_EQ(sink.header().devices(0).silicon_class(), "nvidia-h100-sxm");
}

// Names of operators tell a backward pass; without programs there are none.
TEST(XplaneHeaderTest, WithoutProgramsThePhaseIsNotKnown) {
  PlaneBuilder device("/device:GPU:0");
  device.Line(1, "Stream #1(Kernel)", 0).Event("a", 0, 1, OfInstruction("dot.1"));
  KeepingSink sink;
  ASSERT_TRUE(ImportFrom(SpaceOf({device}), sink).ok());
  EXPECT_EQ(sink.header().phase(), v1::PHASE_UNSPECIFIED);
}

TEST(XplaneHeaderTest, TheUsersWordCountsMore) {
  PlaneBuilder device("/device:GPU:0");
  device.Line(1, "Stream #1(Kernel)", 1'700'000'000'000'000'000).Event("a", 0, 1, OfInstruction("dot.1"));
  ImportOptions options;
  options.phase = v1::PHASE_DECODE;
  options.silicon_class = "amd-mi300x";
  KeepingSink sink;
  ASSERT_TRUE(ImportFrom(SpaceOf({Programs(), device}), sink, options).ok());
  EXPECT_EQ(sink.header().phase(), v1::PHASE_DECODE);
  EXPECT_EQ(sink.header().devices(0).silicon_class(), "amd-mi300x");
  EXPECT_EQ(sink.header().clock_base(), "unix");
}

}  // namespace
}  // namespace sandglass::collectors::xplane
