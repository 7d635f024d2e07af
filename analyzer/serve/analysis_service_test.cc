// The gRPC skin over an analysis that does what a test says: whose turn it is, and who is not waited for any more.
#include "analyzer/serve/analysis_service.h"

#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "analyzer/serve/analysis_fixture.h"
#include "grpcpp/grpcpp.h"
#include "gtest/gtest.h"
#include "proto/analysis_service.grpc.pb.h"
#include "storage/mutex.h"

namespace sandglass::serve {
namespace {

// How long a test that fails may take.
constexpr auto kPatience = std::chrono::minutes(1);

class AnalysisServiceTest : public ::testing::Test {
 protected:
  void TearDown() override {
    server_->Shutdown(std::chrono::system_clock::now());
    server_->Wait();
    pool_.reset();
  }

  // Has all calls answered by `Answering(tenant, go_on)`, on one thread.
  void Serve(AnalysisService::AnalysisFor analysis_for, size_t most_waiting) {
    pool_ = std::make_unique<storage::WorkQueue>(1, most_waiting);
    // A caller's tenant is what it says.
    service_ = std::make_unique<AnalysisService>(
        std::move(analysis_for), *pool_,
        [](const grpc::CallbackServerContext& context, absl::string_view) -> absl::StatusOr<storage::Caller> {
          storage::Caller caller;
          const auto said = context.client_metadata().find("tenant");
          if (said == context.client_metadata().end() ||
              !absl::SimpleAtoi(std::string(said->second.data(), said->second.size()), &caller.tenant)) {
            return absl::UnauthenticatedError("who?");
          }
          return caller;
        });
    int port = 0;
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(service_.get());
    server_ = builder.BuildAndStart();
    stub_ = v1::AnalysisService::NewStub(
        grpc::CreateChannel(absl::StrCat("127.0.0.1:", port), grpc::InsecureChannelCredentials()));
  }

  grpc::StatusCode LockIn(uint32_t tenant) {
    grpc::ClientContext context;
    context.AddMetadata("tenant", absl::StrCat(tenant));
    context.set_deadline(std::chrono::system_clock::now() + kPatience);
    v1::LockInResponse response;
    return stub_->LockIn(&context, {}, &response).error_code();
  }

  std::unique_ptr<AnalysisService> service_;
  std::unique_ptr<storage::WorkQueue> pool_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<v1::AnalysisService::Stub> stub_;
};

// Notes whose turn it is; the first one takes until it is told to go on.
class TakingTurns : public NoAnalysis {
 public:
  struct Turns {
    storage::Mutex mutex;
    std::vector<uint32_t> tenants ABSL_GUARDED_BY(mutex);
    std::promise<void> begun;
    std::promise<void> go_on;
  };
  TakingTurns(uint32_t tenant, Turns& turns) : tenant_(tenant), turns_(turns) {}

  absl::StatusOr<v1::LockInResponse> LockIn(const v1::LockInRequest&) override {
    bool first = false;
    {
      storage::MutexLock lock(turns_.mutex);
      first = turns_.tenants.empty();
      turns_.tenants.push_back(tenant_);
    }
    if (first) {
      turns_.begun.set_value();
      turns_.go_on.get_future().wait_for(kPatience);
    }
    return v1::LockInResponse();
  }

 private:
  const uint32_t tenant_;
  Turns& turns_;
};

TEST_F(AnalysisServiceTest, TenantsTakeTurns) {
  TakingTurns::Turns turns;
  Serve([&turns](uint32_t tenant, const analysis::GoOn&) { return std::make_unique<TakingTurns>(tenant, turns); }, 2);
  std::vector<std::future<grpc::StatusCode>> calls;
  calls.push_back(std::async(std::launch::async, [this] { return LockIn(1); }));
  turns.begun.get_future().wait_for(kPatience);
  std::vector<grpc::StatusCode> refused;
  for (const uint32_t tenant : {1, 2}) {
    // Two wait; that a third is refused says that they do.
    std::vector<std::future<grpc::StatusCode>> three;
    for (int i = 0; i < 3; ++i) three.push_back(std::async(std::launch::async, [=, this] { return LockIn(tenant); }));
    const auto end = std::chrono::steady_clock::now() + kPatience;
    for (size_t i = 0; three.size() == 3 && std::chrono::steady_clock::now() < end; i = (i + 1) % 3) {
      if (three[i].wait_for(std::chrono::milliseconds(1)) != std::future_status::ready) continue;
      refused.push_back(three[i].get());
      three.erase(three.begin() + static_cast<ptrdiff_t>(i));
    }
    for (auto& call : three) calls.push_back(std::move(call));
  }
  turns.go_on.set_value();
  EXPECT_EQ(refused, (std::vector<grpc::StatusCode>(2, grpc::StatusCode::RESOURCE_EXHAUSTED)));
  for (auto& call : calls) EXPECT_EQ(call.get(), grpc::StatusCode::OK);
  storage::MutexLock lock(turns.mutex);
  EXPECT_EQ(turns.tenants, (std::vector<uint32_t>{1, 2, 1, 2, 1}));
}

// Works for as long as it may.
class Endless : public NoAnalysis {
 public:
  struct Course {
    std::promise<void> begun;
    std::promise<bool> given_up;
  };
  Endless(analysis::GoOn go_on, Course& course) : go_on_(std::move(go_on)), course_(course) {}

  absl::StatusOr<v1::LockInResponse> LockIn(const v1::LockInRequest&) override {
    course_.begun.set_value();
    const auto end = std::chrono::steady_clock::now() + kPatience;
    while (go_on_() && std::chrono::steady_clock::now() < end)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    course_.given_up.set_value(!go_on_());
    return absl::CancelledError("given up");
  }

 private:
  const analysis::GoOn go_on_;
  Course& course_;
};

TEST_F(AnalysisServiceTest, WorkEndsWhenItsCallerDoesNotWaitAnyMore) {
  Endless::Course course;
  Serve([&course](uint32_t, analysis::GoOn go_on) { return std::make_unique<Endless>(std::move(go_on), course); }, 2);
  grpc::ClientContext context;
  context.AddMetadata("tenant", "1");
  auto call = std::async(std::launch::async, [&] {
    v1::LockInResponse response;
    return stub_->LockIn(&context, {}, &response).error_code();
  });
  ASSERT_EQ(course.begun.get_future().wait_for(kPatience), std::future_status::ready);
  context.TryCancel();
  EXPECT_EQ(call.get(), grpc::StatusCode::CANCELLED);
  EXPECT_TRUE(course.given_up.get_future().get());
}

}  // namespace
}  // namespace sandglass::serve
