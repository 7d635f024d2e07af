// Requests to the analysis service, of any bytes: an answer or an error in one line, and never an answer with a number
// that is none.
//
// The first byte says which request the rest is.
#include <algorithm>
#include <memory>
#include <string>

#include "analyzer/analysis/engine.h"
#include "analyzer/analysis/store_fixture.h"
#include "analyzer/silicon/catalog.h"
#include "proto/grpc_status.h"
#include "storage/ingest.h"
#include "storage/sample_trace.h"
#include "storage/trace_store.h"
#include "tests/fuzz/fuzzer.h"
#include "tests/fuzz/laws.h"

namespace sandglass::fuzz {
namespace {

using analysis::Engine;

enum class Method : char {
  kListTraces,
  kGetTrace,
  kListOperators,
  kReplay,
  kCompare,
  kExplain,
  kCoverage,
  kCost,
  kMigrate,
  kLockIn,
  kProfile,
  kSchedule
};

// More paths of a simulation say nothing new here, and take long.
constexpr uint32_t kMostPaths = 50;

class Answers {
 public:
  Answers() : store_(*storage::TraceStore::Open(folder_.path(), {})), catalog_(*silicon::Catalog::Embedded()) {
    storage::Ingest ingest(*store_);
    for (const char* name : {"a", "b"}) {
      const auto manifest = analysis::Submit(ingest, analysis::TinyTraining(name, 1), 1);
      Require(manifest.ok(), manifest.status().ToString());
    }
    engine_ = std::make_unique<Engine>(*store_, storage::kDefaultTenant, catalog_);
  }

  Engine& engine() { return *engine_; }

 private:
  storage::TemporaryFolder folder_;
  std::unique_ptr<storage::TraceStore> store_;
  silicon::Catalog catalog_;
  std::unique_ptr<Engine> engine_;
};

Engine& TheEngine() {
  static auto* answers = new Answers;
  return answers->engine();
}

template <typename Response>
void Check(const absl::StatusOr<Response>& response) {
  RequireOneLine(FromGrpc(ToGrpc(response.status())));
  if (response.ok()) RequireFinite(*response);
}

void Bound(google::protobuf::Message&) {}

template <typename Request>
auto Bound(Request& request) -> decltype(request.mutable_scenario(), void()) {
  if (request.scenario().paths() > kMostPaths) request.mutable_scenario()->set_paths(kMostPaths);
}

template <typename Request, typename Response>
void Ask(const std::string& bytes, absl::StatusOr<Response> (Engine::*ask)(const Request&)) {
  Request request;
  if (!request.ParseFromString(bytes)) return;
  Bound(request);
  Check((TheEngine().*ask)(request));
}

void Replay(const std::string& bytes) {
  v1::ReplayRequest request;
  if (!request.ParseFromString(bytes)) return;
  Check(TheEngine().Replay(request, [](int done, int total) { return done <= total; }));
}

template <typename Message>
std::string Seed(Method method, const Message& message) {
  return static_cast<char>(method) + message.SerializeAsString();
}

template <typename Request>
Request About(const std::string& trace) {
  Request request;
  request.set_trace(trace);
  return request;
}

v1::Scenario SmallScenario() {
  v1::Scenario scenario;
  scenario.set_scenario_version(1);
  scenario.set_paths(20);
  return scenario;
}

v1::ReplayOptions Options() {
  v1::ReplayOptions options;
  options.set_utilization(0.5);
  options.set_pue(1.2);
  return options;
}

std::vector<std::string> SeedsOfMoney() {
  v1::CostRequest cost;
  cost.add_traces("a");
  cost.add_silicon_classes("H100-SXM");
  *cost.mutable_scenario() = SmallScenario();
  v1::MigrateRequest migrate;
  migrate.add_traces("a");
  migrate.add_weights(1);
  migrate.set_from_class("H100-SXM");
  migrate.set_to_class("MI300X");
  *migrate.mutable_options() = Options();
  *migrate.mutable_scenario() = SmallScenario();
  v1::LockInRequest lock_in;
  lock_in.add_incumbent_traces("a");
  lock_in.add_successor_traces("b");
  lock_in.set_specialised_class("TPU v5p");
  lock_in.set_general_class("H100-SXM");
  lock_in.set_hazard_per_year(0.2);
  lock_in.set_horizon_years(4);
  lock_in.set_budget_usd(1e7);
  *lock_in.mutable_scenario() = SmallScenario();
  return {Seed(Method::kCost, cost), Seed(Method::kMigrate, migrate), Seed(Method::kLockIn, lock_in)};
}

}  // namespace

std::vector<std::string> Seeds() {
  v1::ListTracesRequest list;
  list.set_name_prefix("a");
  list.set_page_size(1);
  list.set_page_token("1");
  auto operators = About<v1::ListOperatorsRequest>("a");
  operators.set_page_size(1);
  operators.set_page_token("1");
  auto replay = About<v1::ReplayRequest>("a");
  replay.add_silicon_classes("H100-SXM");
  *replay.mutable_options() = Options();
  auto compare = About<v1::CompareRequest>("a");
  compare.set_base_class("H100-SXM");
  compare.set_other_class("MI300X");
  auto explain = About<v1::ExplainRequest>("a");
  explain.set_silicon_class("H100-SXM");
  explain.set_operator_id(1);
  auto coverage = About<v1::CoverageRequest>("b");
  coverage.add_silicon_classes("trainium2");
  auto profile = About<v1::ProfileRequest>("a");
  profile.set_silicon_class("tpu-v5e");
  profile.set_group(v1::PROFILE_GROUP_NAME);
  profile.set_most_kernels(1);
  auto schedule = About<v1::ScheduleRequest>("b");
  schedule.set_silicon_class("h100-sxm");
  schedule.set_page_size(1);
  schedule.set_page_token("1");
  std::vector<std::string> seeds = {
      Seed(Method::kListTraces, list),         Seed(Method::kGetTrace, About<v1::GetTraceRequest>("b")),
      Seed(Method::kListOperators, operators), Seed(Method::kReplay, replay),
      Seed(Method::kCompare, compare),         Seed(Method::kExplain, explain),
      Seed(Method::kCoverage, coverage),       Seed(Method::kProfile, profile),
      Seed(Method::kSchedule, schedule)};
  for (std::string& seed : SeedsOfMoney()) seeds.push_back(std::move(seed));
  return seeds;
}

}  // namespace sandglass::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sandglass::fuzz;  // NOLINT(google-build-using-namespace): the entry point has no namespace
  if (size == 0) return 0;
  const std::string bytes(reinterpret_cast<const char*>(data + 1), size - 1);
  switch (static_cast<Method>(data[0])) {
    case Method::kListTraces:
      Ask(bytes, &Engine::ListTraces);
      break;
    case Method::kGetTrace:
      Ask(bytes, &Engine::GetTrace);
      break;
    case Method::kListOperators:
      Ask(bytes, &Engine::ListOperators);
      break;
    case Method::kReplay:
      Replay(bytes);
      break;
    case Method::kCompare:
      Ask(bytes, &Engine::Compare);
      break;
    case Method::kExplain:
      Ask(bytes, &Engine::Explain);
      break;
    case Method::kCoverage:
      Ask(bytes, &Engine::Coverage);
      break;
    case Method::kProfile:
      Ask(bytes, &Engine::Profile);
      break;
    case Method::kSchedule:
      Ask(bytes, &Engine::Schedule);
      break;
    case Method::kCost:
      Ask(bytes, &Engine::Cost);
      break;
    case Method::kMigrate:
      Ask(bytes, &Engine::Migrate);
      break;
    case Method::kLockIn:
      Ask(bytes, &Engine::LockIn);
      break;
  }
  return 0;
}
