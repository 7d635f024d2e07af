#include "collectors/main/destination.h"

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "collectors/stream/channel.h"
#include "storage/ingest_service.h"
#include "storage/trace_store.h"

namespace sandglass::collectors {
namespace {

class Server final : public Destination {
 public:
  Server(std::string address, const std::shared_ptr<grpc::Channel>& channel)
      : address_(std::move(address)), stub_(v1::IngestService::NewStub(channel)) {}

  v1::IngestService::StubInterface& stub() override { return *stub_; }
  std::string name() const override { return address_; }
  std::string mend() const override {
    return absl::StrCat("start a server there with `sandglass serve --store DIR --listen ", address_,
                        "`, or use --store DIR");
  }

 private:
  const std::string address_;
  const std::unique_ptr<v1::IngestService::Stub> stub_;
};

class Embedded final : public Destination {
 public:
  explicit Embedded(std::unique_ptr<storage::TraceStore> store) : store_(std::move(store)), service_(*store_) {
    grpc::ServerBuilder builder;
    storage::IngestService::Configure(builder);
    builder.RegisterService(&service_);
    server_ = builder.BuildAndStart();
    stub_ = v1::IngestService::NewStub(server_->InProcessChannel(grpc::ChannelArguments()));
  }

  ~Embedded() override {
    stub_.reset();
    server_->Shutdown(std::chrono::system_clock::now() + std::chrono::seconds(1));
  }

  v1::IngestService::StubInterface& stub() override { return *stub_; }
  std::string name() const override { return absl::StrCat("the store ", store_->directory()); }
  std::string mend() const override { return "check its disk"; }

 private:
  // In this order: calls end before the service, and that before the store.
  const std::unique_ptr<storage::TraceStore> store_;
  storage::IngestService service_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<v1::IngestService::Stub> stub_;
};

// The absolute path of `folder`, without links and dots as far as it exists. What acknowledged a trace is known by its
// name, so a folder must have one.
std::string OneName(const std::string& folder) {
  std::error_code error;
  const std::filesystem::path absolute = std::filesystem::absolute(folder, error);
  if (error) return folder;
  std::filesystem::path name = std::filesystem::weakly_canonical(absolute, error);
  if (error) name = absolute.lexically_normal();
  // "a/" and "a" are the same folder.
  return name.has_filename() || !name.has_relative_path() ? name : name.parent_path();
}

}  // namespace

std::string ProcessEnvironment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::string UserPath(const std::string& path, const Environment& environment) {
  const std::string working_folder = environment("BUILD_WORKING_DIRECTORY");
  return path.empty() || path[0] == '/' || working_folder.empty() ? path : absl::StrCat(working_folder, "/", path);
}

absl::StatusOr<Target> ResolveTarget(const std::string& to, const std::string& store, const Environment& environment) {
  Target target{to, store};
  const bool given = !to.empty() || !store.empty();
  if (!given) target = {environment("SANDGLASS_SERVER"), environment("SANDGLASS_STORE")};
  if (!target.to.empty() && !target.store.empty()) {
    return absl::InvalidArgumentError(
        given ? "--to and --store exclude each other: give one of them"
              : "SANDGLASS_SERVER and SANDGLASS_STORE are both set: unset one, or give --to or --store");
  }
  if (!target.to.empty()) {
    if (absl::Status status = CheckAddress(target.to); !status.ok()) return status;
    return target;
  }
  if (target.store.empty()) {
    return absl::InvalidArgumentError(
        "nowhere to put the trace: give --to HOST:PORT or --store DIR, or set SANDGLASS_SERVER or SANDGLASS_STORE");
  }
  target.store = OneName(UserPath(target.store, environment));
  return target;
}

std::string ResolveSpool(const std::string& spool, const Environment& environment) {
  const std::string folder = spool.empty() ? environment("SANDGLASS_SPOOL") : spool;
  return UserPath(folder, environment);
}

absl::StatusOr<ClientSecurity> ResolveSecurity(const ClientSecurity& given, const Target& target,
                                               const Environment& environment) {
  ClientSecurity security = WithEnvironment(given);
  const struct {
    const char* option;
    const std::string& given;
    std::string& file;
  } files[] = {{"--tls-ca", given.ca_file, security.ca_file},
               {"--tls-cert", given.certificate_file, security.certificate_file},
               {"--tls-key", given.key_file, security.key_file},
               {"--token-file", given.token_file, security.token_file}};
  for (const auto& one : files) {
    if (!one.given.empty() && target.to.empty()) {
      return absl::InvalidArgumentError(absl::StrCat(one.option,
                                                     " is about a server, and the trace goes into the store ",
                                                     target.store, ": leave it out, or give --to HOST:PORT"));
    }
    one.file = UserPath(one.file, environment);
  }
  return security;
}

absl::StatusOr<std::unique_ptr<Destination>> Destination::Open(const Target& target, const ClientSecurity& security) {
  if (!target.to.empty()) {
    const auto channel = MakeChannel(target.to, security);
    if (!channel.ok()) return channel.status();
    return std::make_unique<Server>(target.to, *channel);
  }
  absl::StatusOr<std::unique_ptr<storage::TraceStore>> store = storage::TraceStore::Open(target.store, {});
  if (!store.ok()) return store.status();
  return std::make_unique<Embedded>(*std::move(store));
}

}  // namespace sandglass::collectors
