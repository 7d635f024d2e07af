// For tests: a whole server over a real socket, a client of it, and the engine that both must answer as.
#ifndef SANDGLASS_ANALYZER_SERVE_SERVER_FIXTURE_H_
#define SANDGLASS_ANALYZER_SERVE_SERVER_FIXTURE_H_

#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "analyzer/analysis/engine_fixture.h"
#include "analyzer/analysis/remote.h"
#include "analyzer/serve/server.h"
#include "gtest/gtest.h"

namespace sandglass::serve {

// Traces "one" and "two", in chunks of 7 rows.
class ServerFixture : public analysis::EngineFixture {
 protected:
  void SetUp() override {
    EngineFixture::SetUp();
    if (HasFatalFailure()) return;
    SubmitTiny("one", 20, 7);
    SubmitTiny("two", 5, 7);
    ingest_.reset();
    auto server = Server::Start(*store_, *catalog_, {});
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    auto remote = analysis::Remote::Connect(server_->address(), absl::Seconds(10));
    ASSERT_TRUE(remote.ok()) << remote.status();
    remote_ = *std::move(remote);
  }

  // Asks both; the answers must be equal to the bit, errors included. Returns their code.
  template <typename Request, typename Response>
  absl::StatusCode ExpectEqual(absl::StatusOr<Response> (analysis::Analysis::*ask)(const Request&),
                               const Request& request) {
    const absl::StatusOr<Response> local = (engine_.get()->*ask)(request);
    const absl::StatusOr<Response> remote = (remote_.get()->*ask)(request);
    EXPECT_EQ(local.status(), remote.status());
    if (local.ok() && remote.ok()) {
      EXPECT_EQ(local->SerializeAsString(), remote->SerializeAsString());
    }
    return local.status().code();
  }

  std::unique_ptr<Server> server_;
  std::unique_ptr<analysis::Remote> remote_;
};

}  // namespace sandglass::serve

#endif  // SANDGLASS_ANALYZER_SERVE_SERVER_FIXTURE_H_
