// A trace exported as a Chakra file and imported again.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analyzer/analysis/store_fixture.h"
#include "analyzer/export/chakra.h"
#include "analyzer/ops/work.h"
#include "analyzer/replay/precision.h"
#include "analyzer/replay/work_list.h"
#include "analyzer/trace/trace_protos.h"
#include "collectors/importers/chakra/importer.h"
#include "collectors/importers/format/byte_source.h"
#include "collectors/importers/format/importer.h"
#include "collectors/importers/format/keeping_sink.h"
#include "proto/operator_columns.h"
#include "tests/imports/shared_traces.h"

namespace sandglass::imports {
namespace {

using ::testing::ElementsAre;

v1::OperatorColumns ColumnsOf(const std::vector<v1::Operator>& operators) {
  ColumnBuilder builder;
  for (const v1::Operator& op : operators) builder.Add(op);
  return builder.Take();
}

v1::TraceManifest ManifestOf(const std::vector<v1::Operator>& operators, const v1::TraceHeader& header) {
  v1::TraceManifest manifest;
  manifest.set_operators(operators.size());
  *manifest.mutable_header() = header;
  return manifest;
}

trace::Trace Decoded(const std::vector<v1::Operator>& operators, const v1::TraceHeader& header) {
  trace::TraceDecoder decoder(ManifestOf(operators, header), {});
  EXPECT_TRUE(decoder.Add(ColumnsOf(operators)).ok());
  return *std::move(decoder).Finish();
}

absl::StatusOr<chakra_export::ExportReport> ExportTo(const std::vector<v1::Operator>& operators,
                                                     const v1::TraceHeader& header, std::string& file) {
  v1::OperatorColumns columns = ColumnsOf(operators);
  chakra_export::ChakraExport exported(ManifestOf(operators, header),
                                       {columns.new_signatures().begin(), columns.new_signatures().end()});
  columns.set_first_signature(static_cast<uint32_t>(columns.new_signatures_size()));
  columns.clear_new_signatures();
  EXPECT_TRUE(exported.Add(std::move(columns)).ok());
  return std::move(exported).Write([&file](absl::string_view piece) {
    absl::StrAppend(&file, piece);
    return absl::OkStatus();
  });
}

std::string Export(const std::vector<v1::Operator>& operators, const v1::TraceHeader& header) {
  std::string file;
  const auto report = ExportTo(operators, header, file);
  EXPECT_TRUE(report.ok()) << report.status();
  return file;
}

collectors::KeepingSink ImportFrom(const std::string& file) {
  collectors::KeepingSink sink;
  collectors::ImportOptions options;
  options.name = "again";
  EXPECT_TRUE(collectors::chakra::Matches(file));
  const auto source = collectors::MemoryByteSource(file);
  const auto report = collectors::chakra::Import(*source, options, sink);
  EXPECT_TRUE(report.ok()) << report.status();
  if (report.ok()) {
    EXPECT_THAT(report->missing, ::testing::Not(::testing::Contains(::testing::Key("attributes_not_understood"))));
    EXPECT_EQ(report->missing.count("dependencies_on_absent_nodes"), 0);
  }
  return sink;
}

std::vector<v1::Operator> Import(const std::string& file) { return ImportFrom(file).operators(); }

// What both must agree on, in words.
std::string Shown(const v1::Operator& op) {
  const v1::OpSignature& signature = op.signature();
  return absl::StrCat(v1::OperatorKind_Name(signature.kind()), " ", signature.name(), " after ",
                      absl::StrJoin(op.data_dep_ids(), ","), " / ", absl::StrJoin(op.control_dep_ids(), ","), " us ",
                      op.duration_ps() / 1000000, " comm ", signature.communication().type(), " to ",
                      signature.communication().peer_rank());
}

TEST(ChakraRoundTripTest, AnOperatorTraceKeepsItsNodesAndTheirWork) {
  const analysis::FixtureTrace given = analysis::TinyTraining("tiny", 20);
  const std::vector<v1::Operator> again = Import(Export(given.operators, given.header));
  ASSERT_EQ(again.size(), given.operators.size());
  double flop = 0;
  for (size_t i = 0; i < again.size(); ++i) {
    const v1::Operator& op = given.operators[i];
    EXPECT_EQ(again[i].id(), op.id());
    EXPECT_EQ(again[i].signature().name(), op.signature().name());
    EXPECT_EQ(again[i].signature().kind(), op.signature().kind());
    EXPECT_EQ(again[i].start_ns() / 1000, op.start_ns() / 1000);
    const auto work = ops::WorkOf(trace::SignatureFromProto(op.signature()));
    ASSERT_TRUE(work.ok()) << work.status();
    EXPECT_EQ(again[i].signature().flops_flop().value(), (work->matrix + work->vector).value());
    EXPECT_EQ(again[i].signature().read_bytes().value(), (work->read + work->written).value());
    flop += again[i].signature().flops_flop().value();
    if (i > 0) {
      EXPECT_THAT(again[i].data_dep_ids(), ElementsAre(op.id() - 1));
    }
  }
  EXPECT_GT(flop, 20 * 2.0 * 512 * 1024 * 1024);
}

TEST(ChakraRoundTripTest, KindsAndDependenciesAreKept) {
  std::vector<v1::Operator> given;
  const auto add = [&given](v1::OperatorKind kind, const std::string& name) -> v1::OpSignature& {
    v1::Operator& op = given.emplace_back();
    op.set_id(given.size());
    op.set_duration_ps(static_cast<int64_t>(given.size()) * 1000000);
    if (given.size() > 1) op.add_data_dep_ids(given.size() - 1);
    if (given.size() > 2) op.add_control_dep_ids(1);
    op.mutable_signature()->set_kind(kind);
    op.mutable_signature()->set_name(name);
    return *op.mutable_signature();
  };
  add(v1::OPERATOR_KIND_HOST_OP, "aten::linear");
  add(v1::OPERATOR_KIND_DEVICE_KERNEL, "gemm").mutable_flops_flop()->set_value(12);
  add(v1::OPERATOR_KIND_MEMCPY, "copy");
  add(v1::OPERATOR_KIND_MEMORY, "fill");
  add(v1::OPERATOR_KIND_MD_PHASE, "Force");
  v1::OpSignature& reduce = add(v1::OPERATOR_KIND_COLLECTIVE, "reduce");
  reduce.mutable_communication()->set_type(v1::Communication::TYPE_REDUCE_SCATTER);
  v1::OpSignature& send = add(v1::OPERATOR_KIND_POINT_TO_POINT, "send");
  send.mutable_communication()->set_type(v1::Communication::TYPE_SEND);
  send.mutable_communication()->set_peer_rank(3);
  v1::OpSignature& receive = add(v1::OPERATOR_KIND_POINT_TO_POINT, "receive");
  receive.mutable_communication()->set_type(v1::Communication::TYPE_RECEIVE);
  receive.mutable_communication()->set_peer_rank(2);
  // Forward, too.
  given[0].add_data_dep_ids(4);
  given[1].clear_data_dep_ids();
  const std::string file = Export(given, {});
  const std::vector<v1::Operator> again = Import(file);
  ASSERT_EQ(again.size(), given.size());
  for (size_t i = 0; i < given.size(); ++i) EXPECT_EQ(Shown(again[i]), Shown(given[i]));
  // And once more: nothing changes any further.
  EXPECT_EQ(Export(again, {}), file);
}

// Starts rounded down to whole microseconds, durations up, as the export has them: of the host's operators the time
// that is their own. Annotations last as long as what they group.
void ExpectSameTimes(const collectors::KeepingSink& again, const collectors::KeepingSink& given) {
  EXPECT_EQ(again.header().run_mode(), given.header().run_mode());
  EXPECT_EQ(again.header().clock_base(), given.header().clock_base());
  size_t starts = 0;
  size_t durations = 0;
  for (size_t i = 0; i < given.operators().size(); ++i) {
    const v1::Operator& op = given.operators()[i];
    const v1::Operator& copy = again.operators()[i];
    ASSERT_EQ(copy.has_start_ns(), op.has_start_ns()) << op.ShortDebugString();
    EXPECT_EQ(copy.start_ns(), op.start_ns() / 1000 * 1000);
    starts += op.has_start_ns() ? 1 : 0;
    if (op.signature().kind() == v1::OPERATOR_KIND_ANNOTATION) continue;
    const int64_t ps = !op.has_device() && op.has_self_ps() ? op.self_ps() : op.duration_ps();
    EXPECT_EQ(copy.duration_ps(), (ps + 999999) / 1000000 * 1000000) << op.ShortDebugString();
    durations += copy.duration_ps() > 0 ? 1 : 0;
  }
  EXPECT_GT(starts, 1000);
  EXPECT_GT(durations, 1000);
}

// A real trace with kernels: all of the analyzer's work stands at them, and nobody waits for a later one.
TEST(ChakraRoundTripTest, AMeasuredTraceKeepsItsWork) {
  SKIP_WITHOUT_TRACES();
  collectors::KeepingSink sink;
  ASSERT_TRUE(ImportShared("TraceLens/h100/Qwen_Qwen1.5-0.5B-Chat__1016005.json.gz", sink).ok());
  std::string file;
  const auto report = ExportTo(sink.operators(), sink.header(), file);
  ASSERT_TRUE(report.ok()) << report.status();
  const collectors::KeepingSink imported = ImportFrom(file);
  const std::vector<v1::Operator>& again = imported.operators();
  ASSERT_EQ(again.size(), sink.operators().size());
  ExpectSameTimes(imported, sink);
  const trace::Trace trace = Decoded(sink.operators(), sink.header());
  const replay::WorkList list = replay::ListWork(trace, replay::Precision::kSource);
  double flop = 0;
  for (const uint32_t index : list.costed) {
    const ops::Work& work = *list.work[trace.operators[index].signature];
    flop += (work.matrix + work.vector).value();
  }
  double exported = 0;
  double on_device = 0;
  for (size_t i = 0; i < again.size(); ++i) {
    const v1::Operator& op = again[i];
    for (const uint64_t id : op.data_dep_ids()) EXPECT_LT(id, op.id());
    EXPECT_EQ(op.signature().name(), sink.operators()[i].signature().name());
    EXPECT_EQ(op.signature().kind(), sink.operators()[i].signature().kind());
    exported += op.signature().flops_flop().value();
    if (op.has_device()) on_device += op.signature().flops_flop().value();
  }
  // Each node's is a whole number.
  EXPECT_NEAR(exported, flop, static_cast<double>(again.size()));
  EXPECT_GT(on_device, 0.999 * flop);
  EXPECT_GT(flop, 1e9);
}

}  // namespace
}  // namespace sandglass::imports
