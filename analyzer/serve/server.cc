#include "analyzer/serve/server.h"

#include <chrono>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "analyzer/analysis/engine.h"
#include "analyzer/serve/analysis_service.h"
#include "analyzer/serve/worker_pool.h"
#include "grpcpp/ext/proto_server_reflection_plugin.h"
#include "grpcpp/grpcpp.h"
#include "grpcpp/health_check_service_interface.h"
#include "storage/ingest_service.h"

namespace sandglass::serve {
namespace {

constexpr int kWorkers = 2;
constexpr size_t kWaitingCalls = 64;
// A chunk may have 1 MiB; the rest is for headers with many devices and groups.
constexpr int kMostMessageBytes = 8 << 20;
constexpr int kMostMetadataBytes = 8 << 10;
constexpr int kKeepaliveMs = 20000;
constexpr int kKeepaliveTimeoutMs = 10000;

void Limit(grpc::ServerBuilder& builder, const ServerOptions& options) {
  // A small compressed message can be hundreds of megabytes of zeros, and is inflated before any limit is applied.
  builder.SetCompressionAlgorithmSupportStatus(GRPC_COMPRESS_DEFLATE, false);
  builder.SetCompressionAlgorithmSupportStatus(GRPC_COMPRESS_GZIP, false);
  builder.SetMaxReceiveMessageSize(kMostMessageBytes);
  builder.SetMaxSendMessageSize(-1);
  builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, kMostMetadataBytes);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, kKeepaliveMs / 4);
  // Two servers on one port would each take a part of the calls.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  grpc::ResourceQuota quota("sandglass");
  quota.Resize(options.buffer_bytes);
  builder.SetResourceQuota(quota);
}

}  // namespace

// In the order of need: what stands below uses what stands above it, and goes first.
struct Server::Parts {
  Parts(storage::TraceStore& store, const silicon::Catalog& catalog, const storage::CallerOf& caller_of)
      : engine(store, storage::kDefaultTenant, catalog),
        pool(kWorkers, kWaitingCalls),
        analysis([this](uint32_t tenant) { return engine.ForTenant(tenant); }, pool, caller_of),
        ingest(store, {}, caller_of) {}

  analysis::Engine engine;
  WorkerPool pool;
  AnalysisService analysis;
  storage::IngestService ingest;
  std::string address;
  std::unique_ptr<grpc::Server> server;
};

Server::Server(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Server::~Server() { Shutdown(absl::ZeroDuration()); }

absl::StatusOr<std::unique_ptr<Server>> Server::Start(storage::TraceStore& store, const silicon::Catalog& catalog,
                                                      const ServerOptions& options) {
  auto parts = std::make_unique<Parts>(store, catalog, options.caller_of);
  grpc::EnableDefaultHealthCheckService(true);
  if (options.reflection) grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  grpc::ServerBuilder builder;
  Limit(builder, options);
  int port = 0;
  builder.AddListeningPort(options.listen,
                           options.credentials ? options.credentials : grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&parts->analysis);
  builder.RegisterService(&parts->ingest);
  parts->server = builder.BuildAndStart();
  if (parts->server == nullptr || port == 0) {
    return absl::UnavailableError(absl::StrCat("cannot listen on ", options.listen,
                                               ": give --listen an address of this machine as HOST:PORT and a port "
                                               "that is free (0: any)"));
  }
  const size_t colon = options.listen.rfind(':');
  parts->address = absl::StrCat(options.listen.substr(0, colon), ":", port);
  return std::unique_ptr<Server>(new Server(std::move(parts)));
}

const std::string& Server::address() const { return parts_->address; }

absl::StatusOr<std::vector<std::string>> Server::ExpireSilent(absl::Duration silence) {
  return parts_->ingest.ExpireSilent(silence);
}

void Server::SetIngestServing(bool serving) {
  grpc::HealthCheckServiceInterface* health = parts_->server->GetHealthCheckService();
  if (health != nullptr) health->SetServingStatus(v1::IngestService::service_full_name(), serving);
}

void Server::Shutdown(absl::Duration grace) {
  if (parts_->server->GetHealthCheckService() != nullptr) parts_->server->GetHealthCheckService()->Shutdown();
  parts_->server->Shutdown(std::chrono::system_clock::now() + absl::ToChronoMilliseconds(grace));
  parts_->server->Wait();
}

}  // namespace sandglass::serve
