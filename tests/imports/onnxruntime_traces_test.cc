// A real profile, of our own model (data/make_onnxruntime_profile.cjs): what is imported, and what work follows from
// it. All figures are worked by hand from the model's shapes; times are those of that one run.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "analyzer/ops/op_class.h"
#include "analyzer/ops/work.h"
#include "analyzer/trace/trace_protos.h"
#include "collectors/importers/format/keeping_sink.h"
#include "tests/imports/shared_traces.h"

namespace sandglass::imports {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

constexpr char kProfile[] = "tests/imports/data/onnxruntime_profile.json";

class OnnxRuntimeProfileTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto report = ImportFile(kProfile, sink_);
    ASSERT_TRUE(report.ok()) << report.status();
    report_ = *std::move(report);
  }

  collectors::KeepingSink sink_;
  collectors::ImportReport report_;
};

TEST_F(OnnxRuntimeProfileTest, IsTakenWhole) {
  EXPECT_THAT(report_.problems, IsEmpty());
  EXPECT_THAT(report_.missing, IsEmpty());
  EXPECT_THAT(report_.imported, ElementsAre(Pair("annotations", 3), Pair("operators", 24)));
  EXPECT_THAT(report_.left_out,
              ElementsAre(Pair("executor_calls", 3), Pair("model_loading", 1), Pair("session_initialization", 1)));
  // 251 + 36 + 23 µs: the first run takes seven times as long as the second.
  EXPECT_EQ(report_.times.host_ps, 310'000'000);
  EXPECT_EQ(sink_.header().source_format(), "onnxruntime");
  EXPECT_EQ(sink_.header().source_generation(), "2");
  ASSERT_EQ(sink_.header().devices_size(), 1);
  EXPECT_EQ(sink_.header().devices(0).raw_name(), "CPUExecutionProvider");
  EXPECT_EQ(sink_.summary().work_done(0).count(), 3);
  EXPECT_EQ(sink_.summary().window().start_ns(), 4'872'000);
  EXPECT_EQ(sink_.summary().window().end_ns(), 5'527'000);
}

TEST_F(OnnxRuntimeProfileTest, EachRunHasAllNodesInTheOrderOfTheGraph) {
  const std::vector<std::string> nodes = {"onnx::Conv",
                                          "onnx::Relu",
                                          "onnx::Reshape",
                                          "onnx::MatMul",
                                          "onnx::Add",
                                          "onnx::Gather",
                                          "onnx::LayerNormalization",
                                          "onnx::Softmax"};
  ASSERT_EQ(sink_.operators().size(), 27);
  for (size_t run = 0; run < 3; ++run) {
    const v1::Operator& call = sink_.operators()[9 * run];
    EXPECT_EQ(call.signature().name(), run == 0 ? "model_run (first)" : "model_run");
    for (size_t i = 0; i < nodes.size(); ++i) {
      const v1::Operator& node = sink_.operators()[9 * run + 1 + i];
      EXPECT_EQ(node.signature().name(), nodes[i]);
      EXPECT_EQ(node.graph_node(), i);
      EXPECT_EQ(node.parent_id(), call.id());
      EXPECT_GE(node.start_ns(), call.start_ns());
    }
  }
}

struct NodeWork {
  const char* name;
  const char* op_class;
  double matrix_flop;
  double vector_flop;
  double read_bytes;
  double written_bytes;
};

// The image is [2, 2, 8, 8], the filters are four of [2, 3, 3], and the product's second operand is [256, 10].
constexpr NodeWork kNodes[] = {
    // 512 results · 2 channels · 9 taps · 2; 512 additions of the bias. 256 + 72 + 4 elements.
    {"onnx::Conv", "convolution", 18432, 512, 1328, 2048},
    {"onnx::Relu", "elementwise", 0, 512, 2048, 2048},
    // The runtime lists only the first operand: it has packed the other, whose 2560 elements it reads all the same.
    {"onnx::MatMul", "gemm", 10240, 0, 12288, 80},
    {"onnx::Add", "elementwise", 0, 20, 120, 80},
    // Eight elements, and four indices of 8 bytes.
    {"onnx::Gather", "embedding", 0, 0, 64, 32},
    // 8·8; eight elements, and two rows of four.
    {"onnx::LayerNormalization", "normalization", 0, 64, 64, 32},
    // 12·8 + 8·2; a short row is read once.
    {"onnx::Softmax", "softmax", 0, 112, 32, 32},
};

TEST_F(OnnxRuntimeProfileTest, EachNodeHasTheWorkOfItsShapes) {
  for (const NodeWork& expected : kNodes) {
    SCOPED_TRACE(expected.name);
    const absl::StatusOr<ops::Work> work =
        ops::WorkOf(trace::SignatureFromProto(sink_.Find(expected.name).signature()));
    ASSERT_TRUE(work.ok()) << work.status();
    EXPECT_EQ(ops::OpClassName(work->op_class), expected.op_class);
    EXPECT_DOUBLE_EQ(work->matrix.value(), expected.matrix_flop);
    EXPECT_DOUBLE_EQ(work->vector.value(), expected.vector_flop);
    EXPECT_DOUBLE_EQ(work->read.value(), expected.read_bytes);
    EXPECT_DOUBLE_EQ(work->written.value(), expected.written_bytes);
  }
  EXPECT_EQ(static_cast<int>(ops::Classify(trace::SignatureFromProto(sink_.Find("onnx::Reshape").signature())).role),
            static_cast<int>(ops::Role::kFree));
}

// A profile that pandas flattened is none any more.
TEST(OnnxRuntimeTableTest, ATableIsRefused) {
  SKIP_WITHOUT_TRACES();
  collectors::KeepingSink sink;
  const absl::Status status = ImportShared("onnx-array-api/prof.csv.gz", sink).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("onnxruntime (ONNX Runtime's profile"));
}

}  // namespace
}  // namespace sandglass::imports
