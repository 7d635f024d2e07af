#include "collectors/importers/onnxruntime/importer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "collectors/importers/format/keeping_sink.h"
#include "collectors/importers/onnxruntime/profile_text.h"

namespace sandglass::collectors::onnxruntime {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

absl::StatusOr<ImportReport> ImportText(const std::string& text, KeepingSink& sink, ImportOptions options = {}) {
  options.name = "test";
  const std::unique_ptr<ByteSource> source = MemoryByteSource(text);
  return Import(*source, options, sink);
}

// Two runs of a product and what is added to it.
std::vector<std::string> TwoRuns() {
  const std::string shapes =
      R"(,"node_index" : "3","input_type_shape" : [{"float":[2,3]},{"float":[3,4]}],"output_type_shape" : [{"float":[2,4]}])";
  return {ProfileEvent("Session", "model_loading_uri", 1, 40),
          ProfileEvent("Session", "session_initialization", 50, 400),
          ProfileNode("MatMul", 1010, 60, shapes),
          ProfileNode("Add", 1071, 20, R"(,"node_index" : "4","input_type_shape" : [{"float16":[2,4]},{"int64":[]}])"),
          ProfileEvent("Session", "SequentialExecutor::Execute", 1005, 90),
          ProfileRun(1000, 100),
          ProfileNode("MatMul", 2001, 30, shapes),
          ProfileRun(2000, 50)};
}

TEST(OnnxRuntimeImporterTest, NodesBecomeOperatorsOfTheirRuns) {
  KeepingSink sink;
  const auto report = ImportText(ProfileFile(TwoRuns()), sink);
  ASSERT_TRUE(report.ok()) << report.status();
  ASSERT_EQ(sink.operators().size(), 5);
  const v1::Operator& run = sink.operators()[0];
  const v1::Operator& product = sink.operators()[1];
  EXPECT_EQ(run.signature().name(), "model_run (first)");
  EXPECT_EQ(run.signature().kind(), v1::OPERATOR_KIND_ANNOTATION);
  EXPECT_EQ(run.start_ns(), 1'000'000);
  EXPECT_EQ(run.duration_ps(), 100'000'000);
  EXPECT_EQ(run.self_ps(), 20'000'000);
  EXPECT_FALSE(run.has_parent_id());
  EXPECT_FALSE(run.has_device());
  EXPECT_EQ(product.signature().name(), "onnx::MatMul");
  EXPECT_EQ(product.signature().kind(), v1::OPERATOR_KIND_HOST_OP);
  EXPECT_EQ(product.parent_id(), run.id());
  EXPECT_EQ(product.thread(), 0);
  EXPECT_EQ(product.device(), 0);
  EXPECT_EQ(product.graph_node(), 3);
  EXPECT_EQ(product.duration_ps(), 60'000'000);
  EXPECT_EQ(sink.operators()[3].signature().name(), "model_run");
  EXPECT_EQ(sink.operators()[4].parent_id(), sink.operators()[3].id());
  EXPECT_THAT(report->imported, ElementsAre(Pair("annotations", 2), Pair("operators", 3)));
  EXPECT_THAT(report->left_out,
              ElementsAre(Pair("executor_calls", 1), Pair("model_loading", 1), Pair("session_initialization", 1)));
  EXPECT_THAT(report->missing, IsEmpty());
  EXPECT_EQ(report->times.host_ps, 110'000'000);
}

TEST(OnnxRuntimeImporterTest, ShapesAndTypesAreThoseOfTheFile) {
  KeepingSink sink;
  ASSERT_TRUE(ImportText(ProfileFile(TwoRuns()), sink).ok());
  const v1::OpSignature product = sink.Find("onnx::MatMul").signature();
  ASSERT_EQ(product.inputs_size(), 2);
  EXPECT_THAT(product.inputs(1).dims(), ElementsAre(3, 4));
  EXPECT_EQ(product.inputs(1).dtype(), v1::DATA_TYPE_FLOAT32);
  EXPECT_EQ(product.inputs(1).position(), 1);
  EXPECT_EQ(product.inputs(1).shape_source(), v1::SHAPE_SOURCE_RECORDED);
  ASSERT_EQ(product.outputs_size(), 1);
  EXPECT_THAT(product.outputs(0).dims(), ElementsAre(2, 4));
  EXPECT_TRUE(product.outputs_recorded());
  const v1::OpSignature sum = sink.Find("onnx::Add").signature();
  EXPECT_EQ(sum.inputs(0).dtype(), v1::DATA_TYPE_FLOAT16);
  EXPECT_EQ(sum.inputs(1).dtype(), v1::DATA_TYPE_INT64);
  EXPECT_THAT(sum.inputs(1).dims(), IsEmpty());
  EXPECT_FALSE(sum.outputs_recorded());
}

TEST(OnnxRuntimeImporterTest, ShapesThatAreNoListAreLeftOutAndCounted) {
  for (const char* shapes : {"\"128\"", "5", "null", "{}", "[5]", "[{\"float\": 5}]", "[{\"float\":[2]}, 7]"}) {
    KeepingSink sink;
    const auto report =
        ImportText(ProfileFile({ProfileNode("MatMul", 1, 60, absl::StrCat(",\"input_type_shape\" : ", shapes)),
                                ProfileRun(0, 100)}),
                   sink);
    ASSERT_TRUE(report.ok()) << shapes << report.status();
    EXPECT_EQ(sink.Find("onnx::MatMul").signature().inputs_size(), 0) << shapes;
    EXPECT_EQ(report->missing.at("arguments_not_understood"), 1) << shapes;
  }
}

TEST(OnnxRuntimeImporterTest, TheHeaderNamesProvidersAndRuns) {
  KeepingSink sink;
  ASSERT_TRUE(ImportText(ProfileFile(TwoRuns()), sink).ok());
  EXPECT_EQ(sink.header().source_format(), "onnxruntime");
  EXPECT_EQ(sink.header().source_generation(), "2");
  EXPECT_EQ(sink.header().clock_base(), "run");
  EXPECT_EQ(sink.header().phase(), v1::PHASE_INFER);
  ASSERT_EQ(sink.header().devices_size(), 1);
  EXPECT_EQ(sink.header().devices(0).raw_name(), "CPUExecutionProvider");
  EXPECT_EQ(sink.header().devices(0).silicon_class(), "");
  ASSERT_EQ(sink.summary().work_done_size(), 1);
  EXPECT_EQ(sink.summary().work_done(0).unit(), v1::WORK_UNIT_STEP);
  EXPECT_EQ(sink.summary().work_done(0).count(), 2);
  EXPECT_EQ(sink.summary().window().start_ns(), 1'000'000);
  EXPECT_EQ(sink.summary().window().end_ns(), 2'050'000);
  EXPECT_FALSE(sink.summary().completeness().writer_cap_hit());
}

// What the user says of the device is said of the accelerator, not of the host beside it.
TEST(OnnxRuntimeImporterTest, TheUsersClassIsThatOfTheAccelerator) {
  ImportOptions options;
  options.silicon_class = "nvidia-t4";
  KeepingSink host;
  ASSERT_TRUE(ImportText(ProfileFile(TwoRuns()), host, options).ok());
  EXPECT_EQ(host.header().devices(0).silicon_class(), "nvidia-t4");
  std::vector<std::string> events = TwoRuns();
  events[2] = absl::StrReplaceAll(events[2], {{"CPUExecution", "CUDAExecution"}});
  KeepingSink both;
  ASSERT_TRUE(ImportText(ProfileFile(events), both, options).ok());
  ASSERT_EQ(both.header().devices_size(), 2);
  EXPECT_EQ(both.header().devices(0).raw_name(), "CUDAExecutionProvider");
  EXPECT_EQ(both.header().devices(0).silicon_class(), "nvidia-t4");
  EXPECT_EQ(both.header().devices(0).asserted_by(), "user");
  EXPECT_EQ(both.header().devices(1).silicon_class(), "");
  EXPECT_EQ(both.Find("onnx::Add").device(), 1);
}

TEST(OnnxRuntimeImporterTest, FencesOfTheFirstGenerationAreLeftOut) {
  KeepingSink sink;
  const auto report =
      ImportText(ProfileFile({ProfileEvent("Node", "n_fence_before", 9, 0, R"("op_name" : "Relu")"),
                              ProfileNode("Relu", 10, 3, R"(,"graph_index" : "7","exec_plan_index" : "1")"),
                              ProfileEvent("Node", "n_fence_after", 13, 0, R"("op_name" : "Relu")"), ProfileRun(8, 9)}),
                 sink);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(sink.header().source_generation(), "1");
  EXPECT_EQ(sink.operators().size(), 2);
  EXPECT_EQ(sink.Find("onnx::Relu").graph_node(), 7);
  EXPECT_THAT(report->left_out, ElementsAre(Pair("fences", 2)));
  EXPECT_THAT(report->missing, ElementsAre(Pair("operators_without_shapes", 1)));
}

// Neighbours that begin in one microsecond look as if one held the other, and the runtime's sort may swap them.
TEST(OnnxRuntimeImporterTest, OnlyNodesWithAGraphHoldNodes) {
  KeepingSink sink;
  const auto report =
      ImportText(ProfileFile({ProfileNode("Exp", 10, 4), ProfileNode("Relu", 10, 0), ProfileNode("Sqrt", 14, 0),
                              ProfileNode("Tanh", 21, 2), ProfileNode("If", 20, 10), ProfileNode("Log", 30, 1),
                              ProfileRun(10, 20)}),
                 sink);
  ASSERT_TRUE(report.ok()) << report.status();
  const uint64_t run = sink.Find("model_run (first)").id();
  EXPECT_EQ(run, 1);
  for (const char* name : {"onnx::Relu", "onnx::Exp", "onnx::Sqrt", "onnx::If", "onnx::Log"}) {
    EXPECT_EQ(sink.Find(name).parent_id(), run) << name;
  }
  EXPECT_EQ(sink.Find("onnx::Tanh").parent_id(), sink.Find("onnx::If").id());
  EXPECT_EQ(sink.Find("onnx::If").self_ps(), 8'000'000);
  EXPECT_EQ(report->imported.at("operators_under_a_microsecond"), 2);
  EXPECT_EQ(report->times.host_ps, 15'000'000);
}

TEST(OnnxRuntimeImporterTest, RunsThatGoOnTogetherKeepTheirNodes) {
  KeepingSink sink;
  const auto report = ImportText(
      ProfileFile({ProfileRun(10, 50, 1), ProfileRun(20, 90, 2), ProfileNode("Exp", 30, 5, "", 1),
                   ProfileNode("Log", 30, 5, "", 2),
                   // Of a pool: of one of the two, or of the one that still goes on.
                   ProfileNode("Sin", 40, 5, "", 3), ProfileNode("Cos", 80, 5, "", 3), ProfileNode("Tan", 200, 1)}),
      sink);
  ASSERT_TRUE(report.ok()) << report.status();
  const uint64_t first = sink.operators()[0].id();
  const uint64_t second = sink.operators()[1].id();
  EXPECT_EQ(sink.Find("onnx::Exp").parent_id(), first);
  EXPECT_EQ(sink.Find("onnx::Log").parent_id(), second);
  EXPECT_FALSE(sink.Find("onnx::Sin").has_parent_id());
  EXPECT_EQ(sink.Find("onnx::Cos").parent_id(), second);
  EXPECT_FALSE(sink.Find("onnx::Tan").has_parent_id());
  EXPECT_EQ(report->missing.at("operators_of_no_run"), 2);
}

// The runtime writes kernels behind their node, with starts of its own making.
TEST(OnnxRuntimeImporterTest, KernelsAreLaunchedByTheNodeBeforeThem) {
  const std::string arguments =
      R"("stream" : "7","grid_x" : "4","grid_y" : "1","grid_z" : "1","block_x" : "128","block_y" : "1","block_z" : "2")";
  KeepingSink sink;
  const auto report = ImportText(
      ProfileFile({ProfileRun(1, 99), ProfileNode("MatMul", 10, 6),
                   ProfileEvent("Kernel", "gemm", 11, 30, absl::StrCat(arguments, R"(,"op_name" : "MatMul")")),
                   ProfileEvent("Api", "cudaLaunchKernel", 11, 2, R"("op_name" : "MatMul")"),
                   ProfileNode("Relu", 20, 1), ProfileEvent("Kernel", "stray", 50, 9, R"("op_name" : "")")}),
      sink);
  ASSERT_TRUE(report.ok()) << report.status();
  const v1::Operator gemm = sink.Find("gemm");
  EXPECT_EQ(gemm.signature().kind(), v1::OPERATOR_KIND_DEVICE_KERNEL);
  EXPECT_EQ(gemm.launcher_id(), sink.Find("onnx::MatMul").id());
  EXPECT_EQ(gemm.link_method(), v1::LINK_METHOD_CORRELATION);
  EXPECT_FALSE(gemm.has_start_ns());
  EXPECT_EQ(gemm.duration_ps(), 30'000'000);
  EXPECT_EQ(gemm.device(), 0);
  EXPECT_EQ(gemm.queue(), 7);
  EXPECT_THAT(gemm.signature().launch().grid(), ElementsAre(4, 1, 1));
  EXPECT_THAT(gemm.signature().launch().block(), ElementsAre(128, 1, 2));
  EXPECT_FALSE(sink.Find("stray").has_launcher_id());
  EXPECT_EQ(sink.Find("stray").start_ns(), 50'000);
  EXPECT_THAT(report->linked, ElementsAre(Pair("by_correlation", 1)));
  EXPECT_EQ(report->missing.at("device_work_not_linked"), 1);
  EXPECT_EQ(report->missing.at("device_work_without_start"), 1);
  EXPECT_EQ(report->left_out.at("runtime_calls"), 1);
  EXPECT_EQ(report->times.linked_device_work_ps, 30'000'000);
}

TEST(OnnxRuntimeImporterTest, GradientsAreTraining) {
  KeepingSink sink;
  ASSERT_TRUE(ImportText(ProfileFile({ProfileNode("ReluGrad", 1, 1)}), sink).ok());
  EXPECT_EQ(sink.header().phase(), v1::PHASE_TRAIN);
}

TEST(OnnxRuntimeImporterTest, DamageIsCountedAndTheRestIsTaken) {
  const std::vector<std::string> events = {
      ProfileRun(1, 99),
      ProfileNode("Exp", 2, 1),
      ProfileNode("a \"quote\" of its own", 3, 1),
      ProfileEvent("Node", "n_kernel_time", 4, 1, R"("provider" : "CPUExecutionProvider")"),
      ProfileEvent("Novel", "x", 5, 1),
      absl::StrReplaceAll(ProfileNode("Log", 6, 1), {{":6", ":-6"}}),
      ProfileNode("Sin\t", 7, 1),
      ProfileNode("Cos", 8, 1, R"(,"input_type_shape" : [{"float":[1]},{"float":["?"]}])"),
      ProfileEvent("Node", "n_kernel_time", 9, 1, R"("op_name" : "Tan")")};
  KeepingSink sink;
  const std::string text = absl::StrReplaceAll(ProfileFile(events), {{"\n]", ",\n]"}});
  const auto report = ImportText(text, sink);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(sink.operators().size(), 5);
  EXPECT_EQ(report->missing.at("damaged_events"), 4);
  // A tabulator, and the comma before the end.
  EXPECT_EQ(report->missing.at("texts_mended"), 2);
  EXPECT_EQ(report->missing.at("arguments_not_understood"), 1);
  EXPECT_EQ(report->missing.at("operators_without_provider"), 1);
  EXPECT_THAT(sink.Find("onnx::Cos").signature().inputs(), IsEmpty());
  EXPECT_FALSE(sink.Find("onnx::Tan").has_device());
  EXPECT_FALSE(sink.Find("onnx::Sin ").signature().name().empty());
  ASSERT_EQ(report->problems.size(), 1);
  EXPECT_THAT(report->problems[0], HasSubstr(absl::StrCat("byte ", text.find(events[2]), ": no event")));
}

TEST(OnnxRuntimeImporterTest, ADamageOfStructureDoesNotStopTheImport) {
  KeepingSink sink;
  const auto report = ImportText(ProfileFile({ProfileNode("Exp", 2, 1), "}", ProfileNode("Log", 3, 1)}), sink);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(sink.operators().size(), 2);
  EXPECT_EQ(report->missing.at("damaged_pieces"), 1);
}

// Then there may have been more, which nobody recorded.
TEST(OnnxRuntimeImporterTest, AFileThatIsAsLongAsTheRuntimeAllowsIsNotComplete) {
  const std::string event = absl::StrCat(ProfileEvent("Session", "x", 1, 1), ",\n");
  std::string text = absl::StrCat("[", ProfileNode("Exp", 2, 1), ",\n");
  for (int i = 0; i < 999'998; ++i) text += event;
  for (const bool full : {false, true}) {
    KeepingSink sink;
    const auto report = ImportText(absl::StrCat(text, full ? event : "", "]"), sink);
    ASSERT_TRUE(report.ok()) << report.status();
    EXPECT_EQ(sink.summary().completeness().writer_cap_hit(), full);
  }
}

TEST(OnnxRuntimeImporterTest, AFileThatIsCutOffAnywhereSaysSo) {
  const std::string text = ProfileFile(TwoRuns());
  const size_t whole = text.rfind(']') + 1;
  for (size_t size = 0; size < whole; ++size) {
    KeepingSink sink;
    const auto report = ImportText(text.substr(0, size), sink);
    if (report.ok()) {
      EXPECT_EQ(report->missing.count("file_cut_off"), 1) << size;
      EXPECT_EQ(report->problems.size(), 1) << size;
    } else {
      EXPECT_EQ(report.status().code(), absl::StatusCode::kInvalidArgument) << size;
      EXPECT_THAT(sink.operators(), IsEmpty()) << size;
    }
  }
}

TEST(OnnxRuntimeImporterTest, OtherFilesAreRefused) {
  for (const char* text : {"", "  ", "cat,pid,tid", "{}", "[]", R"({"traceEvents": []})",
                           R"([{"cat" : "Session","ts" :1,"dur" :1,"ph" : "X","name" :"model_run","args" : {}}])"}) {
    KeepingSink sink;
    const auto report = ImportText(text, sink);
    EXPECT_EQ(report.status().code(), absl::StatusCode::kInvalidArgument) << text << ": " << report.status();
    EXPECT_THAT(sink.operators(), IsEmpty());
  }
}

TEST(OnnxRuntimeImporterTest, FilesAreKnownByTheirBeginning) {
  EXPECT_TRUE(Matches(ProfileFile(TwoRuns())));
  EXPECT_TRUE(Matches("[{\"cat\": \"Node\", \"pid\""));
  for (const char* other : {"", "[", "[]", "[1, 2]", R"([{"ph": "X", "cat": "cpu_op"}])", R"({"cat": "Session"})",
                            R"(cat,"cat":"Session")", R"({"traceEvents": [{"cat": "Node"}]})"}) {
    EXPECT_FALSE(Matches(other)) << other;
  }
}

TEST(OnnxRuntimeImporterTest, AStoppedImportEndsWithCancelled) {
  std::vector<std::string> events;
  for (int i = 0; i < 5000; ++i) events.push_back(ProfileNode("Exp", i, 1));
  for (const std::string last : {"reading", "sending"}) {
    ImportOptions options;
    options.progress = [&](absl::string_view doing, uint64_t) { return doing != last; };
    KeepingSink sink;
    EXPECT_EQ(ImportText(ProfileFile(events), sink, options).status().code(), absl::StatusCode::kCancelled);
    EXPECT_EQ(sink.aborted(), last == "sending");
  }
}

}  // namespace
}  // namespace sandglass::collectors::onnxruntime
