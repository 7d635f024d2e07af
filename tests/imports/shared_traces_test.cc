// Real traces of other people's runs, and what other programs say of them. Skipped where they are not at hand.
#include "tests/imports/shared_traces.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "analyzer/ops/work.h"
#include "analyzer/trace/trace_protos.h"
#include "collectors/importers/format/keeping_sink.h"
#include "tests/imports/profiler_report.h"

namespace sandglass::imports {
namespace {

using ::sandglass::collectors::KeepingSink;

double Number(const std::string& text) {
  double number = std::nan("");
  return absl::SimpleAtod(text, &number) ? number : std::nan("");
}

struct File {
  const char* path;
  const char* generation;
  // As the files' manifest counts them, less kernels that were launched before the recording.
  uint64_t operators;
  uint64_t kernels;
  // Kernels, copies and fills of which the launcher is known.
  uint64_t linked;
  uint64_t not_linked;
};

class SharedFileTest : public ::testing::TestWithParam<File> {};

TEST_P(SharedFileTest, IsTakenWhole) {
  SKIP_WITHOUT_TRACES();
  const File& file = GetParam();
  KeepingSink sink;
  const auto report = ImportShared(file.path, sink);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(sink.header().source_generation(), file.generation);
  EXPECT_EQ(At(report->imported, "operators"), file.operators);
  EXPECT_EQ(At(report->imported, "kernels"), file.kernels);
  uint64_t linked = 0;
  for (const auto& [method, count] : report->linked) linked += count;
  EXPECT_EQ(linked, file.linked);
  EXPECT_EQ(At(report->missing, "device_work_not_linked"), file.not_linked);
  // Of a launch of a graph, that it wants its capture.
  EXPECT_EQ(report->problems.size(), absl::StrContains(file.path, "graph_execution") ? 1 : 0);
  // An operator calls what lies within it, and a kernel runs after what launched it began.
  std::vector<const v1::Operator*> by_id(sink.operators().size() + 1);
  for (const v1::Operator& op : sink.operators()) by_id[op.id()] = &op;
  for (const v1::Operator& op : sink.operators()) {
    if (op.has_parent_id()) {
      EXPECT_LE(by_id[op.parent_id()]->start_ns(), op.start_ns());
    }
    if (op.has_launcher_id()) {
      EXPECT_LE(by_id[op.launcher_id()]->start_ns(), op.start_ns());
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Files, SharedFileTest,
    ::testing::Values(
        File{"HolisticTraceAnalysis/amd_trace/mi250_minitoy_train_ROCm6_2_kineto.json.gz", "3", 70, 14, 16, 0},
        File{"HolisticTraceAnalysis/critical_path/alexnet/benchmark_result_2869224_1695835535_trace.json.gz", "2", 359,
             79, 98, 0},
        File{"HolisticTraceAnalysis/df_index_resolver/df_index_resolver.json.gz", "2", 56680, 19370, 22290, 0},
        File{"HolisticTraceAnalysis/execution_trace/benchmark_simple_add_trace.json.gz", "2", 28, 4, 4, 0},
        File{"HolisticTraceAnalysis/mtia_inference_trace/mtia_inference_rank_0.json.gz", "3", 10346, 74, 730, 14},
        File{"HolisticTraceAnalysis/nccl_parser_config/nccl_data.json.gz", "3", 14346, 2700, 3774, 0},
        File{"HolisticTraceAnalysis/ns_resolution_trace/rank-0.Apr_03_18_51_38.1102.pt.trace.json.gz", "2", 23910, 4350,
             6095, 0},
        File{"HolisticTraceAnalysis/triton_example/triton_example.json.gz", "3", 3, 1, 1, 0},
        File{"TraceLens/h100/Qwen_Qwen1.5-0.5B-Chat__1016005.json.gz", "3", 4186, 1029, 1198, 0},
        File{"TraceLens/mi300/Qwen_Qwen1.5-0.5B-Chat__1016005.json.gz", "3", 4619, 1053, 1054, 0},
        File{"TraceLens/inference/vllm_decode_full/graph_execution.json.gz", "3", 100, 425, 13, 421},
        File{"kineto/resnet50_num_workers_0/worker0.1623143089861.pt.trace.json.gz", "1", 23622, 8772, 9096, 0},
        File{"param/linear_kineto.json.gz", "2", 36998, 8716, 10356, 0},
        File{"param/resnet_kineto.json.gz", "2", 39416, 9628, 10113, 0}),
    [](const auto& info) {
      const std::string path = info.param.path;
      const std::string name = path.substr(0, path.rfind(".json"));
      return absl::StrReplaceAll(name, {{"/", "_"}, {"-", "_"}, {".", "_"}});
    });

// Another program's reports of the same files.
class ReportedTraceTest : public ::testing::TestWithParam<const char*> {
 protected:
  static std::string Report(absl::string_view table) {
    return absl::StrCat(Traces(), "/TraceLens/", GetParam(), "_perf_report_csvs/", table, ".csv.gz");
  }
  static std::string File() { return absl::StrCat("TraceLens/", GetParam(), ".json.gz"); }
};

TEST_P(ReportedTraceTest, DeviceTimesAreTheReports) {
  SKIP_WITHOUT_TRACES();
  KeepingSink sink;
  const auto report = ImportShared(File(), sink);
  ASSERT_TRUE(report.ok()) << report.status();
  double copies_ps = 0;
  for (const v1::Operator& op : sink.operators()) {
    if (op.signature().kind() == v1::OPERATOR_KIND_MEMCPY) copies_ps += static_cast<double>(op.duration_ps());
  }
  int rows = 0;
  for (auto& row : ReadReport(Report("gpu_timeline"))) {
    const double ms = Number(row["time ms"]);
    if (row["type"] == "busy_time") {
      EXPECT_NEAR(static_cast<double>(report->times.device_busy_ps) / 1e9, ms, ms * 5e-4);
      EXPECT_EQ(report->times.linked_device_work_ps, report->times.device_work_ps);
      ++rows;
    } else if (row["type"] == "total_memcpy_time") {
      EXPECT_NEAR(copies_ps / 1e9, ms, 1e-6);
      ++rows;
    }
  }
  EXPECT_EQ(rows, 2);
}

// What a row of the report and an operator have in common: name, and the sizes of its tensors.
std::string KeyOf(const v1::OpSignature& signature) {
  return absl::StrCat(signature.name(), " ",
                      absl::StrJoin(signature.inputs(), ", ", [](std::string* out, const v1::Tensor& tensor) {
                        absl::StrAppend(out, "[", absl::StrJoin(tensor.dims(), ", "), "]");
                      }));
}

TEST_P(ReportedTraceTest, MatrixProductsHaveTheReportsWork) {
  SKIP_WITHOUT_TRACES();
  KeepingSink sink;
  ASSERT_TRUE(ImportShared(File(), sink).ok());
  std::map<std::string, double> gflop;
  std::map<std::string, uint64_t> times;
  for (const v1::Operator& op : sink.operators()) {
    const trace::Signature signature = trace::SignatureFromProto(op.signature());
    if (ops::Classify(signature).role != ops::Role::kWork) continue;
    const auto work = ops::WorkOf(signature);
    if (!work.ok()) continue;
    gflop[KeyOf(op.signature())] = (work->matrix.value() + work->vector.value()) / 1e9;
    ++times[KeyOf(op.signature())];
  }
  size_t rows = 0;
  for (auto& row : ReadReport(Report("GEMM"))) {
    // Arguments that are no tensors have empty sizes.
    const std::string dims = absl::StrReplaceAll(row["Input Dims_first"], {{", []", ""}});
    const std::string key = absl::StrCat(row["name"], " ", dims.substr(1, dims.size() - 2));
    ASSERT_EQ(gflop.count(key), 1) << key;
    EXPECT_NEAR(gflop[key], Number(row["GFLOPS_first"]), 1e-9) << key;
    ++rows;
  }
  EXPECT_GE(rows, 3);
}

INSTANTIATE_TEST_SUITE_P(
    Files, ReportedTraceTest,
    ::testing::Values("h100/Qwen_Qwen1.5-0.5B-Chat__1016005", "h100/gaunernst_bert-small-uncased__1016001",
                      "h100/Falconsai_nsfw_image_detection__1016002", "mi300/Qwen_Qwen1.5-0.5B-Chat__1016005",
                      "mi300/gaunernst_bert-small-uncased__1016001", "mi300/Falconsai_nsfw_image_detection__1016002"),
    [](const auto& info) {
      return absl::StrReplaceAll(info.param, {{"/", "_"}, {"-", "_"}, {".", "_"}});
    });

// Each of a graph's kernels is of the name of the call that had it captured.
TEST(SharedTracesTest, TheKernelsOfAGraphAreLinkedByItsCapture) {
  SKIP_WITHOUT_TRACES();
  KeepingSink sink;
  const std::string folder = "TraceLens/inference/vllm_decode_full/";
  collectors::ImportOptions options;
  options.capture = absl::StrCat(Traces(), "/", folder, "capture_traces/",
                                 "graph_capture_rank_0.1773709742341309550.pt.trace.json.gz");
  const auto report = ImportShared(absl::StrCat(folder, "graph_execution.json.gz"), sink, options);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(At(report->linked, "by_capture"), 421);
  EXPECT_EQ(At(report->linked, "by_external_id"), 13);
  EXPECT_EQ(At(report->missing, "device_work_not_linked"), 0);
  EXPECT_EQ(report->times.linked_device_work_ps, report->times.device_work_ps);
  // Every other of the model's 24 layers runs this kernel.
  std::map<uint64_t, std::string> names;
  for (const v1::Operator& op : sink.operators()) names[op.id()] = op.signature().name();
  int attentions = 0;
  for (const v1::Operator& op : sink.operators()) {
    if (op.signature().name() != "kernel_unified_attention_2d") continue;
    ++attentions;
    EXPECT_EQ(names[op.launcher_id()], "vllm::unified_attention_with_output");
  }
  EXPECT_EQ(attentions, 12);
}

TEST(SharedTracesTest, FilesOfOtherFormatsAreNamedAsSuch) {
  SKIP_WITHOUT_TRACES();
  for (const char* file : {"onnx-array-api/prof.csv.gz", "MANIFEST.tsv"}) {
    KeepingSink sink;
    const absl::Status status = ImportShared(file, sink).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << file;
    EXPECT_THAT(std::string(status.message()), ::testing::HasSubstr("not a trace of a format that can be imported"));
  }
}

}  // namespace
}  // namespace sandglass::imports
