// Real ExecutionTraces of other people's runs, alone and joined with their Kineto files. Skipped where they are not at
// hand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "analyzer/ops/op_class.h"
#include "analyzer/ops/work.h"
#include "analyzer/trace/trace_protos.h"
#include "collectors/importers/format/byte_source.h"
#include "collectors/importers/format/keeping_sink.h"
#include "collectors/importers/formats.h"
#include "tests/imports/archive.h"
#include "tests/imports/shared_traces.h"

namespace sandglass::imports {
namespace {

using ::sandglass::collectors::ImportReport;
using ::sandglass::collectors::KeepingSink;

// A file's path, where it is a member of an archive that of a copy; `member` is the end of its name.
std::string PathOf(const std::string& file, const std::string& member) {
  const std::string path = absl::StrCat(Traces(), "/", file);
  if (member.empty()) return path;
  for (const ArchiveMember& found : ReadArchive(path)) {
    if (!absl::EndsWith(found.name, member) && !absl::StrContains(found.name, member)) continue;
    const std::string copy =
        absl::StrCat(::testing::TempDir(), "/", std::filesystem::path(found.name).filename().string());
    std::ofstream(copy) << found.content;
    return copy;
  }
  return "";
}

absl::StatusOr<ImportReport> ImportPath(const std::string& path, KeepingSink& sink, const std::string& nodes = "") {
  collectors::ImportOptions options;
  options.execution_trace = nodes;
  return ImportFile(path, sink, options);
}

// Of the analyzer: how many of the operators that do work have work that it can state.
double KnownShare(const KeepingSink& sink) {
  trace::GroupSizes groups;
  for (const v1::ProcessGroup& group : sink.header().process_groups()) groups.push_back(group.ranks_size());
  uint64_t working = 0;
  uint64_t known = 0;
  for (const v1::Operator& op : sink.operators()) {
    const trace::Signature signature = trace::SignatureFromProto(op.signature(), groups);
    if (ops::Classify(signature).role != ops::Role::kWork) continue;
    ++working;
    known += ops::WorkOf(signature).ok() ? 1 : 0;
  }
  return working == 0 ? 0 : static_cast<double>(known) / static_cast<double>(working);
}

struct File {
  const char* path;
  // In an archive.
  const char* member;
  const char* generation;
  // As the files' manifest counts them.
  uint64_t nodes;
  uint64_t collectives;
  v1::Phase phase;
};

class ExecutionTraceTest : public ::testing::TestWithParam<File> {};

TEST_P(ExecutionTraceTest, IsTakenWhole) {
  SKIP_WITHOUT_TRACES();
  const File& file = GetParam();
  KeepingSink sink;
  const auto report = ImportPath(PathOf(file.path, file.member), sink);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(sink.header().source_format(), "pytorch-execution-trace");
  EXPECT_EQ(sink.header().source_generation(), file.generation);
  EXPECT_EQ(sink.header().phase(), file.phase);
  EXPECT_EQ(sink.operators().size() + At(report->left_out, "process_and_thread_nodes"), file.nodes);
  EXPECT_EQ(At(report->imported, "collectives"), file.collectives);
  EXPECT_THAT(report->problems, ::testing::IsEmpty());
  // What the schema does not have, and nothing else, is missing.
  EXPECT_EQ(At(report->missing, "operators_without_times"), sink.operators().size());
  const bool has_groups = file.collectives == 0 || absl::string_view(file.generation) != "1.0.1";
  EXPECT_EQ(At(report->missing, "collectives_without_group"), has_groups ? 0 : file.collectives);
  EXPECT_EQ(report->missing.size(), has_groups ? 1 : 2) << ::testing::PrintToString(report->missing);
  EXPECT_GE(KnownShare(sink), has_groups ? 1 : 0.98);
}

TEST_P(ExecutionTraceTest, DependenciesAreOfEarlierOperators) {
  SKIP_WITHOUT_TRACES();
  KeepingSink sink;
  ASSERT_TRUE(ImportPath(PathOf(GetParam().path, GetParam().member), sink).ok());
  uint64_t reading = 0;
  uint64_t with_sources = 0;
  for (const v1::Operator& op : sink.operators()) {
    EXPECT_LT(op.parent_id(), op.id());
    EXPECT_LT(op.forward_id(), op.id());
    for (const uint64_t source : op.data_dep_ids()) EXPECT_LT(source, op.id());
    if (op.signature().inputs_size() == 0) continue;
    ++reading;
    with_sources += op.data_dep_ids().empty() ? 0 : 1;
  }
  // What has no source reads parameters, or what was there before the recording began.
  EXPECT_GT(with_sources, reading / 4);
}

INSTANTIATE_TEST_SUITE_P(
    Files, ExecutionTraceTest,
    ::testing::Values(
        File{"HolisticTraceAnalysis/execution_trace/benchmark_simple_add_et.json.gz", "", "1.0.1", 38, 0,
             v1::PHASE_INFER},
        File{"param/linear_et.json.gz", "", "1.0.1", 931, 0, v1::PHASE_TRAIN},
        File{"param/dlrm_pytorch_et.tar.gz", "dlrm_eg_0.json", "1.0.1", 1675, 8, v1::PHASE_TRAIN},
        File{"param/dlrm_pytorch_et.tar.gz", "dlrm_eg_7.json", "1.0.1", 1675, 8, v1::PHASE_TRAIN},
        File{"chakra/1.0.2-chakra.0.0.4.tgz", "1.0.2-chakra.0.0.4.json", "1.0.2-chakra.0.0.4", 263, 10,
             v1::PHASE_INFER},
        File{"param/1.0.3-chakra.0.0.4/resnet_1gpu_et.json.gz", "", "1.0.3-chakra.0.0.4", 14391, 21, v1::PHASE_TRAIN},
        File{"param/resnet_et.json.gz", "", "1.1.0-chakra.0.0.4", 14392, 21, v1::PHASE_TRAIN},
        File{"param/hf_GPT2_et.json.tar.gz", "hf_GPT2_et.json", "1.1.0-chakra.0.0.4", 27156, 0, v1::PHASE_TRAIN}),
    [](const auto& info) {
      const std::string name = absl::StrCat(info.param.path, info.param.member);
      return absl::StrReplaceAll(name, {{"/", "_"}, {"-", "_"}, {".", "_"}});
    });

TEST(ExecutionTraceArchiveTest, AllMembersAreTaken) {
  SKIP_WITHOUT_TRACES();
  uint64_t nodes = 0;
  for (int rank = 0; rank < 8; ++rank) {
    KeepingSink sink;
    const auto report =
        ImportPath(PathOf("param/dlrm_pytorch_et.tar.gz", absl::StrCat("dlrm_eg_", rank, ".json")), sink);
    ASSERT_TRUE(report.ok()) << report.status();
    nodes += sink.operators().size() + At(report->left_out, "process_and_thread_nodes");
  }
  // As the files' manifest counts them.
  EXPECT_EQ(nodes, 13400);
}

TEST(ExecutionTraceArchiveTest, AnArchiveItselfIsToBeUnpacked) {
  SKIP_WITHOUT_TRACES();
  KeepingSink sink;
  const absl::Status status = ImportPath(PathOf("param/hf_GPT2_et.json.tar.gz", ""), sink).status();
  EXPECT_THAT(std::string(status.message()), ::testing::HasSubstr(": a tar archive: unpack it"));
}

struct Pair {
  const char* kineto;
  const char* nodes;
  const char* way;
  uint64_t joined;
};

class JoinTest : public ::testing::TestWithParam<Pair> {};

TEST_P(JoinTest, OperatorsHaveTimesAndResults) {
  SKIP_WITHOUT_TRACES();
  const Pair& pair = GetParam();
  KeepingSink sink;
  const auto report = ImportPath(PathOf(pair.kineto, ""), sink, PathOf(pair.nodes, ""));
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(At(report->imported, pair.way), pair.joined);
  EXPECT_EQ(At(report->missing, "joined_pairs_that_disagree"), 0);
  EXPECT_EQ(At(report->missing, "execution_trace_nodes_not_joined"), 0);
  uint64_t with_results = 0;
  for (const v1::Operator& op : sink.operators()) {
    if (!op.signature().outputs_recorded()) continue;
    ++with_results;
    EXPECT_TRUE(op.has_duration_ps());
  }
  EXPECT_GT(with_results, pair.joined / 2);
}

INSTANTIATE_TEST_SUITE_P(
    Files, JoinTest,
    ::testing::Values(Pair{"HolisticTraceAnalysis/execution_trace/benchmark_simple_add_trace.json.gz",
                           "HolisticTraceAnalysis/execution_trace/benchmark_simple_add_et.json.gz",
                           "joined_by_external_id", 36},
                      Pair{"param/linear_kineto.json.gz", "param/linear_et.json.gz", "joined_by_order", 928}),
    [](const auto& info) { return std::string(info.param.way); });

// The files of DLRM are of steps that follow each other, those of ResNet of two processes.
TEST(NoJoinTest, FilesThatAreNotOfTheSameStepsAreNotJoined) {
  SKIP_WITHOUT_TRACES();
  KeepingSink sink;
  const absl::Status dlrm = ImportPath(PathOf("param/dlrm_kineto.tar.gz", "worker0_"), sink,
                                       PathOf("param/dlrm_pytorch_et.tar.gz", "dlrm_eg_0.json"))
                                .status();
  EXPECT_THAT(std::string(dlrm.message()), ::testing::HasSubstr("not of one run, or not of the same steps"));
  const absl::Status resnet =
      ImportPath(PathOf("param/resnet_kineto.json.gz", ""), sink, PathOf("param/resnet_et.json.gz", "")).status();
  EXPECT_THAT(std::string(resnet.message()), ::testing::HasSubstr("not of one run, or not of the same steps"));
  EXPECT_THAT(sink.operators(), ::testing::IsEmpty());
}

}  // namespace
}  // namespace sandglass::imports
