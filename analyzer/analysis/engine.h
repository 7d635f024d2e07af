// Analysis over a store and a catalog in this process.
//
// Safe for use by several threads at once. An answer is a function of (stored trace, catalog, question). A decoded
// trace is kept until another one is asked for, so that several questions about one trace decode it once.
#ifndef SANDGLASS_ANALYZER_ANALYSIS_ENGINE_H_
#define SANDGLASS_ANALYZER_ANALYSIS_ENGINE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "analyzer/analysis/analysis.h"
#include "analyzer/report/economics/reports.h"
#include "analyzer/silicon/catalog.h"
#include "analyzer/silicon/silicon.h"
#include "analyzer/trace/trace.h"
#include "proto/analysis_service.pb.h"
#include "proto/scenario.pb.h"
#include "storage/mutex.h"
#include "storage/trace_store.h"

namespace sandglass::analysis {

class Engine : public Analysis {
 public:
  // Answers about the traces of `tenant`, and of no other. `store` and `catalog` must outlive the engine.
  Engine(const storage::TraceStore& store, uint32_t tenant, const silicon::Catalog& catalog)
      : Engine(store, tenant, catalog, std::make_shared<Kept>(), nullptr) {}

  // An engine on the same store for another tenant; cheap. Both share the one decoded trace that is kept, which each
  // finds only if it is its own. Its LockIn asks `go_on`.
  std::unique_ptr<Engine> ForTenant(uint32_t tenant, GoOn go_on = nullptr) const;

  absl::StatusOr<v1::ListTracesResponse> ListTraces(const v1::ListTracesRequest& request) override;
  absl::StatusOr<v1::GetTraceResponse> GetTrace(const v1::GetTraceRequest& request) override;
  absl::StatusOr<v1::ListOperatorsResponse> ListOperators(const v1::ListOperatorsRequest& request) override;
  absl::StatusOr<v1::ReplayReport> Replay(const v1::ReplayRequest& request, Progress progress) override;
  absl::StatusOr<v1::CompareResponse> Compare(const v1::CompareRequest& request) override;
  absl::StatusOr<v1::ExplainResponse> Explain(const v1::ExplainRequest& request) override;
  absl::StatusOr<v1::ProfileResponse> Profile(const v1::ProfileRequest& request) override;
  absl::StatusOr<v1::ScheduleResponse> Schedule(const v1::ScheduleRequest& request) override;
  absl::StatusOr<v1::CoverageResponse> Coverage(const v1::CoverageRequest& request) override;
  absl::StatusOr<v1::CostResponse> Cost(const v1::CostRequest& request) override;
  absl::StatusOr<v1::MigrateResponse> Migrate(const v1::MigrateRequest& request) override;
  absl::StatusOr<v1::LockInResponse> LockIn(const v1::LockInRequest& request) override;
  absl::StatusOr<v1::ListSiliconResponse> ListSilicon(const v1::ListSiliconRequest& request) override;

 private:
  absl::StatusOr<v1::TraceManifest> Find(const std::string& trace) const;
  // Each decoded, with its place in the request for messages: "lock_in.successor[0]".
  absl::StatusOr<std::vector<report::NamedTrace>> LoadAll(
      const google::protobuf::RepeatedPtrField<v1::Workload>& workloads, const std::string& field);
  struct Loaded {
    uint32_t tenant;
    v1::TraceManifest manifest;
    trace::Trace trace;
  };
  struct Kept {
    storage::Mutex mutex;
    // The trace that was asked for last; null: none.
    std::shared_ptr<const Loaded> last ABSL_GUARDED_BY(mutex);
  };
  Engine(const storage::TraceStore& store, uint32_t tenant, const silicon::Catalog& catalog, std::shared_ptr<Kept> kept,
         GoOn go_on)
      : store_(store), tenant_(tenant), catalog_(catalog), kept_(std::move(kept)), go_on_(std::move(go_on)) {}

  absl::StatusOr<std::shared_ptr<const Loaded>> Load(const std::string& trace);
  // `field` is for messages. Errors: InvalidArgument without a name, NotFound.
  absl::StatusOr<const silicon::SiliconClass*> FindClass(const std::string& name, absl::string_view field) const;
  // The classes of those names in the order of the catalog, each once; all of them where there are no names.
  absl::StatusOr<std::vector<const silicon::SiliconClass*>> Classes(const std::vector<std::string>& names) const;

  const storage::TraceStore& store_;
  const uint32_t tenant_;
  const silicon::Catalog& catalog_;
  const std::shared_ptr<Kept> kept_;
  const GoOn go_on_;
};

}  // namespace sandglass::analysis

#endif  // SANDGLASS_ANALYZER_ANALYSIS_ENGINE_H_
