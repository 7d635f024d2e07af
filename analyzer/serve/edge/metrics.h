// Figures of a running server for Prometheus.
//
// Labels are numbers and codes only: nothing that a stranger wrote. Safe for use by several threads at once.
#ifndef SANDGLASS_ANALYZER_SERVE_EDGE_METRICS_H_
#define SANDGLASS_ANALYZER_SERVE_EDGE_METRICS_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "storage/ingest_observer.h"
#include "storage/tenant_usage.h"

namespace sandglass::serve {

// What is looked up anew for each reader; called from a thread of the metrics' own.
struct LiveFigures {
  std::function<size_t()> connections;
  std::function<uint64_t()> connections_refused;
  // Whether traces can be taken in.
  std::function<bool()> ingest_serving;
  // What tenants have in the store, by number, as far as it is known.
  std::function<std::map<uint32_t, storage::TenantUsage>()> usage;
  // How often RocksDB failed at work of its own, by what it did.
  std::function<std::map<std::string, uint64_t>()> background_errors;
};

class Metrics : public storage::IngestObserver {
 public:
  // Answers GET /metrics on `address`, HOST:PORT; port 0 takes a free one. `version` is the program's, `directory` that
  // of the store, whose size is reported. Errors: Unavailable, where the address cannot be listened on.
  static absl::StatusOr<std::unique_ptr<Metrics>> Start(const std::string& address, const std::string& version,
                                                        const std::string& directory);
  ~Metrics() override;

  // Where it listens, with the port that it got.
  const std::string& address() const;

  // Reports these, as far as they are there, until the result goes; that waits for a reader who is just looking. Must
  // not outlive the metrics.
  [[nodiscard]] std::shared_ptr<const void> Show(LiveFigures figures);

  void OnStreamBegun(const storage::StreamFacts& stream) override;
  void OnStreamEnded(const storage::StreamFacts& stream, const absl::Status& status) override;
  void OnAcknowledged(uint32_t tenant, uint64_t operators, uint64_t bytes, absl::Duration took) override;
  void OnCreditWait(uint32_t tenant) override;
  void OnCallFailed(const absl::Status& status) override;

 private:
  struct Parts;
  explicit Metrics(std::unique_ptr<Parts> parts);

  const std::unique_ptr<Parts> parts_;
};

}  // namespace sandglass::serve

#endif  // SANDGLASS_ANALYZER_SERVE_EDGE_METRICS_H_
