#include "analyzer/serve/server.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "analyzer/analysis/engine.h"
#include "analyzer/serve/analysis_service.h"
#include "analyzer/serve/edge/gate.h"
#include "analyzer/serve/edge/listener.h"
#include "grpcpp/ext/proto_server_reflection_plugin.h"
#include "grpcpp/grpcpp.h"
#include "grpcpp/health_check_service_interface.h"
#include "storage/ingest_service.h"
#include "storage/work_queue.h"

namespace sandglass::serve {
namespace {

constexpr int kWorkers = 2;
// Of one tenant.
constexpr size_t kWaitingCalls = 64;
// A chunk may have 1 MiB; the rest is for headers with many devices and groups.
constexpr int kMostMessageBytes = 8 << 20;
constexpr int kMostMetadataBytes = 8 << 10;
// A client of gRPC's synchronous interface that waits for nothing looks at its connection every 5 s only.
constexpr int kKeepaliveTimeoutMs = 10000;
constexpr int kMostCallsAConnection = 128;
// Clients may ask as often as this whether the server is there.
constexpr int kLeastPingMs = 5000;
// Until a connection speaks TLS and HTTP/2.
constexpr int kHandshakeMs = 20000;
// A connection without a call is closed after so long; clients connect again when they call.
constexpr int kIdleMs = 600000;

constexpr absl::Duration kLookAtGate = absl::Milliseconds(5);
// Until clients have read how their calls ended.
constexpr absl::Duration kLinger = absl::Milliseconds(500);

constexpr const char* kIngest = "sandglass.v1.IngestService";
constexpr const char* kAnalysis = "sandglass.v1.AnalysisService";

void Limit(grpc::ServerBuilder& builder, const ServerOptions& options) {
  // A small compressed message can be hundreds of megabytes of zeros, and is inflated before any limit is applied.
  builder.SetCompressionAlgorithmSupportStatus(GRPC_COMPRESS_DEFLATE, false);
  builder.SetCompressionAlgorithmSupportStatus(GRPC_COMPRESS_GZIP, false);
  builder.SetMaxReceiveMessageSize(kMostMessageBytes);
  builder.SetMaxSendMessageSize(-1);
  builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, kMostMetadataBytes);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kMostCallsAConnection);
  builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, kHandshakeMs);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_IDLE_MS, kIdleMs);
  const auto keepalive_ms = static_cast<int>(absl::ToInt64Milliseconds(options.keepalive));
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, keepalive_ms);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  // By default gRPC stops to ask after two pings between which nothing was sent.
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, kLeastPingMs);
  grpc::ResourceQuota quota("sandglass");
  quota.Resize(options.buffer_bytes);
  builder.SetResourceQuota(quota);
}

}  // namespace

// In the order of need: what stands below uses what stands above it, and goes first.
struct Server::Parts {
  Parts(storage::TraceStore& store, const silicon::Catalog& catalog, const ServerOptions& options)
      : engine(store, storage::kDefaultTenant, catalog),
        pool(kWorkers, kWaitingCalls),
        analysis([this](uint32_t tenant, analysis::GoOn go_on) { return engine.ForTenant(tenant, std::move(go_on)); },
                 pool, Counted(Guarded(options.caller_of), options.observers)),
        ingest(store, {}, Guarded(options.caller_of), options.observers) {}

  // Lets callers in as long as the gate is open.
  storage::CallerOf Guarded(storage::CallerOf caller_of) {
    return
        [this, caller_of = storage::OrEverybody(std::move(caller_of))](
            const grpc::CallbackServerContext& context, absl::string_view method) -> absl::StatusOr<storage::Caller> {
          std::shared_ptr<const void> pass = gate.Enter();
          if (pass == nullptr) return absl::UnavailableError("the server is going down: try again");
          absl::StatusOr<storage::Caller> caller = caller_of(context, method);
          if (caller.ok()) caller->pass = std::move(pass);
          return caller;
        };
  }

  // Lets the observers hear of callers that were refused; ingest tells them itself.
  static storage::CallerOf Counted(storage::CallerOf caller_of, std::vector<storage::IngestObserver*> observers) {
    return [caller_of = std::move(caller_of), observers = std::move(observers)](
               const grpc::CallbackServerContext& context, absl::string_view method) {
      absl::StatusOr<storage::Caller> caller = caller_of(context, method);
      for (storage::IngestObserver* observer : observers) {
        if (!caller.ok()) observer->OnCallFailed(caller.status());
      }
      return caller;
    };
  }

  std::atomic<bool> ingest_serving = true;
  Gate gate;
  analysis::Engine engine;
  storage::WorkQueue pool;
  AnalysisService analysis;
  storage::IngestService ingest;
  std::string address;
  std::unique_ptr<grpc::Server> server;
  std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> acceptor;
  // Last: it hands connections to the acceptor.
  std::unique_ptr<Listener> listener;
};

Server::Server(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Server::~Server() { Shutdown(absl::ZeroDuration()); }

absl::StatusOr<std::unique_ptr<Server>> Server::Start(storage::TraceStore& store, const silicon::Catalog& catalog,
                                                      const ServerOptions& options) {
  auto parts = std::make_unique<Parts>(store, catalog, options);
  auto listener = Listener::Bind(options.listen, MostConnections(options.most_connections));
  if (!listener.ok()) return listener.status();
  parts->listener = *std::move(listener);
  parts->address = absl::StrCat(options.listen.substr(0, options.listen.rfind(':')), ":", parts->listener->port());
  grpc::EnableDefaultHealthCheckService(true);
  if (options.reflection) grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  grpc::ServerBuilder builder;
  Limit(builder, options);
  parts->acceptor = builder.experimental().AddExternalConnectionAcceptor(
      grpc::ServerBuilder::experimental_type::ExternalConnectionType::FROM_FD,
      options.credentials ? options.credentials : grpc::InsecureServerCredentials());
  builder.RegisterService(&parts->analysis);
  builder.RegisterService(&parts->ingest);
  parts->server = builder.BuildAndStart();
  if (parts->server == nullptr) return absl::InternalError("gRPC did not start: see GRPC_VERBOSITY=debug");
  for (const char* service : {kIngest, kAnalysis}) {
    parts->server->GetHealthCheckService()->SetServingStatus(service, true);
  }
  parts->listener->Start([acceptor = parts->acceptor.get()](int listener_fd, int connection) {
    grpc::experimental::ExternalConnectionAcceptor::NewConnectionParameters parameters;
    parameters.listener_fd = listener_fd;
    parameters.fd = connection;
    acceptor->HandleNewConnection(&parameters);
  });
  return std::unique_ptr<Server>(new Server(std::move(parts)));
}

const std::string& Server::address() const { return parts_->address; }

absl::StatusOr<std::vector<std::string>> Server::ExpireSilent(absl::Duration silence) {
  return parts_->ingest.ExpireSilent(silence);
}

size_t Server::connections() const { return parts_->listener->open(); }

uint64_t Server::connections_refused() const { return parts_->listener->refused(); }

bool Server::ingest_serving() const { return parts_->ingest_serving; }

void Server::SetIngestServing(bool serving) {
  parts_->ingest_serving = serving;
  parts_->server->GetHealthCheckService()->SetServingStatus(kIngest, serving);
}

void Server::Shutdown(absl::Duration grace) {
  parts_->server->GetHealthCheckService()->Shutdown();
  parts_->listener->Stop();
  parts_->gate.Close();
  const bool busy = parts_->gate.inside() > 0;
  parts_->ingest.Drain();
  // Connections stay until their calls have ended: gRPC closes one that has no calls any more at once, and what its
  // client still sends then makes the system throw away what the client has not read.
  const auto end = std::chrono::steady_clock::now() + absl::ToChronoMilliseconds(grace);
  while (parts_->gate.inside() > 0 && std::chrono::steady_clock::now() < end) absl::SleepFor(kLookAtGate);
  if (busy) absl::SleepFor(std::min(kLinger, grace));
  // Watches of health would last for ever.
  parts_->server->Shutdown(std::chrono::system_clock::now());
  parts_->server->Wait();
}

}  // namespace sandglass::serve
