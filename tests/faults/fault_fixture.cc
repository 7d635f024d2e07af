#include "tests/faults/fault_fixture.h"

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <thread>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "collectors/stream/channel.h"
#include "google/protobuf/util/json_util.h"
#include "proto/analysis_service.pb.h"
#include "proto/grpc_status.h"
#include "storage/patient_call.h"

namespace sandglass::faults {
namespace {

template <typename Request, typename Response>
absl::StatusOr<Response> Call(v1::IngestService::Stub& stub, const Request& request,
                              grpc::Status (v1::IngestService::Stub::*method)(grpc::ClientContext*, const Request&,
                                                                              Response*)) {
  grpc::ClientContext context;
  storage::Prepare(context);
  Response response;
  const grpc::Status status = (stub.*method)(&context, request, &response);
  if (!status.ok()) return FromGrpc(status);
  return response;
}

}  // namespace

IngestClient::IngestClient(const std::string& address)
    : stub_(v1::IngestService::NewStub(collectors::MakeChannel(address))) {}

absl::StatusOr<v1::OpenResponse> IngestClient::Open(const v1::OpenRequest& request) {
  return Call(*stub_, request, &v1::IngestService::Stub::Open);
}

absl::StatusOr<v1::SealResponse> IngestClient::Seal(const v1::SealRequest& request) {
  return Call(*stub_, request, &v1::IngestService::Stub::Seal);
}

absl::StatusOr<v1::GetStatusResponse> IngestClient::GetStatus(const std::string& trace_id) {
  v1::GetStatusRequest request;
  request.set_trace_id(trace_id);
  return Call(*stub_, request, &v1::IngestService::Stub::GetStatus);
}

absl::Status IngestClient::Abort(const std::string& trace_id, uint64_t epoch) {
  v1::AbortRequest request;
  request.set_trace_id(trace_id);
  request.set_epoch(epoch);
  return Call(*stub_, request, &v1::IngestService::Stub::Abort).status();
}

Appended IngestClient::Append(const v1::AppendStart& start, const std::vector<v1::Chunk>& chunks) {
  grpc::ClientContext context;
  storage::Prepare(context);
  const auto stream = stub_->Append(&context);
  // Beside the reading, for the server may stop reading until its acknowledgements are taken.
  std::thread sender([&] {
    v1::AppendRequest request;
    *request.mutable_start() = start;
    bool open = stream->Write(request);
    for (const v1::Chunk& chunk : chunks) {
      if (!open) return;
      *request.mutable_chunk() = chunk;
      open = stream->Write(request);
    }
    stream->WritesDone();
  });
  Appended appended;
  for (v1::AppendResponse response; stream->Read(&response); ++appended.acknowledgements) appended.last = response;
  sender.join();
  appended.status = FromGrpc(stream->Finish());
  return appended;
}

absl::StatusOr<v1::TraceManifest> IngestClient::Submit(const v1::OpenRequest& request,
                                                       const std::vector<v1::Operator>& operators,
                                                       const v1::TraceSummary& summary) {
  constexpr ptrdiff_t kChunk = 1000;
  const absl::StatusOr<v1::OpenResponse> open = Open(request);
  if (!open.ok()) return open.status();
  storage::Chunker chunker;
  std::vector<v1::Chunk> chunks;
  for (auto first = operators.begin(); first != operators.end();) {
    const auto end = first + std::min(kChunk, operators.end() - first);
    chunks.push_back(chunker.Next({first, end}, v1::Chunk::FORM_ROWS));
    first = end;
  }
  const Appended appended = Append(storage::StartOf(*open), chunks);
  if (!appended.status.ok()) return appended.status;
  v1::SealRequest seal = storage::SampleSeal(*open, chunker);
  *seal.mutable_summary() = summary;
  const absl::StatusOr<v1::SealResponse> sealed = Seal(seal);
  if (!sealed.ok()) return sealed.status();
  return sealed->manifest();
}

FaultFixture::FaultFixture(ServerSetup setup)
    : directory_(std::filesystem::path(::testing::TempDir()) /
                 ::testing::UnitTest::GetInstance()->current_test_info()->name()),
      server_(directory_, std::move(setup)),
      client_(std::make_unique<IngestClient>(server_.address())) {}

void FaultFixture::TearDown() {
  ASSERT_TRUE(server_.Runs()) << server_.Errors();
  EXPECT_LT(server_.PeakResidentBytes(), kMostBytes);
  const auto again = client_->Open(storage::SampleOpen(999'999, "after/the/fault"));
  EXPECT_TRUE(again.ok()) << again.status();
}

void FaultFixture::Restart(ServerSetup setup) {
  server_.Kill();
  server_.setup() = std::move(setup);
  ASSERT_TRUE(server_.Start()) << server_.Errors();
  storage::Ask([this](grpc::ClientContext& context) {
    v1::GetStatusResponse response;
    return client_->stub().GetStatus(&context, {}, &response);
  });
}

testing::Outcome FaultFixture::Sandglass(std::vector<std::string> arguments) const {
  arguments.insert(arguments.begin(), kProgram);
  arguments.insert(arguments.end(), {"--server", server_.address()});
  return testing::RunProgram(arguments);
}

std::string FaultFixture::Peak() const {
  return absl::StrCat("; server at most ", server_.PeakResidentBytes() >> 20, " MiB");
}

std::vector<std::string> FaultFixture::SealedNames() const {
  const testing::Outcome listed = Sandglass({"traces", "ls", "--format", "json"});
  EXPECT_EQ(listed.code, 0) << listed.err;
  v1::ListTracesResponse response;
  EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(listed.out, &response).ok()) << listed.out;
  std::vector<std::string> names;
  for (const v1::TraceManifest& manifest : response.traces()) names.push_back(manifest.header().name());
  return names;
}

v1::TraceManifest SubmitSample(IngestClient& client, uint64_t key, const std::string& name, uint32_t count) {
  std::vector<v1::Operator> operators;
  for (uint32_t i = 0; i < count; ++i) operators.push_back(storage::SampleOperator(i));
  const auto manifest = client.Submit(storage::SampleOpen(key, name), operators, storage::SampleSummary());
  EXPECT_TRUE(manifest.ok()) << manifest.status();
  return manifest.value_or(v1::TraceManifest());
}

void ExpectRefused(const absl::Status& status, absl::StatusCode code, const std::string& part) {
  EXPECT_EQ(status.code(), code) << status;
  EXPECT_TRUE(absl::StrContains(status.message(), part)) << status;
  EXPECT_EQ(status.message().find('\n'), absl::string_view::npos) << status;
}

}  // namespace sandglass::faults
