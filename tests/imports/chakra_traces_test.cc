// Chakra files that other programs wrote. Skipped where they are not at hand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "analyzer/ops/op_class.h"
#include "analyzer/trace/trace_protos.h"
#include "collectors/importers/format/keeping_sink.h"
#include "collectors/importers/formats.h"
#include "proto/operator_columns.h"
#include "proto/trace_validator.h"
#include "tests/imports/archive.h"
#include "tests/imports/shared_traces.h"

namespace sandglass::imports {
namespace {

using ::sandglass::collectors::KeepingSink;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

// The one member of an archive, as a file of that name.
std::string Unpacked(const std::string& archive, const std::string& name) {
  const std::vector<ArchiveMember> members = ReadArchive(archive);
  EXPECT_EQ(members.size(), 1) << archive;
  const std::string path = absl::StrCat(::testing::TempDir(), "/", name);
  std::ofstream(path, std::ios::binary) << (members.empty() ? "" : members.front().content);
  return path;
}

void ExpectSound(const KeepingSink& sink) {
  EXPECT_TRUE(ValidateHeader(sink.header()).ok());
  EXPECT_TRUE(ValidateSummary(sink.summary()).ok());
  const TraceLimits limits = TraceLimits::Of(sink.header());
  uint64_t last_id = 0;
  for (const v1::Operator& op : sink.operators()) {
    ASSERT_TRUE(ValidateSignature(op.signature(), limits).ok());
    const auto tensors = static_cast<uint32_t>(op.signature().inputs_size() + op.signature().outputs_size());
    const absl::Status sound = ValidateRow(RowOf(op, 0), last_id, tensors, limits);
    ASSERT_TRUE(sound.ok()) << sound;
    last_id = op.id();
  }
}

TEST(ChakraTracesTest, AstraSimsAllReduceIsOneCollective) {
  SKIP_WITHOUT_TRACES();
  for (const uint32_t rank : {0, 1}) {
    KeepingSink sink;
    const auto report = ImportFile(
        absl::StrCat(Traces(), "/astra-sim/examples/workload/microbenchmarks/all_reduce/8npus_1MB/all_reduce.", rank,
                     ".et"),
        sink);
    ASSERT_TRUE(report.ok()) << report.status();
    ASSERT_EQ(sink.operators().size(), 1);
    EXPECT_THAT(report->imported, ElementsAre(Pair("collectives", 1)));
    EXPECT_THAT(report->missing, IsEmpty());
    EXPECT_EQ(sink.header().rank(), rank);
    EXPECT_EQ(sink.operators()[0].signature().read_bytes().value(), 1 << 20);
    ExpectSound(sink);
  }
}

TEST(ChakraTracesTest, ArchivesAreToBeUnpacked) {
  SKIP_WITHOUT_TRACES();
  for (const char* archive : {"feeder_tests_trace.tar.gz", "1.0.2-chakra.0.0.4.tgz"}) {
    const absl::Status status = collectors::DetectFormat(absl::StrCat(Traces(), "/chakra/", archive)).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(status.message()), HasSubstr("a tar archive: unpack it (tar xf "));
  }
}

// Counted by hand from the file's protobuf, as nodes by type, attributes and references.
TEST(ChakraTracesTest, PyTorchsTrainingStepIsTakenWhole) {
  SKIP_WITHOUT_TRACES();
  KeepingSink sink;
  const auto report = ImportFile(Unpacked(Traces() + "/chakra/feeder_tests_trace.tar.gz", "resnet.0.et"), sink);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(sink.operators().size(), 3664);
  EXPECT_THAT(report->imported, ElementsAre(Pair("collectives", 7), Pair("copies", 320), Pair("kernels", 889),
                                            Pair("later_parts_of_operators", 1216), Pair("operators", 1232)));
  EXPECT_THAT(report->missing,
              ElementsAre(Pair("control_dependencies_of_another_numbering", 3664), Pair("device_work_not_linked", 75),
                          Pair("durations_of_less_than_1_us_or_unknown", 157), Pair("links_that_disagree", 25),
                          Pair("start_times", 1)));
  EXPECT_THAT(report->linked, ElementsAre(Pair("by_dependency", 1134)));
  EXPECT_THAT(report->problems, IsEmpty());
  EXPECT_EQ(sink.header().source_generation(), "schema 1.0.1");
  EXPECT_EQ(sink.header().phase(), v1::PHASE_TRAIN);
  EXPECT_EQ(sink.header().rank(), 0);
  size_t dependencies = 0;
  int unknown = 0;
  int64_t all_reduced_bytes = 0;
  for (const v1::Operator& op : sink.operators()) {
    dependencies += static_cast<size_t>(op.data_dep_ids_size());
    const v1::OpSignature& signature = op.signature();
    const bool is_operator = signature.kind() == v1::OPERATOR_KIND_HOST_OP;
    const bool is_known = ops::Classify(trace::SignatureFromProto(signature)).role != ops::Role::kUnknown;
    if (is_operator && !is_known) ++unknown;
    if (signature.communication().type() != v1::Communication::TYPE_ALL_REDUCE) continue;
    EXPECT_EQ(signature.communication().dtype(), v1::DATA_TYPE_FLOAT32);
    EXPECT_EQ(static_cast<double>(4 * signature.communication().input_elements()), signature.read_bytes().value());
    all_reduced_bytes += 4 * signature.communication().input_elements();
  }
  EXPECT_EQ(dependencies, 181878);
  // The gradients of ResNet-50's 25,557,032 parameters.
  EXPECT_EQ(all_reduced_bytes, 4 * 25557032);
  // Calls of collectives, whose transfers are nodes of their own, and cuDNN's batch normalization backward.
  EXPECT_LE(unknown, 64);
  ExpectSound(sink);
}

}  // namespace
}  // namespace sandglass::imports
