// A real file of rocprofv3 of somebody else's run: all figures were counted by another program. Skipped where it is not
// at hand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "collectors/importers/format/keeping_sink.h"
#include "tests/imports/shared_traces.h"

namespace sandglass::imports {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

// Eight GPUs, of which the process used the first; kernels alone.
TEST(Rocprofv3TracesTest, KernelsOfATrainingRun) {
  SKIP_WITHOUT_TRACES();
  collectors::KeepingSink sink;
  const auto report = ImportShared("TraceLens/rocprof/908_results.json.gz", sink);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_THAT(report->problems, IsEmpty());
  EXPECT_THAT(report->imported, ElementsAre(Pair("kernels", 43915)));
  EXPECT_THAT(report->missing, ElementsAre(Pair("device_work_not_linked", 43915)));
  EXPECT_THAT(report->left_out, IsEmpty());
  EXPECT_EQ(report->times.device_work_ps, 4'441'741'378'000);
  EXPECT_EQ(sink.header().source_format(), "rocprofv3");
  ASSERT_EQ(sink.header().devices_size(), 8);
  for (const v1::Device& device : sink.header().devices()) EXPECT_EQ(device.raw_name(), "AMD Instinct MI350X");
  EXPECT_EQ(sink.header().devices(7).ordinal(), 7);
  EXPECT_EQ(sink.summary().window().start_ns(), 63857982592000);
  EXPECT_EQ(sink.summary().window().end_ns(), 63873104615494);

  const v1::Operator& first = sink.operators().front();
  EXPECT_EQ(first.start_ns(), 63857982592000);
  EXPECT_EQ(first.duration_ps(), 2'840'000);
  EXPECT_EQ(first.device(), 0);
  EXPECT_EQ(first.queue(), 0);
  // 512 threads in blocks of 512.
  EXPECT_THAT(first.signature().launch().grid(), ElementsAre(1, 1, 1));
  EXPECT_THAT(first.signature().launch().block(), ElementsAre(512, 1, 1));
  int64_t last_ns = 0;
  std::map<std::string, int64_t> by_name_ps;
  for (const v1::Operator& op : sink.operators()) {
    EXPECT_EQ(op.signature().kind(), v1::OPERATOR_KIND_DEVICE_KERNEL);
    EXPECT_GE(op.start_ns(), last_ns);
    last_ns = op.start_ns();
    by_name_ps[op.signature().name()] += op.duration_ps();
  }
  EXPECT_EQ(by_name_ps.size(), 80);
  EXPECT_EQ(by_name_ps["ncclDevKernel_Generic_1(ncclDevKernelArgsStorage<4096ul>)"], 4'158'756'678'000);
  EXPECT_EQ(by_name_ps["__amd_rocclr_fillBufferAligned"], 13'047'568'000);
}

}  // namespace
}  // namespace sandglass::imports
