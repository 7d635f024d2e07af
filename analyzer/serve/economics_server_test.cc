// Questions about money over a real socket: the answers are the engine's to the bit, errors included.
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "analyzer/analysis/engine.h"
#include "analyzer/analysis/remote.h"
#include "analyzer/analysis/store_fixture.h"
#include "analyzer/serve/server.h"
#include "gtest/gtest.h"
#include "proto/analysis_service.pb.h"
#include "proto/scenario.pb.h"
#include "storage/ingest.h"
#include "storage/trace_store.h"

namespace sandglass::serve {
namespace {

using absl::StatusCode;

class EconomicsServerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string folder = absl::StrCat(::testing::TempDir(), "/economics_server_XXXXXX");
    ASSERT_NE(mkdtemp(folder.data()), nullptr);
    auto store = storage::TraceStore::Open(folder, {});
    ASSERT_TRUE(store.ok()) << store.status();
    store_ = *std::move(store);
    {
      storage::Ingest ingest(*store_);
      for (const auto& [name, layers] : {std::pair("demo/one", 20), std::pair("demo/two", 5)}) {
        const auto manifest = analysis::Submit(ingest, analysis::TinyTraining(name, layers));
        ASSERT_TRUE(manifest.ok()) << manifest.status();
      }
    }
    auto catalog = silicon::Catalog::Embedded();
    ASSERT_TRUE(catalog.ok()) << catalog.status();
    catalog_ = std::make_unique<silicon::Catalog>(*std::move(catalog));
    engine_ = std::make_unique<analysis::Engine>(*store_, storage::kDefaultTenant, *catalog_);
    auto server = Server::Start(*store_, *catalog_, {});
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    auto remote = analysis::Remote::Connect(server_->address(), absl::Seconds(10));
    ASSERT_TRUE(remote.ok()) << remote.status();
    remote_ = *std::move(remote);
  }

  // Asks both; the answers must be equal, and the status is `code`.
  template <typename Request, typename Response>
  void ExpectEqual(absl::StatusOr<Response> (analysis::Analysis::*ask)(const Request&), const Request& request,
                   StatusCode code = StatusCode::kOk) {
    const absl::StatusOr<Response> local = (engine_.get()->*ask)(request);
    const absl::StatusOr<Response> remote = (remote_.get()->*ask)(request);
    EXPECT_EQ(local.status().code(), code) << local.status();
    ASSERT_EQ(local.status(), remote.status());
    if (!local.ok()) return;
    EXPECT_EQ(local->SerializeAsString(), remote->SerializeAsString());
    EXPECT_EQ(remote->report().catalog_digest(), catalog_->digest_hex());
  }

  std::unique_ptr<storage::TraceStore> store_;
  std::unique_ptr<silicon::Catalog> catalog_;
  std::unique_ptr<analysis::Engine> engine_;
  std::unique_ptr<Server> server_;
  std::unique_ptr<analysis::Remote> remote_;
};

TEST_F(EconomicsServerTest, Cost) {
  v1::CostRequest request;
  ExpectEqual(&analysis::Analysis::Cost, request, StatusCode::kInvalidArgument);
  request.add_traces("one");
  request.add_traces("demo/two");
  ExpectEqual(&analysis::Analysis::Cost, request);
  request.add_silicon_classes("H100-SXM");
  request.mutable_scenario()->mutable_replay()->set_pue(1.1);
  ExpectEqual(&analysis::Analysis::Cost, request);
  request.add_traces("absent");
  ExpectEqual(&analysis::Analysis::Cost, request, StatusCode::kNotFound);
}

TEST_F(EconomicsServerTest, Migrate) {
  v1::MigrateRequest request;
  request.add_traces("one");
  request.add_traces("two");
  request.add_weights(3);
  request.add_weights(1);
  request.set_from_class("H100-SXM");
  request.set_to_class("TPU v5p");
  request.add_matrix_classes("H100-SXM");
  request.add_matrix_classes("MI300X");
  ExpectEqual(&analysis::Analysis::Migrate, request);
  request.set_to_class("Anton 3");
  ExpectEqual(&analysis::Analysis::Migrate, request);
  request.set_from_class("Anton 3");
  request.set_to_class("H100-SXM");
  ExpectEqual(&analysis::Analysis::Migrate, request, StatusCode::kFailedPrecondition);
  request.clear_from_class();
  ExpectEqual(&analysis::Analysis::Migrate, request, StatusCode::kInvalidArgument);
}

TEST_F(EconomicsServerTest, LockIn) {
  v1::LockInRequest request;
  request.add_incumbent_traces("one");
  request.add_successor_traces("two");
  request.set_specialised_class("TPU v5p");
  request.set_general_class("H100-SXM");
  request.mutable_scenario()->set_paths(1000);
  for (const uint64_t seed : {1, 2}) {
    request.set_seed(seed);
    ExpectEqual(&analysis::Analysis::LockIn, request);
  }
  request.set_hazard_per_year(-1);
  ExpectEqual(&analysis::Analysis::LockIn, request, StatusCode::kInvalidArgument);
  request.clear_hazard_per_year();
  request.set_specialised_class("nothing");
  ExpectEqual(&analysis::Analysis::LockIn, request, StatusCode::kNotFound);
}

}  // namespace
}  // namespace sandglass::serve
