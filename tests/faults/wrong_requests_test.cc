// Bytes that are no requests, requests that are no sense, and clients of another version.
#include <google/protobuf/unknown_field_set.h>
#include <grpcpp/generic/generic_stub.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <random>
#include <regex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "analyzer/analysis/remote.h"
#include "collectors/stream/channel.h"
#include "proto/analysis_service.pb.h"
#include "proto/grpc_status.h"
#include "tests/faults/fault_fixture.h"
#include "tests/faults/fault_table.h"

namespace sandglass::faults {
namespace {

using absl::StatusCode;
using storage::SampleOpen;

constexpr char kIngest[] = "/sandglass.v1.IngestService/";
constexpr char kAnalysis[] = "/sandglass.v1.AnalysisService/";

// Calls any method with any bytes.
class RawClient {
 public:
  explicit RawClient(const std::string& address) : stub_(collectors::MakeChannel(address)) {}

  // Sends the messages, and reads until the end.
  absl::Status Call(const std::string& method, const std::vector<std::string>& messages) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::minutes(1));
    grpc::CompletionQueue queue;
    const auto call = stub_.PrepareCall(&context, method, &queue);
    const auto wait = [&queue] {
      void* tag = nullptr;
      bool ok = false;
      return queue.Next(&tag, &ok) && ok;
    };
    call->StartCall(nullptr);
    bool open = wait();
    for (size_t i = 0; open && i < messages.size(); ++i) {
      const grpc::Slice slice(messages[i]);
      call->Write(grpc::ByteBuffer(&slice, 1), nullptr);
      open = wait();
    }
    if (open) {
      call->WritesDone(nullptr);
      wait();
    }
    for (bool more = true; more;) {
      grpc::ByteBuffer buffer;
      call->Read(&buffer, nullptr);
      more = wait();
    }
    grpc::Status status;
    call->Finish(&status, nullptr);
    wait();
    return FromGrpc(status);
  }

 private:
  grpc::GenericStub stub_;
};

template <typename Request>
std::string About(const std::string& trace) {
  Request request;
  request.set_trace(trace);
  return request.SerializeAsString();
}

class WrongRequestsTest : public FaultFixture {
 protected:
  WrongRequestsTest() : raw_(server_.address()) {}

  // A sound request of each method that has anything to ask.
  std::vector<std::pair<std::string, std::string>> SoundRequests(const v1::OpenResponse& open) {
    v1::GetStatusRequest status;
    status.set_trace_id(open.trace_id());
    v1::AbortRequest abort;
    abort.set_trace_id(open.trace_id());
    abort.set_epoch(open.epoch());
    v1::AppendRequest append;
    *append.mutable_start() = StartOf(open);
    v1::CompareRequest compare;
    compare.set_trace("sealed");
    compare.set_base_class("H100-SXM");
    compare.set_other_class("MI300X");
    v1::CostRequest cost;
    cost.add_traces("sealed");
    cost.add_silicon_classes("H100-SXM");
    return {{absl::StrCat(kIngest, "Open"), SampleOpen(7, "raw").SerializeAsString()},
            {absl::StrCat(kIngest, "Append"), append.SerializeAsString()},
            {absl::StrCat(kIngest, "Seal"), storage::SampleSeal(open, storage::Chunker()).SerializeAsString()},
            {absl::StrCat(kIngest, "GetStatus"), status.SerializeAsString()},
            {absl::StrCat(kIngest, "Abort"), abort.SerializeAsString()},
            {absl::StrCat(kAnalysis, "GetTrace"), About<v1::GetTraceRequest>("sealed")},
            {absl::StrCat(kAnalysis, "ListOperators"), About<v1::ListOperatorsRequest>("sealed")},
            {absl::StrCat(kAnalysis, "Replay"), About<v1::ReplayRequest>("sealed")},
            {absl::StrCat(kAnalysis, "Compare"), compare.SerializeAsString()},
            {absl::StrCat(kAnalysis, "Explain"), About<v1::ExplainRequest>("sealed")},
            {absl::StrCat(kAnalysis, "Cost"), cost.SerializeAsString()}};
  }

  RawClient raw_;
};

TEST_F(WrongRequestsTest, Fault14_RandomAndTruncatedBytesAreErrors) {
  SubmitSample(*client_, 1, "sealed", 5);
  const auto open = client_->Open(SampleOpen(2, "open"));
  ASSERT_TRUE(open.ok()) << open.status();
  std::mt19937_64 random(20261127);
  std::map<std::string, int> codes;
  int calls = 0;
  const auto call = [&](const std::string& method, const std::string& bytes) {
    const absl::Status status = raw_.Call(method, {bytes});
    ++calls;
    ++codes[absl::StatusCodeToString(status.code())];
    // What gRPC says where nobody answers any more, or a handler failed.
    EXPECT_NE(status.code(), StatusCode::kUnavailable) << status;
    EXPECT_NE(status.code(), StatusCode::kUnknown) << status;
    EXPECT_NE(status.code(), StatusCode::kDeadlineExceeded) << status;
    EXPECT_EQ(status.message().find('\n'), absl::string_view::npos) << status;
    return status;
  };
  for (const auto& [method, sound] : SoundRequests(*open)) {
    const bool stream = absl::StrContains(method, "Append");
    for (size_t length = 0; length < sound.size(); ++length) {
      // A stream that begins with half a message must not end well, as one without a message does.
      const absl::Status status = call(method, sound.substr(0, length));
      EXPECT_FALSE(stream && status.ok()) << length;
    }
    for (int i = 0; i < 60; ++i) {
      std::string bytes(1 + random() % 300, '\0');
      for (char& byte : bytes) byte = static_cast<char>(random());
      static_cast<void>(call(method, bytes));
      bytes = sound;
      for (int change = 0; change < 3; ++change) bytes[random() % bytes.size()] = static_cast<char>(random());
      static_cast<void>(call(method, bytes));
    }
  }
  // The same in the place of a chunk.
  for (int i = 0; i < 200; ++i) {
    const auto again = client_->Open(SampleOpen(3, "chunks"));
    ASSERT_TRUE(again.ok()) << again.status();
    v1::AppendRequest start;
    *start.mutable_start() = StartOf(*again);
    v1::AppendRequest request;
    v1::Chunk& chunk = *request.mutable_chunk();
    chunk = storage::Chunker().NextSample(3, i % 2 == 0 ? v1::Chunk::FORM_ROWS : v1::Chunk::FORM_COLUMNS);
    std::string& payload = *chunk.mutable_payload();
    if (i < 100) payload.resize(random() % payload.size());
    for (int change = 0; change < i % 5 && !payload.empty(); ++change) {
      payload[random() % payload.size()] = static_cast<char>(random());
    }
    storage::FixChecksum(chunk);
    const absl::Status status =
        raw_.Call(absl::StrCat(kIngest, "Append"), {start.SerializeAsString(), request.SerializeAsString()});
    EXPECT_TRUE(status.ok() || absl::IsInvalidArgument(status) || absl::IsAlreadyExists(status)) << status;
    ++calls;
  }
  EXPECT_EQ(server_.Errors(), "");
  EXPECT_EQ(Sandglass({"replay", "sealed", "--on", "H100-SXM"}).code, 0);
  Saw(14, absl::StrCat(calls, " calls of 12 methods with random, truncated and changed bytes"),
      absl::StrCat(absl::StrJoin(codes, ", ", absl::PairFormatter(" ")), "; nothing in the log; answers go on",
                   Peak()));
}

// A field that this version does not know, nested `depth` times: a group that holds a group, and so on.
std::string Nested(int depth) {
  std::string bytes;
  // Field 1000 as a group: tags 1000 << 3 | 3 and 1000 << 3 | 4.
  for (int i = 0; i < depth; ++i) bytes += "\xc3\x3e";
  for (int i = 0; i < depth; ++i) bytes += "\xc4\x3e";
  return bytes;
}

TEST_F(WrongRequestsTest, Fault15_DeepNestingIsAParseError) {
  SubmitSample(*client_, 1, "sealed", 5);
  const auto open = client_->Open(SampleOpen(2, "open"));
  ASSERT_TRUE(open.ok()) << open.status();
  for (const auto& [method, sound] : SoundRequests(*open)) {
    // gRPC's answer to what it cannot parse; messages of a stream are parsed by the server itself.
    const bool stream = absl::StrContains(method, "Append");
    const StatusCode refusal = stream ? StatusCode::kInvalidArgument : StatusCode::kUnimplemented;
    for (const int depth : {101, 100'000, 1'000'000}) {
      const absl::Status status = raw_.Call(method, {sound + Nested(depth)});
      EXPECT_EQ(status.code(), refusal) << method << " " << status;
    }
    EXPECT_NE(raw_.Call(method, {sound + Nested(90)}).code(), refusal) << method;
  }
  // In a payload the parser is ours to call.
  for (const v1::Chunk::Form form : {v1::Chunk::FORM_ROWS, v1::Chunk::FORM_COLUMNS}) {
    const auto again = client_->Open(SampleOpen(3, "chunks"));
    ASSERT_TRUE(again.ok()) << again.status();
    v1::Chunk chunk = storage::Chunker().NextSample(3, form);
    chunk.mutable_payload()->append(Nested(200'000));
    storage::FixChecksum(chunk);
    ExpectRefused(client_->Append(StartOf(*again), {chunk}).status, StatusCode::kInvalidArgument, "is not a whole");
  }
  Saw(15, "unknown groups nested 101, 100,000 and 1,000,000 deep, in requests and in payloads",
      "gRPC's parse error (UNIMPLEMENTED) for requests, INVALID_ARGUMENT for streams and payloads; 90 deep is read" +
          Peak());
}

std::vector<std::string> HostileIds() {
  return {"../../../etc/passwd",
          "..",
          "/etc/passwd",
          std::string("trace\0name", 10),
          std::string(64 << 10, 'A'),
          std::string(64 << 10, '/'),
          "a b",
          "C:\\trace",
          "%2e%2e%2f",
          "01HF7YAT000R3GG28A1C60T3G\n"};
}

// Every path under a folder, but for `without` and what is in it.
std::set<std::string> Files(const std::string& folder, const std::string& without) {
  std::set<std::string> files;
  for (auto it = std::filesystem::recursive_directory_iterator(folder); it != std::filesystem::end(it); ++it) {
    if (it->path() == without) {
      it.disable_recursion_pending();
    } else {
      files.insert(it->path());
    }
  }
  return files;
}

TEST_F(WrongRequestsTest, Fault29_AnIdNeverBecomesAPath) {
  SubmitSample(*client_, 1, "sealed", 5);
  const auto remote = analysis::Remote::Connect(server_.address(), absl::Seconds(10));
  ASSERT_TRUE(remote.ok()) << remote.status();
  const std::string parent = std::filesystem::path(directory_).parent_path();
  const std::set<std::string> before = Files(parent, directory_);
  for (const std::string& id : HostileIds()) {
    v1::OpenRequest open = SampleOpen(2, "name");
    open.set_client_key(id);
    ExpectRefused(client_->Open(open).status(), StatusCode::kInvalidArgument, "client_key");
    open = SampleOpen(2, id);
    ExpectRefused(client_->Open(open).status(), StatusCode::kInvalidArgument, "header.name");
    v1::AppendStart start;
    start.set_trace_id(id);
    ExpectRefused(client_->Append(start, {}).status, StatusCode::kInvalidArgument, "trace_id");
    v1::SealRequest seal;
    seal.set_trace_id(id);
    ExpectRefused(client_->Seal(seal).status(), StatusCode::kInvalidArgument, "trace_id");
    ExpectRefused(client_->GetStatus(id).status(), StatusCode::kInvalidArgument, "trace_id");
    ExpectRefused(client_->Abort(id, 1), StatusCode::kInvalidArgument, "trace_id");
    // Analysis looks names up; one that nobody could have given a trace is one that is not there.
    v1::ReplayRequest replay;
    replay.set_trace(id);
    ExpectRefused((*remote)->Replay(replay, [](int, int) { return true; }).status(), StatusCode::kNotFound, "no trace");
    replay.set_trace("sealed");
    replay.add_silicon_classes(id);
    ExpectRefused((*remote)->Replay(replay, [](int, int) { return true; }).status(), StatusCode::kNotFound,
                  "no silicon class");
    v1::ListTracesRequest list;
    list.set_page_token(id);
    ExpectRefused((*remote)->ListTraces(list).status(), StatusCode::kInvalidArgument, "page_token");
  }
  EXPECT_EQ(Files(parent, directory_), before);
  const std::regex of_store(
      "CURRENT|IDENTITY|LOCK|LOG(\\.old\\.\\d+)?|INVENTORY|(MANIFEST|OPTIONS)-\\d+|\\d+\\.(log|sst)");
  for (const std::string& file : Files(directory_, "")) {
    EXPECT_TRUE(std::regex_match(std::filesystem::path(file).filename().string(), of_store)) << file;
  }
  Saw(29, absl::StrCat(HostileIds().size(), " ids with ../, NUL, 64 KiB and the like in every field that takes one"),
      "INVALID_ARGUMENT with the field (NOT_FOUND where a name is looked up), no file beside the store" + Peak());
}

// A field that only a newer version knows.
template <typename Message>
void AddUnknown(Message& message) {
  google::protobuf::UnknownFieldSet& fields = *message.GetReflection()->MutableUnknownFields(&message);
  fields.AddLengthDelimited(1000, "of the future");
  fields.AddVarint(1001, 7);
}

TEST_F(WrongRequestsTest, Fault37_ANewerClientIsUnderstoodAndAnotherSchemaIsNot) {
  v1::OpenRequest open = SampleOpen(1, "newer");
  AddUnknown(open);
  AddUnknown(*open.mutable_header());
  AddUnknown(*open.mutable_header()->mutable_devices(0));
  const auto opened = client_->Open(open);
  ASSERT_TRUE(opened.ok()) << opened.status();
  storage::Chunker chunker;
  std::vector<v1::Chunk> chunks;
  std::vector<v1::Operator> operators;
  for (uint64_t i = 0; i < 20; ++i) {
    operators.push_back(storage::SampleOperator(i));
    AddUnknown(operators.back());
    AddUnknown(*operators.back().mutable_signature());
    if (operators.size() < 10) continue;
    chunks.push_back(chunker.Next(operators, i < 10 ? v1::Chunk::FORM_ROWS : v1::Chunk::FORM_COLUMNS));
    AddUnknown(chunks.back());
    operators.clear();
  }
  const Appended appended = client_->Append(StartOf(*opened), chunks);
  EXPECT_TRUE(appended.status.ok()) << appended.status;
  v1::SealRequest seal = storage::SampleSeal(*opened, chunker);
  AddUnknown(seal);
  AddUnknown(*seal.mutable_summary());
  const auto sealed = client_->Seal(seal);
  ASSERT_TRUE(sealed.ok()) << sealed.status();
  EXPECT_EQ(sealed->manifest().operators(), 20u);
  EXPECT_EQ(Sandglass({"replay", "newer", "--on", "H100-SXM"}).code, 0);
  EXPECT_EQ(testing::RunProgram({kProgram, "store", "scrub", "--store", directory_}).code, 0);
  Restart({});

  // An enum's value that only a newer version knows is not guessed at.
  v1::Operator op = storage::SampleOperator(0);
  op.mutable_signature()->set_kind(static_cast<v1::OperatorKind>(99));
  const auto refused = client_->Submit(SampleOpen(2, "kind"), {op}, storage::SampleSummary());
  ExpectRefused(refused.status(), StatusCode::kInvalidArgument, "signature.kind is 99");
  for (const uint32_t version : {0u, 2u, 4'000'000'000u}) {
    open = SampleOpen(3, "schema");
    open.set_schema_version(version);
    ExpectRefused(client_->Open(open).status(), StatusCode::kInvalidArgument,
                  absl::StrCat("schema_version is ", version, ", but this store takes 1"));
  }
  // An older client reads a newer server's answer: what it does not know is beside what it knows.
  v1::SealResponse newer = *sealed;
  AddUnknown(newer);
  AddUnknown(*newer.mutable_manifest());
  v1::SealResponse read;
  ASSERT_TRUE(read.ParseFromString(newer.SerializeAsString()));
  EXPECT_EQ(read.manifest().content_digest(), sealed->manifest().content_digest());
  Saw(37, "a client with fields and an enum's value of the future; schema versions 0, 2 and 4e9",
      "unknown fields are taken (and the store is whole), the value is refused by field path, versions are named" +
          Peak());
}

}  // namespace
}  // namespace sandglass::faults
