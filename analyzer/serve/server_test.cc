// The whole server over a real socket: it answers as the engine does, and what strangers send is bounded.
#include "analyzer/serve/server.h"

#include <chrono>
#include <memory>
#include <string>

#include "absl/strings/match.h"
#include "analyzer/analysis/remote.h"
#include "analyzer/analysis/store_fixture.h"
#include "analyzer/serve/server_fixture.h"
#include "grpcpp/grpcpp.h"
#include "gtest/gtest.h"
#include "proto/analysis_service.grpc.pb.h"
#include "proto/ingest_service.grpc.pb.h"
#include "storage/patient_call.h"

namespace sandglass::serve {
namespace {

using absl::StatusCode;
using absl::StrContains;

bool Always(int, int) { return true; }

class ServerTest : public ServerFixture {
 protected:
  std::shared_ptr<grpc::Channel> Channel(const grpc::ChannelArguments& arguments = {}) {
    return grpc::CreateCustomChannel(server_->address(), grpc::InsecureChannelCredentials(), arguments);
  }
};

TEST_F(ServerTest, AnswersAsTheEngineDoes) {
  ExpectEqual(&analysis::Analysis::ListTraces, v1::ListTracesRequest());
  v1::GetTraceRequest get;
  for (const char* trace : {"one", "absent", ""}) {
    get.set_trace(trace);
    ExpectEqual(&analysis::Analysis::GetTrace, get);
  }
  v1::ListOperatorsRequest operators;
  operators.set_trace("two");
  operators.set_page_size(4);
  operators.set_page_token("5");
  ExpectEqual(&analysis::Analysis::ListOperators, operators);
  v1::CompareRequest compare;
  compare.set_trace("one");
  compare.set_base_class("H100-SXM");
  for (const char* other : {"TPU v5e", "Anton 3", "nothing"}) {
    compare.set_other_class(other);
    ExpectEqual(&analysis::Analysis::Compare, compare);
  }
  v1::ExplainRequest explain;
  explain.set_trace("one");
  explain.set_silicon_class("H100-SXM");
  ExpectEqual(&analysis::Analysis::Explain, explain);
  v1::ProfileRequest profile;
  profile.set_trace("two");
  for (const char* name : {"TPU v5e", "Anton 3", "nothing"}) {
    profile.set_silicon_class(name);
    ExpectEqual(&analysis::Analysis::Profile, profile);
  }
  v1::ScheduleRequest schedule;
  schedule.set_trace("two");
  schedule.set_silicon_class("TPU v5e");
  schedule.set_page_size(2);
  for (const char* token : {"", "1", "x"}) {
    schedule.set_page_token(token);
    ExpectEqual(&analysis::Analysis::Schedule, schedule);
  }
  v1::CoverageRequest coverage;
  for (const char* name : {"TPU v5e", "absent"}) {
    coverage.set_trace("one");
    coverage.clear_silicon_classes();
    coverage.add_silicon_classes(name);
    ExpectEqual(&analysis::Analysis::Coverage, coverage);
  }
  ExpectEqual(&analysis::Analysis::ListSilicon, v1::ListSiliconRequest());
}

TEST_F(ServerTest, ReplaysAsTheEngineDoes) {
  v1::ReplayRequest request;
  for (const char* trace : {"one", "two", "absent"}) {
    request.set_trace(trace);
    int last = 0;
    const auto local = engine_->Replay(request, Always);
    const auto remote = remote_->Replay(request, [&last](int done, int total) {
      EXPECT_GT(done, last);
      EXPECT_LE(done, total);
      last = done;
      return true;
    });
    ASSERT_EQ(local.status(), remote.status());
    if (local.ok()) {
      EXPECT_EQ(local->SerializeAsString(), remote->SerializeAsString());
    }
  }
}

TEST_F(ServerTest, ACallerWhoGoesAwayStopsTheReplay) {
  v1::ReplayRequest request;
  request.set_trace("one");
  EXPECT_EQ(remote_->Replay(request, [](int, int) { return false; }).status().code(), StatusCode::kCancelled);
  // The server still answers.
  EXPECT_TRUE(remote_->Replay(request, Always).ok());
}

TEST_F(ServerTest, QuestionsAboutMoneySayWhatIsMissing) {
  const auto stub = v1::AnalysisService::NewStub(Channel());
  grpc::ClientContext migrate_context;
  v1::MigrateResponse migrate;
  const grpc::Status migrated = stub->Migrate(&migrate_context, {}, &migrate);
  EXPECT_EQ(migrated.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_TRUE(StrContains(migrated.error_message(), "from_class is empty")) << migrated.error_message();
  grpc::ClientContext lock_in_context;
  v1::LockInResponse lock_in;
  const grpc::Status weighed = stub->LockIn(&lock_in_context, {}, &lock_in);
  EXPECT_EQ(weighed.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_TRUE(StrContains(weighed.error_message(), "lock_in.specialised_class is empty")) << weighed.error_message();
}

TEST_F(ServerTest, WhatAStrangerWroteIsShortPlainTextInAnError) {
  v1::CompareRequest request;
  request.set_trace("one");
  request.set_other_class("H100-SXM");
  // A line feed, the beginning of an escape sequence, and a mark that turns the direction of text.
  request.set_base_class(
      "abs\n\x1b[2J\u202e"
      "ent");
  absl::Status status = remote_->Compare(request).status();
  EXPECT_EQ(status.code(), StatusCode::kNotFound) << status;
  EXPECT_TRUE(StrContains(status.message(), "\"abs[2Jent\"")) << status;
  // However long it is: gRPC would refuse its own trailing metadata.
  request.set_base_class(std::string(1 << 16, 'x'));
  status = remote_->Compare(request).status();
  EXPECT_EQ(status.code(), StatusCode::kNotFound) << status;
  EXPECT_TRUE(StrContains(status.message(), "no silicon class has a name of 65536 bytes")) << status;
}

TEST_F(ServerTest, TakesTracesInBesideAnalysis) {
  const auto stub = v1::IngestService::NewStub(Channel());
  v1::OpenRequest open;
  open.set_client_key("00000000-0000-4000-8000-00000000abcd");
  open.set_schema_version(1);
  *open.mutable_header() = analysis::TinyTraining("streamed", 1).header;
  grpc::ClientContext context;
  storage::Prepare(context);
  v1::OpenResponse opened;
  const grpc::Status status = stub->Open(&context, open, &opened);
  EXPECT_TRUE(status.ok()) << status.error_message();
  v1::GetTraceRequest get;
  get.set_trace("streamed");
  EXPECT_EQ(remote_->GetTrace(get).status().code(), StatusCode::kFailedPrecondition);
}

TEST_F(ServerTest, RefusesWhatIsTooLargeOrCompressed) {
  v1::OpenRequest large;
  large.set_client_key(std::string(9 << 20, 'a'));
  const auto stub = v1::IngestService::NewStub(Channel());
  v1::OpenResponse opened;
  grpc::ClientContext plain;
  EXPECT_EQ(stub->Open(&plain, large, &opened).error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  // Small on the wire, large when inflated: refused before that.
  grpc::ClientContext gzip;
  gzip.set_compression_algorithm(GRPC_COMPRESS_GZIP);
  EXPECT_EQ(stub->Open(&gzip, large, &opened).error_code(), grpc::StatusCode::UNIMPLEMENTED);
  grpc::ClientContext metadata;
  metadata.AddMetadata("x", std::string(16 << 10, 'a'));
  EXPECT_FALSE(stub->Open(&metadata, v1::OpenRequest(), &opened).ok());
  EXPECT_TRUE(remote_->ListTraces({}).ok());
}

TEST_F(ServerTest, AddressInUseIsAnError) {
  const auto second = Server::Start(*store_, *catalog_, {.listen = server_->address()});
  ASSERT_EQ(second.status().code(), StatusCode::kUnavailable);
  EXPECT_TRUE(StrContains(second.status().message(), server_->address())) << second.status();
}

TEST_F(ServerTest, AfterShutdownItIsUnreachable) {
  const std::string address = server_->address();
  server_->Shutdown(absl::Seconds(1));
  v1::ListTracesRequest request;
  const auto answer = remote_->ListTraces(request);
  EXPECT_EQ(answer.status().code(), StatusCode::kUnavailable);
  EXPECT_TRUE(StrContains(answer.status().message(), address)) << answer.status();
  const auto again = analysis::Remote::Connect(address, absl::Seconds(5));
  EXPECT_EQ(again.status().code(), StatusCode::kUnavailable);
  EXPECT_TRUE(StrContains(again.status().message(), "sandglass serve")) << again.status();
}

}  // namespace
}  // namespace sandglass::serve
