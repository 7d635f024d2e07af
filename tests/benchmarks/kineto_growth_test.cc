#include "tests/benchmarks/kineto_growth.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "collectors/importers/format/byte_source.h"
#include "collectors/importers/format/importer.h"
#include "collectors/importers/format/keeping_sink.h"
#include "collectors/importers/kineto/importer.h"
#include "collectors/importers/kineto/kineto_text.h"

namespace sandglass::benchmarks {
namespace {

using collectors::kineto::KinetoEvent;
using collectors::kineto::KinetoFile;

TEST(KinetoGrowthTest, CopiesAreLinkedAmongThemselvesOnly) {
  const std::string text = KinetoFile(
      {KinetoEvent("cpu_op", "aten::mm", "100.25", "50", R"("External id": 1, "Record function id": 0)"),
       KinetoEvent("cuda_runtime", "cudaLaunchKernel", "120", "5", R"("correlation": 77)"),
       KinetoEvent("kernel", "gemm", "140", "20", R"("External id": 1, "correlation": 77, "device": 0, "stream": 7)")});
  const auto growth = KinetoGrowth::Of(text);
  ASSERT_TRUE(growth.ok()) << growth.status();
  const std::string path = ::testing::TempDir() + "/grown.json";
  const auto bytes = growth->Write(path, 3 * text.size() - 200);
  ASSERT_TRUE(bytes.ok()) << bytes.status();
  const auto source = collectors::OpenByteSource(path);
  ASSERT_TRUE(source.ok());
  EXPECT_EQ((*source)->file_size(), *bytes);
  collectors::KeepingSink sink;
  collectors::ImportOptions options;
  options.name = "grown";
  const auto report = collectors::kineto::Import(**source, options, sink);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->imported.at("operators"), 3);
  EXPECT_EQ(report->linked.at("by_external_id"), 3);
  for (const v1::Operator& op : sink.operators()) {
    // Each kernel follows its own operator.
    if (op.has_launcher_id()) {
      EXPECT_EQ(op.launcher_id(), op.id() - 1);
    }
  }
}

TEST(KinetoGrowthTest, OneCopyIsTheFile) {
  const std::string text = KinetoFile({KinetoEvent("cpu_op", "aten::mm", "100.25", "50", "")}, R"("a": 1,)");
  const auto growth = KinetoGrowth::Of(text);
  ASSERT_TRUE(growth.ok()) << growth.status();
  const auto bytes = growth->Write(::testing::TempDir() + "/same.json", 1);
  ASSERT_TRUE(bytes.ok());
  EXPECT_EQ(*bytes, text.size());
}

TEST(KinetoGrowthTest, ADamagedFileIsRefused) {
  EXPECT_FALSE(KinetoGrowth::Of("{\"traceEvents\": [{\"ph\": \"X\"").ok());
  EXPECT_FALSE(KinetoGrowth::Of("{}").ok());
}

}  // namespace
}  // namespace sandglass::benchmarks
