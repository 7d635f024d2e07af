// Questions about money over a real socket: the answers are the engine's to the bit, errors included.
#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "analyzer/serve/server_fixture.h"
#include "gtest/gtest.h"
#include "proto/analysis_service.pb.h"
#include "proto/scenario.pb.h"

namespace sandglass::serve {
namespace {

using absl::StatusCode;

class EconomicsServerTest : public ServerFixture {
 protected:
  template <typename Request, typename Response>
  void ExpectEqualReports(absl::StatusOr<Response> (analysis::Analysis::*ask)(const Request&), const Request& request,
                          StatusCode code = StatusCode::kOk) {
    ASSERT_EQ(ExpectEqual(ask, request), code);
    if (code != StatusCode::kOk) return;
    const absl::StatusOr<Response> remote = (remote_.get()->*ask)(request);
    ASSERT_TRUE(remote.ok()) << remote.status();
    EXPECT_EQ(remote->report().catalog_digest(), catalog_->digest_hex());
  }
};

TEST_F(EconomicsServerTest, Cost) {
  v1::CostRequest request;
  ExpectEqualReports(&analysis::Analysis::Cost, request, StatusCode::kInvalidArgument);
  request.add_traces("one");
  request.add_traces("two");
  ExpectEqualReports(&analysis::Analysis::Cost, request);
  request.add_silicon_classes("H100-SXM");
  request.mutable_scenario()->mutable_replay()->set_pue(1.1);
  ExpectEqualReports(&analysis::Analysis::Cost, request);
  request.add_traces("absent");
  ExpectEqualReports(&analysis::Analysis::Cost, request, StatusCode::kNotFound);
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
  ExpectEqualReports(&analysis::Analysis::Migrate, request);
  request.set_to_class("Anton 3");
  ExpectEqualReports(&analysis::Analysis::Migrate, request);
  request.set_from_class("Anton 3");
  request.set_to_class("H100-SXM");
  ExpectEqualReports(&analysis::Analysis::Migrate, request, StatusCode::kFailedPrecondition);
  request.clear_from_class();
  ExpectEqualReports(&analysis::Analysis::Migrate, request, StatusCode::kInvalidArgument);
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
    ExpectEqualReports(&analysis::Analysis::LockIn, request);
  }
  request.set_hazard_per_year(-1);
  ExpectEqualReports(&analysis::Analysis::LockIn, request, StatusCode::kInvalidArgument);
  request.clear_hazard_per_year();
  request.set_specialised_class("nothing");
  ExpectEqualReports(&analysis::Analysis::LockIn, request, StatusCode::kNotFound);
}

}  // namespace
}  // namespace sandglass::serve
