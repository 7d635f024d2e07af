// Files that the XLA profiler wrote. Skipped where they are not at hand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "absl/strings/str_cat.h"
#include "collectors/importers/format/importer.h"
#include "collectors/importers/format/keeping_sink.h"
#include "collectors/importers/formats.h"
#include "proto/operator_columns.h"
#include "proto/trace_validator.h"
#include "tests/imports/shared_traces.h"

namespace sandglass::imports {
namespace {

using ::sandglass::collectors::KeepingSink;
using ::testing::HasSubstr;

constexpr char kAttention[] = "TraceLens/tests_traces_mi300_jax08_attention_tw003.xplane.pb.gz";
constexpr char kConvolution[] = "TraceLens/mi300/jax_conv_minimal_08/tw003.xplane.pb.gz";
constexpr char kLegacy[] =
    "TraceLens/mi300/jax_conv_minimal_legacy/chi-mi300x-013.ord.vultr.cpe.ice.amd.com.xplane.pb.gz";

// As a decoder of protobuf's wire format and nothing else counts them.
struct File {
  const char* name;
  const char* path;
  uint64_t kernels;
  // Device work with the details of a copy, or that a call with those launched.
  uint64_t copies;
  // Device work that names an instruction.
  uint64_t linked;
  int64_t device_work_ps;
  int64_t linked_ps;
  int64_t device_busy_ps;
  uint64_t host_events;
  // Runs of instructions, counted on the host: 81 calls of ExecuteThunks, of which 6 run programs of two instructions;
  // 5 runs a device of a program of four, less one instruction whose only kernel bears no name of it.
  uint64_t hlo_operators;
};

class XplaneFileTest : public ::testing::TestWithParam<File> {};

TEST_P(XplaneFileTest, IsTakenWhole) {
  SKIP_WITHOUT_TRACES();
  const File& file = GetParam();
  KeepingSink sink;
  const auto report = ImportShared(file.path, sink);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(sink.header().source_format(), "xplane");
  EXPECT_EQ(At(report->imported, "kernels"), file.kernels);
  EXPECT_EQ(At(report->imported, "copies"), file.copies);
  EXPECT_EQ(At(report->imported, "hlo_operators"), file.hlo_operators);
  EXPECT_EQ(At(report->linked, "by_hlo_op"), file.linked);
  EXPECT_EQ(At(report->missing, "device_work_not_linked"), file.kernels + file.copies - file.linked);
  EXPECT_EQ(At(report->missing, "operators_without_shapes"), 0);
  EXPECT_EQ(At(report->left_out, "host_events"), file.host_events);
  EXPECT_EQ(report->times.device_work_ps, file.device_work_ps);
  EXPECT_EQ(report->times.linked_device_work_ps, file.linked_ps);
  EXPECT_EQ(report->times.device_busy_ps, file.device_busy_ps);
  EXPECT_THAT(report->problems, ::testing::IsEmpty());
  EXPECT_EQ(sink.header().devices_size(), 8);
  // By its counts: the profiler kept no name.
  for (const v1::Device& device : sink.header().devices()) EXPECT_EQ(device.silicon_class(), "amd-mi300x");
  const TraceLimits limits = TraceLimits::Of(sink.header());
  EXPECT_TRUE(ValidateHeader(sink.header()).ok());
  uint64_t last_id = 0;
  for (const v1::Operator& op : sink.operators()) {
    EXPECT_TRUE(ValidateSignature(op.signature(), limits).ok());
    EXPECT_TRUE(ValidateRow(RowOf(op, 0), last_id, 0, limits).ok());
    last_id = op.id();
  }
}

INSTANTIATE_TEST_SUITE_P(
    Files, XplaneFileTest,
    ::testing::Values(File{"attention", kAttention, 87, 18, 87, 3845562000, 3763002000, 3845562000, 4275, 87},
                      File{"convolution", kConvolution, 202, 33, 198, 28137077000, 27550676000, 12291527000, 3415, 159},
                      File{"legacy", kLegacy, 25, 53, 25, 4475521000, 3586493000, 4475521000, 5946, 20}),
    [](const auto& info) { return info.param.name; });

std::map<std::string, double> FlopByName(const KeepingSink& sink) {
  std::map<std::string, double> flop;
  for (const v1::Operator& op : sink.operators()) {
    if (op.signature().has_flops_flop()) flop[op.signature().name()] += op.signature().flops_flop().value();
  }
  return flop;
}

// Three steps of attention and a feed-forward layer with batch 4, 2,048 places, width 1,024 and 4,096 within: in each,
// four products of [8192, 1024] by [1024, 1024], the scores and their product with the values over 2,048 places (the
// latter a fusion), and the two products of the layer.
TEST(XplaneTracesTest, ProductsHaveTheModelsWork) {
  SKIP_WITHOUT_TRACES();
  KeepingSink sink;
  ASSERT_TRUE(ImportShared(kAttention, sink).ok());
  const double square = 2.0 * 8192 * 1024 * 1024;
  const double scores = 2.0 * 4 * 2048 * 2048 * 1024;
  const double layer = 2.0 * 8192 * 1024 * 4096;
  std::map<std::string, double> flop = FlopByName(sink);
  EXPECT_EQ(flop["hlo::custom-call"], 3 * (4 * square + scores + 2 * layer));
  EXPECT_EQ(flop["hlo::fusion"], 3 * scores);
  EXPECT_EQ(flop.size(), 2);
}

// A convolution of [1, 16, 32, 60, 104] with 5,120 kernels of 1×2×2 to [34, 31, 53]; five runs on a device.
TEST(XplaneTracesTest, ConvolutionsHaveTheirShapesAndWork) {
  SKIP_WITHOUT_TRACES();
  const double flop = 2.0 * 5120 * 34 * 31 * 53 * 16 * 4;
  const struct {
    const char* path;
    int runs;
  } kCases[] = {{kConvolution, 40}, {kLegacy, 5}};
  for (const auto& c : kCases) {
    KeepingSink sink;
    ASSERT_TRUE(ImportShared(c.path, sink).ok());
    const v1::OpSignature signature = sink.Find("hlo::custom-call").signature();
    EXPECT_THAT(signature.inputs(0).dims(), ::testing::ElementsAre(1, 16, 32, 60, 104));
    EXPECT_THAT(signature.inputs(1).dims(), ::testing::ElementsAre(5120, 16, 1, 2, 2));
    EXPECT_THAT(signature.outputs(0).dims(), ::testing::ElementsAre(1, 5120, 34, 31, 53));
    EXPECT_EQ(signature.inputs(0).dtype(), v1::DATA_TYPE_BFLOAT16);
    EXPECT_EQ(FlopByName(sink)["hlo::custom-call"], c.runs * flop);
  }
}

TEST(XplaneTracesTest, ADamagedFileSaysWhatHappenedToIt) {
  SKIP_WITHOUT_TRACES();
  KeepingSink sink;
  const absl::Status status = ImportShared("xprof/tpu_inference_2.xplane.pb.gz", sink).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("byte 0: a field of"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("replaced by EF BF BD, first at byte 1"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("Copy the file again"));
}

TEST(XplaneTracesTest, ReportsOfTheProfilerAreNoTraces) {
  SKIP_WITHOUT_TRACES();
  for (const char* file : {"xprof/data_tpu-training_hlo_stats_tpu_training.json.gz",
                           "xprof/data_tpu-training_roofline_model_tpu_training.json.gz"}) {
    const absl::Status status = collectors::DetectFormat(absl::StrCat(Traces(), "/", file)).status();
    EXPECT_THAT(std::string(status.message()), HasSubstr("not a trace of a format that can be imported"));
  }
}

}  // namespace
}  // namespace sandglass::imports
