// The real `sandglass` binary over a real store and a real server.
#include <signal.h>
#include <sys/stat.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analyzer/analysis/store_fixture.h"
#include "google/protobuf/util/json_util.h"
#include "grpcpp/grpcpp.h"
#include "gtest/gtest.h"
#include "proto/ingest_service.grpc.pb.h"
#include "proto/report.pb.h"
#include "rocksdb/db.h"
#include "storage/ingest.h"
#include "storage/patient_call.h"
#include "storage/trace_store.h"
#include "tests/end_to_end/process.h"

namespace sandglass::testing {
namespace {

using absl::StrContains;

constexpr const char* kSandglass = "analyzer/serve/sandglass";

Outcome Sandglass(std::vector<std::string> arguments, const Environment& environment = {}) {
  arguments.insert(arguments.begin(), kSandglass);
  return RunProgram(arguments, environment);
}

// One line on standard error that names what is wrong, nothing on standard output, exit code 1.
void ExpectError(const Outcome& outcome, const std::string& part) {
  EXPECT_EQ(outcome.code, 1) << outcome.err;
  EXPECT_EQ(outcome.out, "");
  EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
  EXPECT_TRUE(absl::StartsWith(outcome.err, "sandglass: error: ")) << outcome.err;
  EXPECT_TRUE(StrContains(outcome.err, part)) << outcome.err;
}

// A folder with a store of three sealed traces and one that is still open.
std::string FilledStore() {
  const std::string folder = NewFolder();
  auto store = storage::TraceStore::Open(folder, {});
  EXPECT_TRUE(store.ok()) << store.status();
  storage::Ingest ingest(**store);
  EXPECT_TRUE(analysis::Submit(ingest, analysis::TinyTraining("tiny", 20)).ok());
  analysis::FixtureTrace gaps = analysis::TinyTraining("gaps", 2);
  gaps.summary.mutable_completeness()->set_dropped_operators(7);
  EXPECT_TRUE(analysis::Submit(ingest, gaps).ok());
  analysis::FixtureTrace odd = analysis::TinyTraining("odd", 2);
  odd.operators.back().mutable_signature()->set_name(
      "custom::unheard_of\xc2\x9b"
      "2J");
  const auto submitted = analysis::Submit(ingest, odd);
  EXPECT_TRUE(submitted.ok()) << submitted.status();
  EXPECT_TRUE(analysis::Append(ingest, analysis::TinyTraining("unsealed", 1), 10).ok());
  return folder;
}

class SandglassTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { store_ = new std::string(FilledStore()); }
  static void TearDownTestSuite() { delete store_; }

  static const std::string& store() { return *store_; }

  static std::string* store_;
};
std::string* SandglassTest::store_ = nullptr;

TEST_F(SandglassTest, BadInputIsOneClearError) {
  struct Case {
    std::vector<std::string> arguments;
    std::string part;
  };
  const Case cases[] = {
      {{"replay", "tinyy", "--store", store()}, "tiny"},
      {{"replay", "unsealed", "--store", store()}, "seal"},
      {{"replay", "tiny", "--store", store(), "--on", "H100-SXN"}, "nvidia-h100-sxm"},
      {{"replay", "tiny", "--store", store(), "--on", "H100-SXM,,MI300X"}, "empty name"},
      {{"replay", "tiny", "--store", store(), "--format", "xml"}, "--format"},
      {{"replay", "tiny", "--store", store(), "--precision", "fp7"}, "--precision"},
      {{"replay", "tiny", "--store", store(), "--pue", "0.5"}, "pue is 0.5"},
      {{"replay", "tiny", "--store", store(), "--utilization", "nan"}, "utilization is nan"},
      {{"replay", "tiny", "--store", store(), "--summary", "--format", "json"}, "--summary is text only"},
      {{"replay", "tiny", "--store", store(), "--server", "127.0.0.1:1"}, "exclude each other"},
      {{"replay", "tiny"}, "--store DIR or --server"},
      {{"replay", "--store", store()}, "TRACE"},
      {{"replay", "tiny", "--server", "127.0.0.1:1"}, "127.0.0.1:1 cannot be reached"},
      {{"traces", "ls", "--server", "no.such.host.invalid:80"}, "no.such.host.invalid:80 cannot be reached"},
      {{"traces", "ls", "--store", "/nonexistent/store"}, "/nonexistent/store"},
      {{"traces", "show", "absent", "--store", store()}, "absent"},
      {{"traces", "rm", "absent", "--store", store()}, "absent"},
      {{"traces", "export", "absent", "--format", "chakra", "--store", store()}, "absent"},
      {{"traces", "export", "tiny", "--store", store()}, "--format is required"},
      {{"traces", "export", "tiny", "--format", "onnx", "--store", store()}, "--format"},
      {{"traces", "export", "tiny", "--format", "chakra", "--output", "/nonexistent/x.0.et", "--store", store()},
       "/nonexistent/x.0.et: cannot be written: No such file"},
      {{"traces", "rm", "tiny", "--server", "127.0.0.1:1"}, "--store DIR"},
      {{"catalog", "show", "H100-SXN"}, "nvidia-h100-sxm"},
      {{"catalog", "validate", "/nonexistent/specs"}, "/nonexistent/specs"},
      {{"explain", "tiny", "H100-SXM", "--operator", "999999", "--store", store()}, "999999"},
      {{"serve", "--store", store(), "--listen", "nonsense"}, "--listen"},
      {{"serve"}, "--store DIR"},
      {{"frobnicate"}, "there is no command frobnicate: `"},
      {{"repaly", "tiny"}, "there is no command repaly (did you mean replay?)"},
      {{"traces", "lst"}, "there is no command lst (did you mean ls?)"},
      {{"replay", "tiny", "--precison", "bf16"}, "there is no option --precison (did you mean --precision?)"},
      {{}, "subcommand is required"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(absl::StrJoin(c.arguments, " "));
    ExpectError(Sandglass(c.arguments), c.part);
  }
  // Nothing was lost by all this.
  const Outcome listed = Sandglass({"traces", "ls", "--store", store()});
  EXPECT_EQ(listed.code, 0) << listed.err;
  for (const char* name : {"tiny", "gaps", "odd"}) EXPECT_TRUE(StrContains(listed.out, name)) << listed.out;
  EXPECT_FALSE(StrContains(listed.out, "unsealed")) << listed.out;
}

TEST_F(SandglassTest, StoreOfAnotherVersionIsRefused) {
  const std::string folder = FilledStore();
  {
    std::vector<std::string> names;
    ASSERT_TRUE(rocksdb::DB::ListColumnFamilies({}, folder, &names).ok());
    std::vector<rocksdb::ColumnFamilyDescriptor> families;
    for (const std::string& name : names) families.emplace_back(name, rocksdb::ColumnFamilyOptions());
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    rocksdb::DB* raw = nullptr;
    ASSERT_TRUE(rocksdb::DB::Open({}, folder, families, &handles, &raw).ok());
    const std::unique_ptr<rocksdb::DB> db(raw);
    const auto meta = std::find(names.begin(), names.end(), "meta") - names.begin();
    // storage/FORMAT.md: the version stands under 25 zero bytes.
    ASSERT_TRUE(db->Put({}, handles[meta], std::string(25, '\0'), "sandglass-store 2").ok());
    for (rocksdb::ColumnFamilyHandle* handle : handles) db->DestroyColumnFamilyHandle(handle);
  }
  ExpectError(Sandglass({"replay", "tiny", "--store", folder}), "has version 'sandglass-store 2'");
  ExpectError(Sandglass({"serve", "--store", folder}), "has version 'sandglass-store 2'");
}

TEST_F(SandglassTest, JsonHasEveryFigureOfEveryClassThatSupportsTheWork) {
  const Outcome outcome = Sandglass({"replay", "tiny", "--on", "all", "--format", "json", "--store", store()});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  v1::ReplayReport report;
  ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(outcome.out, &report).ok()) << outcome.out;
  EXPECT_TRUE(StrContains(outcome.out, "\"silicon_class\": \"nvidia-h100-sxm\""));
  ASSERT_GE(report.classes_size(), 11);
  int supported = 0;
  for (const v1::ClassReplay& row : report.classes()) {
    if (row.silicon_class() == "deshaw-anton3") {
      EXPECT_EQ(row.verdict(), v1::VERDICT_UNSUPPORTED);
    }
    if (row.verdict() != v1::VERDICT_SUPPORTED) continue;
    ++supported;
    for (const v1::Estimate& figure : {row.per_unit().seconds(), row.per_unit().joules(), row.per_unit().usd()}) {
      EXPECT_GT(figure.value(), 0) << row.silicon_class();
      EXPECT_LE(figure.low(), figure.value()) << row.silicon_class();
      EXPECT_GE(figure.high(), figure.value()) << row.silicon_class();
      EXPECT_NE(figure.provenance(), v1::ESTIMATE_PROVENANCE_UNSPECIFIED) << row.silicon_class();
    }
  }
  EXPECT_GE(supported, 10);
}

TEST_F(SandglassTest, SeveralTracesAreAnArrayInJson) {
  const Outcome outcome =
      Sandglass({"replay", "tiny", "gaps", "--on", "H100-SXM", "--format", "json", "--store", store()});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  v1::ReplayReport first;
  const size_t end = outcome.out.find("\n},\n{");
  ASSERT_NE(end, std::string::npos) << outcome.out;
  EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(outcome.out.substr(2, end), &first).ok());
  EXPECT_EQ(first.trace_name(), "tiny");
  EXPECT_TRUE(absl::EndsWith(outcome.out, "}\n]\n"));
}

TEST_F(SandglassTest, FormatsAndSummary) {
  for (const auto& [format, part] : std::vector<std::pair<std::string, std::string>>{
           {"text", "bound by"}, {"csv", "trace_id,trace_name"}, {"markdown", "| class |"}}) {
    const Outcome outcome = Sandglass({"replay", "tiny", "--format", format, "--store", store()});
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_TRUE(StrContains(outcome.out, part)) << outcome.out;
  }
  const Outcome summary = Sandglass({"replay", "tiny", "gaps", "--summary", "--store", store()});
  EXPECT_EQ(summary.code, 0) << summary.err;
  EXPECT_TRUE(StrContains(summary.out, "cheapest in joules")) << summary.out;
  const Outcome compared = Sandglass({"compare", "tiny", "H100-SXM", "MI300X", "--store", store()});
  EXPECT_TRUE(StrContains(compared.out, "ratio")) << compared.err;
  const Outcome explained = Sandglass({"explain", "tiny", "H100-SXM", "--slowest", "2", "--store", store()});
  EXPECT_TRUE(StrContains(explained.out, "aten::mm")) << explained.err;
}

TEST_F(SandglassTest, IncompleteIsExitCodeThree) {
  struct Case {
    std::vector<std::string> arguments;
    int code;
  };
  const Case cases[] = {
      {{"gaps"}, 0},
      {{"gaps", "--strict"}, 3},
      {{"tiny", "--strict"}, 0},
      {{"tiny", "--coverage-floor", "1"}, 0},
      // One of four operators is unheard of.
      {{"odd", "--coverage-floor", "0.7"}, 0},
      {{"odd", "--coverage-floor", "0.8"}, 3},
      {{"tiny", "odd", "--coverage-floor", "0.8"}, 3},
  };
  for (Case c : cases) {
    SCOPED_TRACE(absl::StrJoin(c.arguments, " "));
    c.arguments.insert(c.arguments.begin(), "replay");
    c.arguments.insert(c.arguments.end(), {"--on", "H100-SXM", "--store", store()});
    const Outcome outcome = Sandglass(c.arguments);
    EXPECT_EQ(outcome.code, c.code) << outcome.err;
    EXPECT_EQ(StrContains(outcome.err, "incomplete: "), c.code == 3) << outcome.err;
    // The report comes out all the same.
    EXPECT_TRUE(StrContains(outcome.out, "nvidia-h100-sxm"));
  }
}

TEST_F(SandglassTest, NamesCannotDriveTheTerminal) {
  const Outcome outcome = Sandglass({"traces", "ops", "odd", "--store", store()});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_TRUE(StrContains(outcome.out, "custom::unheard_of2J")) << outcome.out;
  EXPECT_FALSE(StrContains(outcome.out, "\xc2\x9b"));
}

TEST_F(SandglassTest, PathsAreWhereTheUserIs) {
  const size_t slash = store().rfind('/');
  const std::string folder = store().substr(0, slash);
  const std::string name = store().substr(slash + 1);
  const Environment here = {{"BUILD_WORKING_DIRECTORY", folder}};
  EXPECT_EQ(Sandglass({"traces", "ls", "--store", name}, here).code, 0);
  EXPECT_EQ(Sandglass({"traces", "ls", "--store", name}).code, 1);
  EXPECT_EQ(Sandglass({"traces", "ls"}, {{"SANDGLASS_STORE", store()}}).code, 0);
}

TEST_F(SandglassTest, RemovesATrace) {
  const std::string folder = FilledStore();
  EXPECT_EQ(Sandglass({"traces", "rm", "tiny", "--store", folder}).code, 0);
  ExpectError(Sandglass({"traces", "show", "tiny", "--store", folder}), "tiny");
  EXPECT_EQ(Sandglass({"traces", "show", "gaps", "--store", folder}).code, 0);
}

TEST_F(SandglassTest, ExportsATrace) {
  const Outcome shown = Sandglass({"traces", "export", "tiny", "--format", "chakra", "--store", store()});
  EXPECT_EQ(shown.code, 0) << shown.err;
  EXPECT_TRUE(StrContains(shown.err, "sandglass: 40 nodes; ")) << shown.err;
  EXPECT_TRUE(StrContains(shown.err, "39 order for dependencies")) << shown.err;
  const std::string path = NewFolder() + "/tiny.0.et";
  const Outcome written =
      Sandglass({"traces", "export", "tiny", "--format", "chakra", "--output", path, "--store", store()});
  EXPECT_EQ(written.code, 0) << written.err;
  EXPECT_EQ(written.out, "");
  std::ifstream file(path, std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  EXPECT_EQ(bytes, shown.out);
  EXPECT_TRUE(StrContains(bytes, "num_ops"));
  EXPECT_FALSE(std::filesystem::exists(path + ".unfinished"));
}

// What is no file stays what it is, and gets the bytes.
TEST_F(SandglassTest, ExportsIntoAPipe) {
  const std::string path = NewFolder() + "/pipe";
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  const std::string words =
      absl::StrCat("cat ", path, " | wc -c & ", kSandglass, " traces export tiny --format chakra --output ", path,
                   " --store ", store(), " && wait");
  const Outcome piped = RunProgram({"/bin/bash", "-c", words});
  EXPECT_EQ(piped.code, 0) << piped.err;
  const Outcome shown = Sandglass({"traces", "export", "tiny", "--format", "chakra", "--store", store()});
  EXPECT_EQ(piped.out, absl::StrCat(shown.out.size(), "\n"));
  EXPECT_TRUE(std::filesystem::is_fifo(path));
}

TEST_F(SandglassTest, CompletionOffersNamesOfTheStore) {
  const std::string store = FilledStore();
  EXPECT_EQ(RunProgram({kSandglass, "completion", "candidates", "--store", store, "replay", "tin"}).out,
            "tiny\n:files\n");
  EXPECT_EQ(RunProgram({kSandglass, "completion", "candidates", "--store", "/absent", "replay", "tin"}).out,
            ":files\n");
}

// A server of its own store, as a process.
class ServingTest : public ::testing::Test {
 protected:
  void SetUp() override {
    store_ = FilledStore();
    server_ = std::make_unique<Running>(
        std::vector<std::string>{kSandglass, "serve", "--store", store_, "--listen", "127.0.0.1:0"});
    constexpr absl::string_view kPrefix = "listening on ";
    ASSERT_TRUE(absl::StartsWith(server_->first_line(), kPrefix)) << server_->first_line();
    address_ = server_->first_line().substr(kPrefix.size());
  }

  std::string store_;
  std::unique_ptr<Running> server_;
  std::string address_;
};

TEST_F(ServingTest, AnswersAreThoseOfTheStore) {
  const std::vector<std::string> questions[] = {
      {"traces", "ls"},
      {"traces", "show", "tiny", "--format", "json"},
      {"traces", "ops", "tiny", "--limit", "7"},
      {"traces", "ops", "odd", "--format", "json"},
      {"traces", "export", "odd", "--format", "chakra"},
      {"replay", "tiny", "gaps", "--format", "json", "--precision", "bf16"},
      {"replay", "tiny", "--basis", "rented", "--strict"},
      {"replay", "gaps", "--strict"},
      {"replay", "absent"},
      {"compare", "tiny", "H100-SXM", "TPU v5e"},
      {"explain", "tiny", "MI300X"},
      {"explain", "tiny", "MI300Z"},
  };
  for (std::vector<std::string> question : questions) {
    SCOPED_TRACE(absl::StrJoin(question, " "));
    std::vector<std::string> to_server = question;
    to_server.insert(to_server.end(), {"--server", address_});
    question.insert(question.end(), {"--store", store_});
    const Outcome local = Sandglass(question);
    const Outcome remote = Sandglass(to_server);
    EXPECT_EQ(local.code, remote.code);
    EXPECT_EQ(local.out, remote.out);
    EXPECT_EQ(local.err, remote.err);
  }
}

TEST_F(ServingTest, TermDrainsAndTheStoreOpensAgain) {
  EXPECT_EQ(server_->Stop(SIGTERM), 0);
  ExpectError(Sandglass({"traces", "ls", "--server", address_}), "cannot be reached");
  EXPECT_EQ(Sandglass({"replay", "tiny", "--on", "H100-SXM", "--store", store_}).code, 0);
  Running again({kSandglass, "serve", "--store", store_, "--listen", "127.0.0.1:0"});
  EXPECT_TRUE(absl::StartsWith(again.first_line(), "listening on ")) << again.first_line();
  EXPECT_EQ(again.Stop(SIGINT), 0);
}

TEST_F(ServingTest, OneServerForAStoreAndAPort) {
  ExpectError(Sandglass({"serve", "--store", store_, "--listen", "127.0.0.1:0"}), store_);
  ExpectError(Sandglass({"serve", "--store", NewFolder(), "--listen", address_}), address_);
  ExpectError(Sandglass({"traces", "rm", "tiny", "--store", store_}), store_);
}

// Offers one operator in a new trace; the status that ends the stream.
grpc::Status Offer(v1::IngestService::Stub& stub, const std::string& key, const v1::Operator& op) {
  v1::OpenRequest open;
  open.set_client_key(key);
  open.set_schema_version(1);
  *open.mutable_header() = analysis::TinyTraining("offered", 1).header;
  v1::OpenResponse opened;
  grpc::ClientContext open_context;
  storage::Prepare(open_context);
  if (grpc::Status status = stub.Open(&open_context, open, &opened); !status.ok()) return status;
  grpc::ClientContext context;
  storage::Prepare(context);
  const auto stream = stub.Append(&context);
  v1::AppendRequest request;
  v1::AppendStart& start = *request.mutable_start();
  start.set_trace_id(opened.trace_id());
  start.set_epoch(opened.epoch());
  start.set_resume_seq(opened.next_seq());
  start.set_chain_digest(opened.chain_digest());
  stream->Write(request);
  v1::OperatorRows rows;
  *rows.add_operators() = op;
  v1::Chunk& chunk = *request.mutable_chunk();
  chunk.set_seq(1);
  chunk.set_operators(1);
  chunk.set_form(v1::Chunk::FORM_ROWS);
  chunk.set_payload(rows.SerializeAsString());
  chunk.set_payload_xxh3(analysis::PayloadDigest(chunk.payload()));
  stream->Write(request);
  stream->WritesDone();
  v1::AppendResponse response;
  while (stream->Read(&response)) {
  }
  return stream->Finish();
}

TEST_F(ServingTest, OperatorsThatBreakARuleAreRefusedByName) {
  const auto stub = v1::IngestService::NewStub(grpc::CreateChannel(address_, grpc::InsecureChannelCredentials()));
  const v1::Operator good = analysis::TinyTraining("good", 1).operators.front();
  struct Case {
    const char* part;
    void (*spoil)(v1::Operator&);
  };
  const Case cases[] = {
      {"duration_ps", [](v1::Operator& op) { op.set_duration_ps(-1); }},
      {"dims",
       [](v1::Operator& op) {
         auto& tensor = *op.mutable_signature()->mutable_inputs(0);
         tensor.set_dims(0, int64_t{1} << 62);
         tensor.set_dims(1, 4);
       }},
      {"dims", [](v1::Operator& op) { op.mutable_signature()->mutable_inputs(0)->set_dims(0, -1); }},
      {"flops_flop", [](v1::Operator& op) { op.mutable_signature()->mutable_flops_flop()->set_value(std::nan("")); }},
      {"id", [](v1::Operator& op) { op.set_id(0); }},
      {"name", [](v1::Operator& op) { op.mutable_signature()->set_name(""); }},
  };
  int number = 0;
  for (const Case& c : cases) {
    v1::Operator op = good;
    c.spoil(op);
    const std::string key = absl::StrCat("00000000-0000-4000-8000-00000000010", ++number);
    const grpc::Status status = Offer(*stub, key, op);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << c.part << ": " << status.error_message();
    EXPECT_TRUE(StrContains(status.error_message(), c.part)) << status.error_message();
    EXPECT_FALSE(StrContains(status.error_message(), "\n")) << status.error_message();
  }
  EXPECT_TRUE(Offer(*stub, "00000000-0000-4000-8000-000000000200", good).ok());
  EXPECT_EQ(Sandglass({"replay", "tiny", "--on", "H100-SXM", "--server", address_}).code, 0);
}

}  // namespace
}  // namespace sandglass::testing
