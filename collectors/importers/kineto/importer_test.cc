#include "collectors/importers/kineto/importer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "collectors/importers/format/keeping_sink.h"
#include "collectors/importers/kineto/kineto_text.h"

namespace sandglass::collectors::kineto {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

absl::StatusOr<ImportReport> ImportText(const std::string& text, KeepingSink& sink, ImportOptions options = {}) {
  options.name = "test";
  const std::unique_ptr<ByteSource> source = MemoryByteSource(text);
  return Import(*source, options, sink);
}

// An operator that calls another, which launches a kernel.
std::vector<std::string> Chain(absl::string_view kernel_id, absl::string_view operator_extra = "") {
  return {KinetoEvent("cpu_op", "aten::linear", "100.5", "50",
                      absl::StrCat("\"External id\": 1, \"Record function id\": 0", operator_extra)),
          KinetoEvent("cpu_op", "aten::addmm", "110.25", "30",
                      absl::StrCat("\"External id\": 2, \"Record function id\": 0", operator_extra)),
          KinetoEvent("cuda_runtime", "cudaLaunchKernel", "120", "5", "\"correlation\": 77"),
          KinetoEvent("kernel", "gemm", "140", "20.125",
                      absl::StrCat("\"External id\": ", kernel_id,
                                   ", \"correlation\": 77, \"device\": 0, \"stream\": 7, \"grid\": [4, 1, 1], "
                                   "\"block\": [128, 1, 1], \"registers per thread\": 16, \"shared memory\": 0"),
                      "7")};
}

TEST(KinetoImporterTest, OperatorsCallEachOtherAndLaunchKernels) {
  KeepingSink sink;
  const auto report = ImportText(
      KinetoFile(
          Chain("2"),
          R"("deviceProperties": [{"id": 0, "name": "NVIDIA H100 80GB HBM3"}], "baseTimeNanoseconds": 1000000,)"),
      sink);
  ASSERT_TRUE(report.ok()) << report.status();
  const v1::Operator linear = sink.Find("aten::linear");
  const v1::Operator addmm = sink.Find("aten::addmm");
  const v1::Operator gemm = sink.Find("gemm");
  EXPECT_EQ(linear.start_ns(), 1000000 + 100500);
  EXPECT_EQ(linear.duration_ps(), 50'000'000);
  EXPECT_EQ(linear.self_ps(), 20'000'000);
  EXPECT_FALSE(linear.has_parent_id());
  EXPECT_EQ(addmm.parent_id(), linear.id());
  EXPECT_EQ(addmm.thread(), 0);
  EXPECT_EQ(gemm.launcher_id(), addmm.id());
  EXPECT_EQ(gemm.link_method(), v1::LINK_METHOD_EXTERNAL_ID);
  EXPECT_EQ(gemm.signature().kind(), v1::OPERATOR_KIND_DEVICE_KERNEL);
  EXPECT_EQ(gemm.queue(), 7);
  EXPECT_EQ(gemm.device(), 0);
  EXPECT_FALSE(gemm.has_thread());
  EXPECT_THAT(gemm.signature().launch().grid(), ElementsAre(4, 1, 1));
  EXPECT_EQ(gemm.signature().launch().registers_per_thread(), 16);
  EXPECT_EQ(sink.header().source_generation(), "3");
  EXPECT_EQ(sink.header().clock_base(), "unix");
  EXPECT_EQ(sink.header().phase(), v1::PHASE_INFER);
  ASSERT_EQ(sink.header().devices_size(), 1);
  EXPECT_EQ(sink.header().devices(0).silicon_class(), "nvidia-h100-sxm");
  EXPECT_EQ(sink.header().devices(0).asserted_by(), "importer");
  EXPECT_EQ(report->times.device_work_ps, 20'125'000);
  EXPECT_EQ(report->times.linked_device_work_ps, 20'125'000);
  EXPECT_EQ(report->times.host_ps, 50'000'000);
  EXPECT_THAT(report->linked, ElementsAre(Pair("by_external_id", 1)));
  EXPECT_THAT(report->missing, ElementsAre(Pair("operators_without_shapes", 2)));
}

// A double has too few digits for them.
TEST(KinetoImporterTest, TimesSince1970AreReadToTheNanosecond) {
  KeepingSink sink;
  ASSERT_TRUE(ImportText(KinetoFile({KinetoEvent("cpu_op", "a", "1712195495519703.772", "0.128"),
                                     KinetoEvent("cpu_op", "b", "1712195495519704", "1")}),
                         sink)
                  .ok());
  EXPECT_EQ(sink.Find("a").start_ns(), 1712195495519703772);
  EXPECT_EQ(sink.Find("a").duration_ps(), 128000);
  EXPECT_EQ(sink.Find("b").start_ns(), 1712195495519704000);
}

// In the second generation a kernel's external id is its correlation, which here is by chance another operator's id.
TEST(KinetoImporterTest, TheSecondGenerationIsLinkedByTheCallAlone) {
  std::vector<std::string> events = Chain("77");
  for (std::string& event : events) {
    event = absl::StrReplaceAll(event, {{", \"Record function id\": 0", ""}, {".5", ""}, {".25", ""}, {".125", ""}});
  }
  events.push_back(KinetoEvent("cpu_op", "aten::relu", "90", "5", "\"External id\": 77"));
  KeepingSink sink;
  const auto report = ImportText(KinetoFile(events), sink);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(sink.header().source_generation(), "2");
  EXPECT_EQ(sink.Find("gemm").launcher_id(), sink.Find("aten::addmm").id());
  EXPECT_EQ(sink.Find("gemm").link_method(), v1::LINK_METHOD_CORRELATION);
}

TEST(KinetoImporterTest, TheFirstGenerationHasOtherNames) {
  std::vector<std::string> events = Chain("2");
  for (std::string& event : events) {
    event = absl::StrReplaceAll(event, {{"\"cpu_op\"", "\"Operator\""},
                                        {"\"kernel\"", "\"Kernel\""},
                                        {"\"cuda_runtime\"", "\"Runtime\""},
                                        {", \"Record function id\": 0", ""},
                                        {"\"tid\": 7", "\"tid\": \"stream 7\""}});
    if (absl::StrContains(event, "\"Kernel\"")) event = absl::StrReplaceAll(event, {{"External id", "external id"}});
  }
  events.push_back(KinetoEvent("Operator", "Optimizer.zero_grad", "200", "5", "\"External id\": 9"));
  KeepingSink sink;
  const auto report = ImportText(KinetoFile(events), sink);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(sink.header().source_generation(), "1");
  EXPECT_EQ(sink.Find("gemm").link_method(), v1::LINK_METHOD_EXTERNAL_ID);
  EXPECT_EQ(sink.Find("Optimizer.zero_grad").signature().kind(), v1::OPERATOR_KIND_ANNOTATION);
}

TEST(KinetoImporterTest, WaysThatLeadToDifferentOperatorsAreNotBelieved) {
  std::vector<std::string> events = Chain("3");
  events.push_back(KinetoEvent("cpu_op", "aten::relu", "90", "5", "\"External id\": 3"));
  KeepingSink sink;
  const auto report = ImportText(KinetoFile(events), sink);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_FALSE(sink.Find("gemm").has_launcher_id());
  EXPECT_EQ(report->missing.at("links_that_disagree"), 1);
  EXPECT_EQ(report->missing.at("device_work_not_linked"), 1);
  EXPECT_EQ(sink.summary().completeness().orphan_kernels(), 1);
}

TEST(KinetoImporterTest, ArgumentsBecomeTensorsAndAttributes) {
  const std::string arguments =
      R"("External id": 1, "Input Dims": [[16, 559], [], [[2, 3], [4, 3]], []], )"
      R"("Input type": ["c10::BFloat16", "Scalar", "TensorList", ""], )"
      R"("Input Strides": [[559, 1], [], [[3, 1], [3, 1]], []], "Concrete Inputs": ["", "-1", "", "[1, 2]"])";
  KeepingSink sink;
  ASSERT_TRUE(ImportText(KinetoFile({KinetoEvent("cpu_op", "a", "1", "2", arguments),
                                     KinetoEvent("cpu_op", "b", "5", "2", "\"External id\": 2")}),
                         sink)
                  .ok());
  const v1::OpSignature signature = sink.Find("a").signature();
  ASSERT_EQ(signature.inputs_size(), 3);
  EXPECT_EQ(signature.inputs(0).dtype(), v1::DATA_TYPE_BFLOAT16);
  EXPECT_THAT(signature.inputs(0).dims(), ElementsAre(16, 559));
  EXPECT_THAT(signature.inputs(0).strides(), ElementsAre(559, 1));
  EXPECT_EQ(signature.inputs(0).shape_source(), v1::SHAPE_SOURCE_RECORDED);
  EXPECT_TRUE(signature.inputs(1).in_list());
  EXPECT_EQ(signature.inputs(1).position(), 2);
  EXPECT_EQ(signature.inputs(2).position(), 2);
  EXPECT_THAT(signature.inputs(2).dims(), ElementsAre(4, 3));
  EXPECT_EQ(signature.inputs(2).dtype(), v1::DATA_TYPE_UNSPECIFIED);
  ASSERT_EQ(signature.attributes_size(), 2);
  EXPECT_EQ(signature.attributes(0).position(), 1);
  EXPECT_EQ(signature.attributes(0).integer(), -1);
  EXPECT_EQ(signature.attributes(1).position(), 3);
  EXPECT_THAT(signature.attributes(1).integers().values(), ElementsAre(1, 2));
  EXPECT_FALSE(signature.outputs_recorded());
}

// A queue that is full runs, after the recording began, what was launched before.
TEST(KinetoImporterTest, WorkThatWasLaunchedBeforeTheRecordingIsLeftOut) {
  std::vector<std::string> events = Chain("2");
  events.push_back(KinetoEvent("kernel", "warm", "130", "9", "\"correlation\": 76, \"device\": 0, \"stream\": 7", "7"));
  events.push_back(
      KinetoEvent("kernel", "strange", "150", "9", "\"correlation\": 78, \"device\": 0, \"stream\": 7", "7"));
  KeepingSink sink;
  const auto report = ImportText(KinetoFile(events), sink);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_TRUE(sink.Find("warm").signature().name().empty());
  EXPECT_EQ(report->left_out.at("device_work_before_recording"), 1);
  EXPECT_FALSE(sink.Find("strange").has_launcher_id());
  EXPECT_EQ(report->missing.at("device_work_not_linked"), 1);
}

TEST(KinetoImporterTest, BackwardOperatorsNameTheirForward) {
  const std::vector<std::string> events = {
      KinetoEvent("cpu_op", "aten::linear", "10", "9", "\"Sequence number\": 5, \"Fwd thread id\": 0"),
      KinetoEvent("cpu_op", "aten::addmm", "11", "7", "\"Sequence number\": 5, \"Fwd thread id\": 0"),
      KinetoEvent("cpu_op", "AddmmBackward0", "30", "9", "\"Sequence number\": 5, \"Fwd thread id\": 1", "12"),
      KinetoEvent("user_annotation", "ProfilerStep#6", "1", "99"),
      KinetoEvent("user_annotation", "ProfilerStep#7", "100", "99")};
  KeepingSink sink;
  ASSERT_TRUE(ImportText(KinetoFile(events), sink).ok());
  EXPECT_EQ(sink.Find("AddmmBackward0").forward_id(), sink.Find("aten::addmm").id());
  EXPECT_EQ(sink.Find("AddmmBackward0").thread(), 1);
  EXPECT_EQ(sink.header().phase(), v1::PHASE_TRAIN);
  ASSERT_EQ(sink.summary().work_done_size(), 1);
  EXPECT_EQ(sink.summary().work_done(0).unit(), v1::WORK_UNIT_STEP);
  EXPECT_EQ(sink.summary().work_done(0).count(), 2);
}

// Sequence numbers count on each thread alone.
TEST(KinetoImporterTest, ASequenceNumberOfTwoThreadsLinksNothing) {
  const std::vector<std::string> events = {
      KinetoEvent("cpu_op", "aten::mul", "10", "9", "\"Sequence number\": 5, \"Fwd thread id\": 0"),
      KinetoEvent("cpu_op", "aten::add", "11", "7", "\"Sequence number\": 5, \"Fwd thread id\": 0", "12"),
      KinetoEvent("cpu_op", "MulBackward0", "30", "9", "\"Sequence number\": 5, \"Fwd thread id\": 1", "13")};
  KeepingSink sink;
  ASSERT_TRUE(ImportText(KinetoFile(events), sink).ok());
  EXPECT_FALSE(sink.Find("MulBackward0").has_forward_id());
}

TEST(KinetoImporterTest, CollectivesSayWhatTheyMove) {
  const std::string arguments =
      R"("Collective name": "allreduce", "In msg nelems": 2049000, "Out msg nelems": 2049000, "dtype": "Float", )"
      R"("In split size": "[]", "Out split size": "[3, 4]", "Process Group Name": "0", "Process Group Ranks": "[0, 1]")";
  KeepingSink sink;
  ASSERT_TRUE(ImportText(KinetoFile({KinetoEvent("cpu_op", "record_param_comms", "1", "2", arguments),
                                     KinetoEvent("cpu_op", "waits", "5", "2", R"("Collective name": "wait")")},
                                    R"("distributedInfo": {"backend": "nccl", "rank": 1, "world_size": 2},)"),
                         sink)
                  .ok());
  const v1::OpSignature signature = sink.Find("record_param_comms").signature();
  EXPECT_EQ(signature.kind(), v1::OPERATOR_KIND_COLLECTIVE);
  EXPECT_EQ(signature.communication().type(), v1::Communication::TYPE_ALL_REDUCE);
  EXPECT_EQ(signature.communication().input_elements(), 2049000);
  EXPECT_EQ(signature.communication().dtype(), v1::DATA_TYPE_FLOAT32);
  EXPECT_THAT(signature.communication().output_split_elements(), ElementsAre(3, 4));
  ASSERT_EQ(sink.header().process_groups_size(), 1);
  EXPECT_THAT(sink.header().process_groups(0).ranks(), ElementsAre(0, 1));
  EXPECT_EQ(sink.header().rank(), 1);
  EXPECT_EQ(sink.header().world_size(), 2);
  EXPECT_EQ(sink.Find("waits").signature().kind(), v1::OPERATOR_KIND_HOST_OP);
}

TEST(KinetoImporterTest, DamageIsCountedAndTheRestIsTaken) {
  const std::vector<std::string> events = {
      KinetoEvent("cpu_op", "good", "1", "2"),
      KinetoEvent("cpu_op", "a \"quote\" of its own", "3", "2"),
      KinetoEvent("cpu_op", "no time", "null", "2"),
      KinetoEvent("cpu_op", std::string("control \x01 byte"), "5", "2"),
      KinetoEvent("cpu_op", "huge", "7", "2", "\"External id\": 99999999999999999999999"),
      KinetoEvent("cpu_op", "deep", "9", "2", absl::StrCat("\"Input Dims\": ", std::string(1'000'000, '['))),
      KinetoEvent("new_category", "x", "11", "2"),
      KinetoEvent("cpu_op", "last", "13", "2")};
  KeepingSink sink;
  const auto report = ImportText(KinetoFile(events), sink);
  ASSERT_TRUE(report.ok()) << report.status();
  std::vector<std::string> names;
  for (const v1::Operator& op : sink.operators()) names.push_back(op.signature().name());
  EXPECT_THAT(names, ElementsAre("good", "control   byte", "huge", "last"));
  EXPECT_THAT(report->missing, UnorderedElementsAre(Pair("operators_without_shapes", 4), Pair("damaged_events", 2),
                                                    Pair("damaged_pieces", 1), Pair("texts_mended", 2),
                                                    Pair("category_new_category", 1)));
  ASSERT_EQ(report->problems.size(), 2);
  EXPECT_THAT(report->problems[0], HasSubstr("byte "));
  EXPECT_EQ(sink.summary().completeness().other_size(), 4);
}

// A file that was made up can have as many as events.
TEST(KinetoImporterTest, FewCategoriesAreToldApart) {
  std::vector<std::string> events = {KinetoEvent("cpu_op", "x", "1", "1")};
  for (int i = 0; i < 100; ++i) events.push_back(KinetoEvent(absl::StrCat(std::string(500, 'c'), i), "x", "1", "1"));
  for (int i = 0; i < 100; ++i) events.push_back(KinetoEvent(absl::StrCat("c", i), "x", "1", "1"));
  KeepingSink sink;
  const auto report = ImportText(KinetoFile(events), sink);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_LT(report->missing.size(), 40);
  uint64_t all = 0;
  for (const auto& [name, count] : report->missing) all += name.rfind("category_", 0) == 0 ? count : 0;
  EXPECT_EQ(all, 200);
}

TEST(KinetoImporterTest, WhatAFileHoldsBeforeItWasCutOffIsTaken) {
  std::string text = KinetoFile(Chain("2"));
  text.resize(text.size() - 40);
  KeepingSink sink;
  const auto report = ImportText(text, sink);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(sink.operators().size(), 2);
  EXPECT_EQ(report->missing.at("file_cut_off"), 1);
  ASSERT_EQ(report->problems.size(), 1);
  EXPECT_THAT(report->problems[0], HasSubstr("it was cut off"));
}

TEST(KinetoImporterTest, AFileThatIsCutOffAnywhereSaysSo) {
  const std::string text = KinetoFile(Chain("2"));
  const size_t whole = text.rfind('}') + 1;
  for (size_t size = 0; size < whole; ++size) {
    KeepingSink sink;
    const auto report = ImportText(text.substr(0, size), sink);
    if (report.ok()) {
      EXPECT_EQ(report->missing.count("file_cut_off"), 1) << size;
      EXPECT_EQ(report->problems.size(), 1) << size;
    } else {
      // Nothing but its beginning is there.
      EXPECT_EQ(report.status().code(), absl::StatusCode::kInvalidArgument) << size;
      EXPECT_THAT(sink.operators(), IsEmpty()) << size;
    }
  }
}

TEST(KinetoImporterTest, OtherFilesAreRefused) {
  KeepingSink sink;
  for (const char* text : {"", "   ", "trace", "{}", "[]", R"({"traceEvents": [{"ph": "M", "name": "x"}]})"}) {
    const auto report = ImportText(text, sink);
    EXPECT_EQ(report.status().code(), absl::StatusCode::kInvalidArgument) << text << ": " << report.status();
  }
  EXPECT_THAT(sink.operators(), IsEmpty());
}

TEST(KinetoImporterTest, TheUserKnowsBetter) {
  ImportOptions options;
  options.phase = v1::PHASE_DECODE;
  options.silicon_class = "amd-mi300x";
  options.work_done.emplace_back().set_count(2048);
  KeepingSink sink;
  ASSERT_TRUE(
      ImportText(KinetoFile(Chain("2"), R"("deviceProperties": [{"id": 0, "name": ""}],)"), sink, options).ok());
  EXPECT_EQ(sink.header().phase(), v1::PHASE_DECODE);
  EXPECT_EQ(sink.header().devices(0).silicon_class(), "amd-mi300x");
  EXPECT_EQ(sink.header().devices(0).asserted_by(), "user");
  ASSERT_EQ(sink.summary().work_done_size(), 1);
  EXPECT_EQ(sink.summary().work_done(0).count(), 2048);
}

// Else it would lie there until it expires.
TEST(KinetoImporterTest, WhatIsRefusedAtItsEndIsGivenUp) {
  KeepingSink sink;
  sink.RefuseTheEnd(absl::InvalidArgumentError("no"));
  EXPECT_EQ(ImportText(KinetoFile(Chain("2")), sink).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(sink.aborted());
}

TEST(KinetoImporterTest, AStoppedImportEndsWithCancelled) {
  std::vector<std::string> events;
  for (int i = 0; i < 5000; ++i) events.push_back(KinetoEvent("cpu_op", "x", absl::StrCat(i), "1"));
  ImportOptions options;
  options.progress = [](absl::string_view doing, uint64_t) { return doing == "reading"; };
  KeepingSink sink;
  EXPECT_EQ(ImportText(KinetoFile(events), sink, options).status().code(), absl::StatusCode::kCancelled);
  EXPECT_TRUE(sink.aborted());
}

// A program of an MTIA, which a thread of a pool runs for thread 12.
std::vector<std::string> MtiaProgram(absl::string_view executor) {
  return {KinetoEvent("user_annotation", "outer", "100", "100", "", "12"),
          KinetoEvent("user_annotation", "forward", "110", "50", "", "12"),
          KinetoEvent("user_annotation", "over", "112", "1", "", "12"),
          KinetoEvent("user_annotation", "of another thread", "110", "50", "", "13"),
          KinetoEvent("mtia_runtime", executor, "115", "40", "", "20"),
          KinetoEvent("mtia_runtime", "runFunction", "120", "5", R"("correlation": 7)", "20"),
          KinetoEvent("mtia_ccp_events", "merge", "130", "20", R"("correlation": 7, "device": 0, "stream": 3)"),
          KinetoEvent("mtia_ccp_events", "dma_request", "131", "2",
                      R"("correlation": 7, "device": 0, "stream": 4, "size": 512)"),
          KinetoEvent("mtia_ccp_events", "event_wait", "100", "30", R"("correlation": 7, "device": 0, "stream": 3)")};
}

TEST(KinetoImporterTest, WorkOfAnMtiaIsLinkedToTheThreadThatItIsDoneFor) {
  KeepingSink sink;
  const auto report = ImportText(KinetoFile(MtiaProgram("predictor_executor::run gif_thread_id:12")), sink);
  ASSERT_TRUE(report.ok()) << report.status();
  const v1::Operator merge = sink.Find("merge");
  EXPECT_EQ(merge.launcher_id(), sink.Find("forward").id());
  EXPECT_EQ(merge.link_method(), v1::LINK_METHOD_CONTAINMENT);
  EXPECT_EQ(sink.Find("dma_request").signature().kind(), v1::OPERATOR_KIND_MEMCPY);
  EXPECT_EQ(sink.Find("dma_request").signature().written_bytes().value(), 512);
  EXPECT_THAT(report->linked, ElementsAre(Pair("by_containment", 2)));
  // Waiting is no work.
  EXPECT_EQ(sink.Find("event_wait").id(), 0);
  EXPECT_EQ(report->times.device_work_ps, 22'000'000);
  EXPECT_THAT(report->left_out, UnorderedElementsAre(Pair("device_synchronizations", 1), Pair("runtime_calls", 2)));
}

TEST(KinetoImporterTest, WorkOfAnMtiaForNoThreadIsNotLinked) {
  for (const char* executor : {"predictor_executor::run gif_thread_id:99", "predictor_executor::run gif_thread_id:x",
                               "predictor_executor::run"}) {
    KeepingSink sink;
    const auto report = ImportText(KinetoFile(MtiaProgram(executor)), sink);
    ASSERT_TRUE(report.ok()) << report.status();
    EXPECT_FALSE(sink.Find("merge").has_launcher_id()) << executor;
    EXPECT_EQ(report->missing.at("device_work_not_linked"), 2) << executor;
  }
}

}  // namespace
}  // namespace sandglass::collectors::kineto
