// What becomes of a spooled trace that a server refuses, or that is given up.
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "collectors/stream/disk_calls.h"
#include "collectors/stream/ingest_writer.h"
#include "collectors/stream/spool.h"
#include "proto/chain_digest.h"
#include "proto/ingest_service.grpc.pb.h"

namespace sandglass::collectors {
namespace {

// Acknowledges so many chunks of each stream, then ends it with a status.
class FakeService final : public v1::IngestService::Service {
 public:
  grpc::Status Open(grpc::ServerContext*, const v1::OpenRequest* request, v1::OpenResponse* response) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    keys_.push_back(request->client_key());
    if (!open_status_.ok()) return open_status_;
    *response = opened_;
    return grpc::Status::OK;
  }

  grpc::Status Append(grpc::ServerContext*,
                      grpc::ServerReaderWriter<v1::AppendResponse, v1::AppendRequest>* stream) override {
    v1::AppendRequest request;
    stream->Read(&request);
    const std::lock_guard<std::mutex> lock(mutex_);
    for (int chunks = 0; chunks < most_chunks_ && stream->Read(&request); ++chunks) {
      const v1::Chunk& chunk = request.chunk();
      chain_ = ChainDigest(chain_, chunk.seq(), Sha256(chunk.payload()));
      v1::AppendResponse response;
      response.set_durable_seq(chunk.seq());
      response.set_chain_digest(DigestBytes(chain_));
      response.set_credit_bytes(1 << 20);
      stream->Write(response);
      opened_.set_next_seq(chunk.seq() + 1);
      opened_.set_chain_digest(DigestBytes(chain_));
    }
    return append_status_;
  }

  void RefuseOpen(const grpc::Status& status) {
    const std::lock_guard<std::mutex> lock(mutex_);
    open_status_ = status;
  }
  void EndStreams(int after_chunks, const grpc::Status& status) {
    const std::lock_guard<std::mutex> lock(mutex_);
    most_chunks_ = after_chunks;
    append_status_ = status;
  }
  void ForgetChunks() {
    const std::lock_guard<std::mutex> lock(mutex_);
    chain_ = {};
    opened_.set_next_seq(1);
    opened_.set_chain_digest(DigestBytes(chain_));
  }
  void ChangeChunks() {
    const std::lock_guard<std::mutex> lock(mutex_);
    opened_.set_chain_digest(DigestBytes(Sha256("other")));
  }
  // The client_keys that it was told.
  std::vector<std::string> keys() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return keys_;
  }

 private:
  std::mutex mutex_;
  v1::OpenResponse opened_ = [] {
    v1::OpenResponse response;
    response.set_trace_id("T");
    response.set_epoch(1);
    response.set_next_seq(1);
    response.set_chain_digest(DigestBytes(Digest{}));
    response.set_credit_bytes(1 << 20);
    response.set_max_chunk_bytes(1 << 20);
    return response;
  }();
  Digest chain_{};
  int most_chunks_ = 2;
  grpc::Status open_status_;
  grpc::Status append_status_;
  std::vector<std::string> keys_;
};

class RefusalTest : public ::testing::Test {
 protected:
  RefusalTest() {
    options_.destination = "the fake";
    options_.chunk.operators = 10;
    options_.connect.patience = absl::Milliseconds(100);
    options_.resume = {.first_delay = absl::Milliseconds(1), .patience = absl::Milliseconds(50)};
    options_.spool.directory = std::filesystem::path(::testing::TempDir()) / "refusal_test" /
                               ::testing::UnitTest::GetInstance()->current_test_info()->name();
    options_.spool.server = "h:1";
    options_.warn = [](const std::string&) {};
    std::filesystem::remove_all(options_.spool.directory);
    grpc::ServerBuilder builder;
    builder.RegisterService(&service_);
    server_ = builder.BuildAndStart();
    stub_ = v1::IngestService::NewStub(server_->InProcessChannel(grpc::ChannelArguments()));
  }
  ~RefusalTest() override {
    HookedDiskCalls() = {};
    server_->Shutdown(std::chrono::system_clock::now());
  }

  std::unique_ptr<IngestWriter> Begun() {
    auto writer = std::make_unique<IngestWriter>(*stub_, options_);
    const absl::Status status = writer->Begin(v1::TraceHeader());
    EXPECT_TRUE(status.ok()) << status;
    return writer;
  }

  absl::Status AddUntilError(IngestWriter& writer) {
    v1::Operator op;
    op.mutable_signature()->set_name("aten::mm");
    while (true) {
      op.set_id(++added_);
      if (absl::Status status = writer.Add(op); !status.ok()) return status;
    }
  }

  std::vector<std::string> Spooled() const { return SpoolFiles(options_.spool.directory).value(); }

  FakeService service_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<v1::IngestService::Stub> stub_;
  IngestWriterOptions options_;
  uint64_t added_ = 0;
};

TEST_F(RefusalTest, WhatIsRefusedInTheMiddleIsKept) {
  struct Case {
    grpc::StatusCode code;
    const char* how;
  };
  const Case cases[] = {
      {grpc::StatusCode::ALREADY_EXISTS, " --new-key` sends it as a new trace"},
      {grpc::StatusCode::INVALID_ARGUMENT, " --to HOST:PORT` sends it to a server that takes it; else remove it"},
      {grpc::StatusCode::PERMISSION_DENIED, "` takes it up"},
  };
  for (const Case& c : cases) {
    service_.EndStreams(2, grpc::Status(c.code, "no more of this"));
    auto writer = Begun();
    const absl::Status status = AddUntilError(*writer);
    EXPECT_EQ(static_cast<int>(status.code()), static_cast<int>(c.code)) << status;
    ASSERT_EQ(Spooled().size(), 1u) << status;
    EXPECT_TRUE(absl::EndsWith(status.message(),
                               absl::StrCat("no more of this; what was recorded is kept in ", Spooled()[0],
                                            ": `sandglass-collect resume --spool ", options_.spool.directory, c.how)))
        << status;
    EXPECT_TRUE(writer->Resumable());
    // Whoever lets go of it now leaves it.
    writer.reset();
    ASSERT_EQ(Spooled().size(), 1u);
    EXPECT_GE((*Spool::Open(Spooled()[0]))->operators(), 20u);
    std::filesystem::remove(Spooled()[0]);
    service_.ForgetChunks();
  }
}

TEST_F(RefusalTest, AServersCancelledIsNotTheUsers) {
  service_.EndStreams(0, grpc::Status(grpc::StatusCode::CANCELLED, "going down"));
  // Full soon: then somebody waits, and patience ends.
  options_.spool.max_bytes = 4096;
  auto writer = Begun();
  const absl::Status status = AddUntilError(*writer);
  EXPECT_EQ(status.code(), absl::StatusCode::kCancelled) << status;
  EXPECT_TRUE(absl::StrContains(status.message(), "; what was recorded is kept in ")) << status;
  EXPECT_TRUE(writer->Resumable());
  writer.reset();
  EXPECT_EQ(Spooled().size(), 1u);
}

TEST_F(RefusalTest, WhatTheUserGivesUpIsGone) {
  service_.EndStreams(1000, grpc::Status::OK);
  auto writer = Begun();
  writer->Cancel();
  const absl::Status status = AddUntilError(*writer);
  EXPECT_EQ(status.code(), absl::StatusCode::kCancelled) << status;
  EXPECT_FALSE(absl::StrContains(status.message(), "kept")) << status;
  EXPECT_FALSE(writer->Resumable());
  writer.reset();
  EXPECT_EQ(Spooled(), std::vector<std::string>());
}

TEST_F(RefusalTest, WhatFailedBeforeTheUserGaveUpIsKept) {
  service_.EndStreams(1, grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, "no"));
  auto writer = Begun();
  EXPECT_EQ(AddUntilError(*writer).code(), absl::StatusCode::kInvalidArgument);
  writer->Cancel();
  EXPECT_TRUE(writer->Resumable());
  writer.reset();
  EXPECT_EQ(Spooled().size(), 1u);
}

TEST_F(RefusalTest, ANewKeyIsAdvisedOnlyWhereItHelps) {
  service_.EndStreams(1, grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, "no"));
  auto recorder = Begun();
  EXPECT_EQ(AddUntilError(*recorder).code(), absl::StatusCode::kInvalidArgument);
  recorder.reset();
  const std::string file = Spooled().at(0);
  struct Case {
    grpc::StatusCode code;
    bool helps;
  };
  for (const Case& c : {Case{grpc::StatusCode::FAILED_PRECONDITION, true}, Case{grpc::StatusCode::ALREADY_EXISTS, true},
                        Case{grpc::StatusCode::INVALID_ARGUMENT, false}, Case{grpc::StatusCode::UNAUTHENTICATED, false},
                        Case{grpc::StatusCode::DATA_LOSS, false}}) {
    service_.RefuseOpen(grpc::Status(c.code, "not this one"));
    IngestWriter writer(*stub_, options_);
    EXPECT_FALSE(writer.Resume(*Spool::Open(file)).ok());
    EXPECT_EQ(writer.NewKeyHelps(), c.helps) << c.code;
  }
  // The server has other chunks.
  service_.RefuseOpen(grpc::Status::OK);
  service_.ChangeChunks();
  IngestWriter writer(*stub_, options_);
  EXPECT_EQ(writer.Resume(*Spool::Open(file)).code(), absl::StatusCode::kDataLoss);
  EXPECT_TRUE(writer.NewKeyHelps());
}

TEST_F(RefusalTest, ANewKeyStaysWithItsTrace) {
  constexpr const char* kNewKey = "fedcba98-89ab-4cde-8f01-23456789abcd";
  service_.EndStreams(1, grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, "no"));
  auto recorder = Begun();
  EXPECT_EQ(AddUntilError(*recorder).code(), absl::StatusCode::kInvalidArgument);
  recorder.reset();
  const std::string file = Spooled().at(0);
  service_.RefuseOpen(grpc::Status(grpc::StatusCode::UNAUTHENTICATED, "no"));
  options_.new_client_key = [] { return kNewKey; };
  EXPECT_FALSE(IngestWriter(*stub_, options_).Resume(*Spool::Open(file)).ok());
  options_.new_client_key = nullptr;
  EXPECT_FALSE(IngestWriter(*stub_, options_).Resume(*Spool::Open(file)).ok());
  const std::vector<std::string> keys = service_.keys();
  ASSERT_EQ(keys.size(), 3u);
  EXPECT_NE(keys[0], kNewKey);
  EXPECT_EQ(keys[1], kNewKey);
  EXPECT_EQ(keys[2], kNewKey);
}

TEST_F(RefusalTest, ASpoolThatGaveChunksUpGetsNoNewKey) {
  options_.spool.max_bytes = 4096;
  service_.EndStreams(50, grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, "no"));
  auto recorder = Begun();
  EXPECT_EQ(AddUntilError(*recorder).code(), absl::StatusCode::kInvalidArgument);
  recorder.reset();
  const std::string file = Spooled().at(0);
  options_.new_client_key = [] { return "fedcba98-89ab-4cde-8f01-23456789abcd"; };
  {
    IngestWriter writer(*stub_, options_);
    const absl::Status status = writer.Resume(*Spool::Open(file));
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_TRUE(absl::StrContains(status.message(), "resume it without --new-key")) << status;
    EXPECT_FALSE(writer.NewKeyHelps());
  }
  EXPECT_EQ((*Spool::Open(file))->header().open.client_key(), service_.keys().at(0));
}

TEST_F(RefusalTest, NobodyWaitsForTheDiskOfAFullSpool) {
  options_.spool.max_bytes = 4096;
  service_.EndStreams(50, grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, "no"));
  const auto writer = Begun();
  // Here, so that a call that waits all the same has its answer at last.
  std::future<IngestStats> stats;
  HookedDiskCalls().on_punch = [&](const std::string&, uint64_t, uint64_t) {
    if (stats.valid()) return;
    stats = std::async(std::launch::async, [&] { return writer->stats(); });
    EXPECT_EQ(stats.wait_for(std::chrono::minutes(1)), std::future_status::ready);
  };
  EXPECT_EQ(AddUntilError(*writer).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(stats.valid());
}

}  // namespace
}  // namespace sandglass::collectors
