// One gRPC server with ingest, analysis and health.
//
// What strangers can do to it is bounded: connections have a number, messages and metadata a size limit, compressed
// messages are refused before they are inflated, all buffers together come out of one quota, and connections that went
// silent are closed.
//
// Health is reported as "", "sandglass.v1.IngestService" and "sandglass.v1.AnalysisService".
// Safe for use by several threads at once.
#ifndef SANDGLASS_ANALYZER_SERVE_SERVER_H_
#define SANDGLASS_ANALYZER_SERVE_SERVER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "analyzer/silicon/catalog.h"
#include "grpcpp/grpcpp.h"
#include "storage/caller.h"
#include "storage/ingest_observer.h"
#include "storage/trace_store.h"

namespace sandglass::serve {

struct ServerOptions {
  // HOST:PORT; port 0 takes a free one.
  std::string listen = "127.0.0.1:0";
  // How connections are protected; null: in the clear.
  std::shared_ptr<grpc::ServerCredentials> credentials = nullptr;
  // Who makes a call; empty: all are the default tenant. What it uses must outlive the server.
  storage::CallerOf caller_of = nullptr;
  // Who hears of what happens in ingest; must outlive the server.
  std::vector<storage::IngestObserver*> observers = {};
  // Whether to describe the services to whoever asks (gRPC server reflection).
  bool reflection = false;
  // Connections that may be open at a time; fewer where there are not enough descriptors.
  size_t most_connections = 10000;
  // A peer that was silent for so long is asked whether it is there; 10 s later without an answer it is gone.
  absl::Duration keepalive = absl::Seconds(20);
  // For all of gRPC's buffers together, in bytes.
  size_t buffer_bytes = 256 << 20;
};

class Server {
 public:
  // Starts listening. `store` and `catalog` must outlive the server.
  // Errors: Unavailable, where the address cannot be listened on.
  static absl::StatusOr<std::unique_ptr<Server>> Start(storage::TraceStore& store, const silicon::Catalog& catalog,
                                                       const ServerOptions& options);
  // Shuts down without grace, unless Shutdown came before.
  ~Server();

  // Where it listens, with the port that it got.
  const std::string& address() const;

  // Connections that are open, and how many were refused so far.
  size_t connections() const;
  uint64_t connections_refused() const;
  // What was set last.
  bool ingest_serving() const;

  // Whether traces can be taken in, which the health of the ingest service reports; analysis serves on. Serving at
  // first.
  void SetIngestServing(bool serving);

  // Ends traces that are open and were not written to for so long; their ids.
  absl::StatusOr<std::vector<std::string>> ExpireSilent(absl::Duration silence);

  // Reports itself as not serving, takes no more connections and calls, ends streams when they have every
  // acknowledgement that they are owed, lets other calls end, for at most `grace`, and then cancels what is left.
  void Shutdown(absl::Duration grace);

 private:
  struct Parts;
  explicit Server(std::unique_ptr<Parts> parts);

  const std::unique_ptr<Parts> parts_;
};

}  // namespace sandglass::serve

#endif  // SANDGLASS_ANALYZER_SERVE_SERVER_H_
