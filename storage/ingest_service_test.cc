// End to end over a real loopback socket: what a client of the protocol sees.
#include "storage/ingest_service.h"

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "proto/retry_info.h"
#include "storage/patient_call.h"
#include "storage/sample_trace.h"

namespace sandglass::storage {
namespace {

constexpr auto kRows = v1::Chunk::FORM_ROWS;
constexpr auto kColumns = v1::Chunk::FORM_COLUMNS;

class IngestServiceTest : public ::testing::Test {
 protected:
  using Stream = grpc::ClientReaderWriter<v1::AppendRequest, v1::AppendResponse>;

  IngestServiceTest() {
    store_ = *TraceStore::Open(folder_.File("store"), {});
    IngestOptions options;
    options.credit_bytes = 64 << 10;
    service_ = std::make_unique<IngestService>(*store_, options);
    grpc::ServerBuilder builder;
    IngestService::Configure(builder);
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(service_.get());
    server_ = builder.BuildAndStart();
    stub_ = v1::IngestService::NewStub(
        grpc::CreateChannel("127.0.0.1:" + std::to_string(port), grpc::InsecureChannelCredentials()));
  }
  ~IngestServiceTest() override { server_->Shutdown(); }

  v1::OpenResponse Open(uint64_t client) {
    grpc::ClientContext context;
    Prepare(context);
    v1::OpenResponse response;
    const grpc::Status status = stub_->Open(&context, SampleOpen(client, "a"), &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }

  static v1::AppendRequest FirstOf(const v1::OpenResponse& open) {
    v1::AppendRequest request;
    *request.mutable_start() = StartOf(open);
    return request;
  }

  static v1::AppendRequest RequestOf(v1::Chunk chunk) {
    v1::AppendRequest request;
    *request.mutable_chunk() = std::move(chunk);
    return request;
  }

  TemporaryFolder folder_;
  std::unique_ptr<TraceStore> store_;
  std::unique_ptr<IngestService> service_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<v1::IngestService::Stub> stub_;
};

TEST_F(IngestServiceTest, CollectsATrace) {
  const v1::OpenResponse open = Open(1);
  grpc::ClientContext context;
  Prepare(context);
  const std::unique_ptr<Stream> stream = stub_->Append(&context);
  uint64_t durable = 0;
  std::thread reader([&] {
    v1::AppendResponse response;
    while (stream->Read(&response)) {
      EXPECT_GT(response.durable_seq(), durable);
      durable = response.durable_seq();
    }
  });
  // Far more than the credit: the server reads on as it acknowledges.
  Chunker chunker;
  ASSERT_TRUE(stream->Write(FirstOf(open)));
  for (int i = 0; i < 60; ++i) ASSERT_TRUE(stream->Write(RequestOf(chunker.NextSample(500, i % 2 ? kRows : kColumns))));
  ASSERT_TRUE(stream->WritesDone());
  reader.join();
  const grpc::Status status = stream->Finish();
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(durable, 60u);

  grpc::ClientContext seal_context;
  v1::SealResponse sealed;
  const grpc::Status seal = stub_->Seal(&seal_context, SampleSeal(open, chunker), &sealed);
  ASSERT_TRUE(seal.ok()) << seal.error_message();
  EXPECT_EQ(sealed.manifest().operators(), 30000u);
  EXPECT_TRUE(store_->Verify(kDefaultTenant, sealed.manifest().trace_id()).ok());
}

TEST_F(IngestServiceTest, AnErrorEndsTheStreamAndSaysWhatIsDurable) {
  const v1::OpenResponse open = Open(1);
  grpc::ClientContext context;
  Prepare(context);
  const std::unique_ptr<Stream> stream = stub_->Append(&context);
  Chunker chunker;
  ASSERT_TRUE(stream->Write(FirstOf(open)));
  ASSERT_TRUE(stream->Write(RequestOf(chunker.NextSample(5, kRows))));
  v1::AppendResponse response;
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_EQ(response.durable_seq(), 1u);
  chunker.NextSample(5, kRows);
  ASSERT_TRUE(stream->Write(RequestOf(chunker.NextSample(5, kRows))));
  EXPECT_FALSE(stream->Read(&response));
  const grpc::Status status = stream->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::OUT_OF_RANGE);
  EXPECT_EQ(status.error_message(), "chunk 3 leaves a gap, expected 2");
  const auto durable = context.GetServerTrailingMetadata().find(kDurableSeqMetadata);
  ASSERT_NE(durable, context.GetServerTrailingMetadata().end());
  EXPECT_EQ(std::string(durable->second.begin(), durable->second.end()), "1");
}

TEST_F(IngestServiceTest, TheFirstMessageMustBeAStart) {
  grpc::ClientContext context;
  Prepare(context);
  const std::unique_ptr<Stream> stream = stub_->Append(&context);
  Chunker chunker;
  stream->Write(RequestOf(chunker.NextSample(5, kRows)));
  v1::AppendResponse response;
  EXPECT_FALSE(stream->Read(&response));
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(IngestServiceTest, AStreamThatIsCancelledLeavesTheTraceResumable) {
  v1::OpenResponse open = Open(1);
  Chunker chunker;
  for (int round = 0; round < 10; ++round) {
    grpc::ClientContext context;
    Prepare(context);
    const std::unique_ptr<Stream> stream = stub_->Append(&context);
    stream->Write(FirstOf(open));
    const v1::Chunk chunk = chunker.NextSample(5, kColumns);
    stream->Write(RequestOf(chunk));
    if (round % 2 == 0) {
      v1::AppendResponse response;
      EXPECT_TRUE(stream->Read(&response));
    }
    context.TryCancel();
    stream->Finish();
    open = Open(1);
    // What was cancelled may or may not have arrived; a chunk that did not is sent again.
    if (open.next_seq() == chunker.seq() + 1) continue;
    ASSERT_EQ(open.next_seq(), chunker.seq());
    grpc::ClientContext again;
    const std::unique_ptr<Stream> second = stub_->Append(&again);
    second->Write(FirstOf(open));
    second->Write(RequestOf(chunk));
    second->WritesDone();
    v1::AppendResponse response;
    while (second->Read(&response)) {
    }
    EXPECT_TRUE(second->Finish().ok());
    open = Open(1);
  }
}

TEST_F(IngestServiceTest, EmbedsWithoutASocket) {
  const std::unique_ptr<v1::IngestService::Stub> stub = v1::IngestService::NewStub(server_->InProcessChannel({}));
  grpc::ClientContext context;
  Prepare(context);
  v1::OpenResponse open;
  ASSERT_TRUE(stub->Open(&context, SampleOpen(9, "embedded"), &open).ok());
  grpc::ClientContext status_context;
  v1::GetStatusRequest ask;
  ask.set_trace_id(open.trace_id());
  v1::GetStatusResponse answer;
  ASSERT_TRUE(stub->GetStatus(&status_context, ask, &answer).ok());
  EXPECT_EQ(answer.state(), v1::TRACE_STATE_OPEN);
  grpc::ClientContext abort_context;
  v1::AbortRequest abort;
  abort.set_trace_id(open.trace_id());
  abort.set_epoch(open.epoch());
  v1::AbortResponse gone;
  EXPECT_TRUE(stub->Abort(&abort_context, abort, &gone).ok());
}

TEST_F(IngestServiceTest, MessagesOverTheLimitAreRefused) {
  const v1::OpenResponse open = Open(1);
  grpc::ClientContext context;
  Prepare(context);
  const std::unique_ptr<Stream> stream = stub_->Append(&context);
  stream->Write(FirstOf(open));
  v1::Chunk chunk;
  chunk.set_seq(1);
  chunk.set_payload(std::string(2 << 20, 'x'));
  stream->Write(RequestOf(chunk));
  v1::AppendResponse response;
  EXPECT_FALSE(stream->Read(&response));
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
}

// Counts streams, and waits for a call that failed.
class StreamCounter : public IngestObserver {
 public:
  void OnStreamBegun(const StreamFacts&) override { ++begun; }
  void OnStreamEnded(const StreamFacts&, const absl::Status&) override { ++ended; }
  void OnAcknowledged(uint32_t, uint64_t, uint64_t, absl::Duration) override {}
  void OnCreditWait(uint32_t) override {}
  void OnCallFailed(const absl::Status&) override {
    if (!failed_.exchange(true)) failure_.set_value();
  }
  bool WaitForFailure() {
    return failure_.get_future().wait_for(std::chrono::seconds(60)) == std::future_status::ready;
  }

  std::atomic<int> begun = 0;
  std::atomic<int> ended = 0;

 private:
  std::atomic<bool> failed_ = false;
  std::promise<void> failure_;
};

// A server in this process that knows callers by `caller_of`.
class CallerOfTest : public ::testing::Test {
 protected:
  void Serve(CallerOf caller_of) {
    store_ = *TraceStore::Open(folder_.File("store"), {});
    service_ = std::make_unique<IngestService>(*store_, IngestOptions(), std::move(caller_of),
                                               std::vector<IngestObserver*>{&streams_});
    grpc::ServerBuilder builder;
    builder.RegisterService(service_.get());
    server_ = builder.BuildAndStart();
    stub_ = v1::IngestService::NewStub(server_->InProcessChannel({}));
  }
  ~CallerOfTest() override { server_->Shutdown(); }

  TemporaryFolder folder_;
  StreamCounter streams_;
  std::unique_ptr<TraceStore> store_;
  std::unique_ptr<IngestService> service_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<v1::IngestService::Stub> stub_;
};

TEST_F(CallerOfTest, AStreamThatIsCancelledWhileItBeginsIsNotCounted) {
  std::promise<void> asked;
  std::promise<void> answer;
  std::shared_future<void> answered = answer.get_future().share();
  Serve([&](const grpc::CallbackServerContext&, absl::string_view) -> absl::StatusOr<Caller> {
    return Caller{.may_go_on = [&asked, answered] {
      asked.set_value();
      answered.wait();
      return absl::OkStatus();
    }};
  });
  grpc::ClientContext context;
  v1::OpenResponse open;
  ASSERT_TRUE(stub_->Open(&context, SampleOpen(1, "a"), &open).ok());
  grpc::ClientContext stream_context;
  const auto stream = stub_->Append(&stream_context);
  v1::AppendRequest request;
  *request.mutable_start() = StartOf(open);
  ASSERT_TRUE(stream->Write(request));
  ASSERT_EQ(asked.get_future().wait_for(std::chrono::seconds(60)), std::future_status::ready);
  stream_context.TryCancel();
  EXPECT_TRUE(streams_.WaitForFailure());
  answer.set_value();
  stream->Finish();
  // Returns when all that began has ended.
  server_->Shutdown();
  server_->Wait();
  EXPECT_EQ(streams_.begun, streams_.ended);
}

TEST_F(CallerOfTest, AChunkThatIsBeingTakenWhenTheServerDrainsIsAcknowledged) {
  std::atomic<int> messages = 0;
  std::promise<void> asked;
  std::promise<void> answer;
  std::shared_future<void> answered = answer.get_future().share();
  Serve([&](const grpc::CallbackServerContext&, absl::string_view) -> absl::StatusOr<Caller> {
    return Caller{.may_go_on = [&, answered] {
      if (++messages == 2) {
        asked.set_value();
        answered.wait();
      }
      return absl::OkStatus();
    }};
  });
  grpc::ClientContext context;
  Prepare(context);
  v1::OpenResponse open;
  ASSERT_TRUE(stub_->Open(&context, SampleOpen(1, "a"), &open).ok());
  grpc::ClientContext stream_context;
  Prepare(stream_context);
  const auto stream = stub_->Append(&stream_context);
  v1::AppendRequest request;
  *request.mutable_start() = StartOf(open);
  ASSERT_TRUE(stream->Write(request));
  Chunker chunker;
  *request.mutable_chunk() = chunker.NextSample(10, kRows);
  ASSERT_TRUE(stream->Write(request));
  ASSERT_EQ(asked.get_future().wait_for(std::chrono::seconds(60)), std::future_status::ready);
  service_->Drain();
  answer.set_value();
  v1::AppendResponse response;
  EXPECT_TRUE(stream->Read(&response));
  EXPECT_EQ(response.durable_seq(), 1u);
  EXPECT_FALSE(stream->Read(&response));
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(CallerOfTest, RefusesACallThatItDoesNotKnow) {
  std::vector<std::string> methods;
  Serve([&](const grpc::CallbackServerContext&, absl::string_view method) -> absl::StatusOr<Caller> {
    methods.emplace_back(method);
    return absl::UnauthenticatedError("no token");
  });
  grpc::ClientContext context;
  Prepare(context);
  v1::OpenResponse open;
  EXPECT_EQ(stub_->Open(&context, SampleOpen(1, "a"), &open).error_code(), grpc::StatusCode::UNAUTHENTICATED);
  grpc::ClientContext stream_context;
  const auto stream = stub_->Append(&stream_context);
  v1::AppendResponse response;
  EXPECT_FALSE(stream->Read(&response));
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(methods,
            std::vector<std::string>({"/sandglass.v1.IngestService/Open", "/sandglass.v1.IngestService/Append"}));
}

TEST_F(CallerOfTest, AStreamEndsWhenItsCallerMayNotGoOn) {
  constexpr uint32_t kTenant = 7;
  std::atomic<bool> allowed = true;
  Serve([&](const grpc::CallbackServerContext&, absl::string_view) -> absl::StatusOr<Caller> {
    return Caller{.tenant = kTenant,
                  .may_go_on = [&] { return allowed ? absl::OkStatus() : absl::UnauthenticatedError("expired"); }};
  });
  grpc::ClientContext context;
  Prepare(context);
  v1::OpenResponse open;
  ASSERT_TRUE(stub_->Open(&context, SampleOpen(1, "a"), &open).ok());
  grpc::ClientContext stream_context;
  const auto stream = stub_->Append(&stream_context);
  v1::AppendRequest request;
  *request.mutable_start() = StartOf(open);
  ASSERT_TRUE(stream->Write(request));
  Chunker chunker;
  v1::AppendResponse response;
  *request.mutable_chunk() = chunker.NextSample(10, kRows);
  ASSERT_TRUE(stream->Write(request));
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_EQ(response.durable_seq(), 1u);
  allowed = false;
  *request.mutable_chunk() = chunker.NextSample(10, kRows);
  ASSERT_TRUE(stream->Write(request));
  stream->WritesDone();
  EXPECT_FALSE(stream->Read(&response));
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::UNAUTHENTICATED);
  const auto& trailing = stream_context.GetServerTrailingMetadata();
  ASSERT_EQ(trailing.count(kDurableSeqMetadata), 1u);
  EXPECT_EQ(trailing.find(kDurableSeqMetadata)->second, "1");
}

}  // namespace
}  // namespace sandglass::storage
