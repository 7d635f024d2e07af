#include <signal.h>
#include <sys/resource.h>

#include <initializer_list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "analyzer/serve/cli.h"
#include "analyzer/serve/edge/authorizer.h"
#include "analyzer/serve/edge/event_log.h"
#include "analyzer/serve/edge/metrics.h"
#include "analyzer/serve/edge/signals.h"
#include "analyzer/serve/edge/tls_files.h"
#include "analyzer/serve/housekeeping.h"
#include "analyzer/serve/server.h"
#include "analyzer/silicon/catalog.h"
#include "grpc/grpc.h"
#include "grpcpp/grpcpp.h"
#include "proto/client_security.h"
#include "storage/trace_store.h"

namespace sandglass::serve {
namespace {

constexpr absl::Duration kGrace = absl::Seconds(20);
constexpr absl::Duration kTick = absl::Seconds(1);
constexpr double kLeastBackupHours = 0.0001;

struct ServeOptions {
  std::string listen = "127.0.0.1:7443";
  bool reflection = false;
  double expire_hours = 72;
  double keep_days = 0;
  uint64_t keep_bytes = 0;
  std::string backups;
  double backup_hours = 24;
  uint32_t backups_kept = 7;
  storage::StoreOptions store;
  size_t most_connections = 10000;
  double keepalive_seconds = 20;
  std::string metrics;
  std::string log_format = "text";
  TlsFiles tls;
  std::string credentials;
  bool insecure = false;
};

// Refuses to be open to a network by oversight.
absl::Status CheckExposure(const ServeOptions& options) {
  if (options.insecure) return absl::OkStatus();
  if (!options.metrics.empty() && !IsLoopback(options.metrics)) {
    return absl::InvalidArgumentError(
        absl::StrCat("--metrics ", options.metrics,
                     " is open to other machines, and whoever reaches it may read it, for it has neither TLS nor "
                     "credentials: give an address within this machine, as 127.0.0.1:9464; or --insecure, if the "
                     "network keeps strangers out"));
  }
  if (IsLoopback(options.listen)) return absl::OkStatus();
  const bool tls = !options.tls.certificate.empty();
  const bool known = !options.credentials.empty() || !options.tls.client_ca.empty();
  if (tls && known) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      "--listen ", options.listen, " is open to other machines, ",
      tls ? "and whoever reaches it may do everything: give --credentials or --tls-client-ca"
          : "which could read and change what goes by: give --tls-cert and --tls-key, with --credentials or "
            "--tls-client-ca",
      "; or --insecure, if the network keeps strangers out"));
}

// Options that say how a server is asked, which is for those who ask: `sandglass --tls-cert X serve` is not `serve
// --tls-cert X`.
absl::Status CheckNotAsking(const ClientSecurity& security) {
  const struct {
    const char* flag;
    const std::string& value;
  } asking[] = {{"--tls-ca", security.ca_file},
                {"--tls-cert", security.certificate_file},
                {"--tls-key", security.key_file},
                {"--token-file", security.token_file}};
  for (const auto& [flag, value] : asking) {
    if (value.empty()) continue;
    return absl::InvalidArgumentError(absl::StrCat(flag, " ", value,
                                                   " says how to ask a server, and `serve` asks none: give --tls-cert "
                                                   "and --tls-key behind `serve`, --tls-client-ca "
                                                   "for clients' certificates and --credentials for their tokens"));
  }
  return absl::OkStatus();
}

void WarnOfTenantsLeftOut(const Authorizer& authorizer, EventLog& log) {
  for (const std::string& tenant : authorizer.left_out()) {
    log.Warn("credentials", absl::StrCat(tenant,
                                         "; its callers are unknown until the credentials are read again "
                                         "(SIGHUP) while the store can be written"));
  }
}

// By the credentials file, if there is one; null otherwise.
absl::StatusOr<std::unique_ptr<Authorizer>> MakeAuthorizer(const ServeOptions& options, storage::TraceStore& store,
                                                           EventLog& log) {
  if (options.credentials.empty()) return nullptr;
  const auto certificates =
      options.tls.client_ca.empty() ? Authorizer::Certificates::kNone : Authorizer::Certificates::kAsked;
  auto authorizer = Authorizer::Start(UserPath(options.credentials), store, certificates);
  if (authorizer.ok()) WarnOfTenantsLeftOut(**authorizer, log);
  return authorizer;
}

void Reload(Authorizer& authorizer, EventLog& log) {
  const absl::Status status = authorizer.Reload();
  if (status.ok()) {
    log.Say("credentials", absl::StrCat("credentials were read again: ", authorizer.tenants(), " tenants"));
    WarnOfTenantsLeftOut(authorizer, log);
  } else {
    log.Warn("credentials", absl::StrCat("the credentials stay as they were: ", status.message()));
  }
}

// A connection takes a descriptor, and so do the store's files.
void RaiseDescriptorLimit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

// Keeps house, and looks into the credentials when SIGHUP comes, until another signal does.
void WaitForEnd(Signals& signals, Housekeeping& housekeeping, Authorizer* authorizer, EventLog& log) {
  while (true) {
    const int signal = signals.Wait(kTick);
    if (signal == SIGHUP) Reload(*authorizer, log);
    if (signal > 0 && signal != SIGHUP) return;
    if (signal <= 0) housekeeping.Tick();
  }
}

HousekeepingOptions HousekeepingOf(const ServeOptions& options) {
  HousekeepingOptions keeping;
  keeping.expire_after = absl::Hours(1) * options.expire_hours;
  if (options.keep_days > 0) keeping.retention.age = absl::Hours(24) * options.keep_days;
  if (options.keep_bytes > 0) keeping.retention.bytes = options.keep_bytes;
  keeping.backups = UserPath(options.backups);
  keeping.backup_every = absl::Hours(1) * options.backup_hours;
  keeping.backups_kept = options.backups_kept;
  return keeping;
}

// Metrics where they are wanted; null otherwise.
absl::StatusOr<std::unique_ptr<Metrics>> MakeMetrics(const ServeOptions& options, const std::string& store,
                                                     EventLog& log) {
  if (options.metrics.empty()) return nullptr;
  auto metrics = Metrics::Start(options.metrics, kProgramVersion, store);
  if (metrics.ok()) {
    log.Say("metrics", absl::StrCat("metrics on http://", (*metrics)->address(), "/metrics"),
            {{"address", (*metrics)->address()}});
  }
  return metrics;
}

absl::StatusOr<ServerOptions> ServerOptionsOf(const ServeOptions& options, Authorizer* authorizer) {
  ServerOptions server;
  server.listen = options.listen;
  server.reflection = options.reflection;
  server.most_connections = options.most_connections;
  server.keepalive = absl::Seconds(1) * options.keepalive_seconds;
  auto credentials = MakeServerCredentials({.certificate = UserPath(options.tls.certificate),
                                            .key = UserPath(options.tls.key),
                                            .client_ca = UserPath(options.tls.client_ca)});
  if (!credentials.ok()) return credentials.status();
  server.credentials = *std::move(credentials);
  if (authorizer != nullptr) {
    server.caller_of = [authorizer](const grpc::CallbackServerContext& context, absl::string_view method) {
      return authorizer->CallerOf(PresentedBy(context), method);
    };
  }
  return server;
}

// Lets the metrics show the server's state as long as the result is there.
std::shared_ptr<const void> ShowState(Metrics* metrics, const Server& server, const storage::TraceStore& store) {
  if (metrics == nullptr) return nullptr;
  return metrics->Show({.connections = [&server] { return server.connections(); },
                        .connections_refused = [&server] { return server.connections_refused(); },
                        .ingest_serving = [&server] { return server.ingest_serving(); },
                        .usage = [&store] { return store.Usage(); },
                        .background_errors = [&store] { return store.BackgroundErrors(); }});
}

void Tell(const Chore& chore, EventLog& log) {
  const std::initializer_list<EventLog::Field> none = {};
  const std::initializer_list<EventLog::Field> trace = {{"trace", chore.trace_id}, {"name", chore.trace_name}};
  const std::initializer_list<EventLog::Field>& fields = chore.trace_id.empty() ? none : trace;
  chore.warning ? log.Warn("housekeeping", chore.message, fields) : log.Say("housekeeping", chore.message, fields);
}

// Serves `store` until a signal says that it is enough.
absl::StatusOr<int> ServeStore(storage::TraceStore& store, const silicon::Catalog& catalog, Signals& signals,
                               const ServeOptions& options) {
  EventLog log(options.log_format == "json" ? EventLog::Form::kJson : EventLog::Form::kWords);
  const auto authorizer = MakeAuthorizer(options, store, log);
  if (!authorizer.ok()) return authorizer.status();
  const auto metrics = MakeMetrics(options, store.directory(), log);
  if (!metrics.ok()) return metrics.status();
  auto server_options = ServerOptionsOf(options, authorizer->get());
  if (!server_options.ok()) return server_options.status();
  server_options->observers = {&log};
  if (*metrics != nullptr) server_options->observers.push_back(metrics->get());
  auto server = Server::Start(store, catalog, *server_options);
  if (!server.ok()) return server.status();
  // Goes before the server, however this ends.
  const std::shared_ptr<const void> shown = ShowState(metrics->get(), **server, store);
  const std::string& address = (*server)->address();
  log.Note("start", absl::StrCat("version ", kProgramVersion, " listens on ", address),
           {{"version", kProgramVersion}, {"address", address}});
  // Whoever reads on learns from the lines before where the metrics are.
  log.Flush();
  if (absl::Status status = Print(absl::StrCat("listening on ", address, "\n")); !status.ok()) return status;
  Housekeeping housekeeping(store, **server, HousekeepingOf(options), [&log](const Chore& chore) { Tell(chore, log); });
  WaitForEnd(signals, housekeeping, authorizer->get(), log);
  log.Note("stop", "asked to stop: no new calls; streams end with what is acknowledged");
  // A backup would go on beside the streams' end, and take its time after it.
  housekeeping.Stop();
  (*server)->Shutdown(kGrace);
  log.Note("stopped", "stopped");
  return kExitOk;
}

absl::StatusOr<int> Serve(const Globals& given, const ServeOptions& options) {
  if (absl::Status status = CheckNotAsking(given.security); !status.ok()) return status;
  if (absl::Status status = CheckExposure(options); !status.ok()) return status;
  const absl::StatusOr<Globals> globals = WithEnvironment(given);
  if (!globals.ok()) return globals.status();
  if (globals->store.empty()) {
    return absl::InvalidArgumentError("no store to serve: give --store DIR; an empty or new folder becomes a store");
  }
  // Whoever started the server may stop reading what it prints.
  signal(SIGPIPE, SIG_IGN);
  // A limit on the size of files is then an error of a write, as a full disk is.
  signal(SIGXFSZ, SIG_IGN);
  // Without credentials to read again, the end of a terminal ends its server.
  std::vector<int> wanted = {SIGTERM, SIGINT};
  if (!options.credentials.empty()) wanted.push_back(SIGHUP);
  Signals signals(wanted);
  RaiseDescriptorLimit();
  // Never undone: gRPC takes up to 10 s to end its threads, which the end of the process does as well.
  grpc_init();
  const auto catalog = LoadCatalog(*globals);
  if (!catalog.ok()) return catalog.status();
  auto store = storage::TraceStore::Open(globals->store, options.store);
  if (!store.ok()) return store.status();
  return ServeStore(**store, *catalog, signals, options);
}

void AddKeepingOptions(CLI::App& command, ServeOptions& options) {
  constexpr const char* kGroup = "Keeping traces";
  const auto add_number = [&](const char* name, double& number, const char* unit, const char* what) {
    command.add_option(name, number, what)
        ->type_name(unit)
        ->check(CLI::Range(0.0, 1e6))
        ->capture_default_str()
        ->group(kGroup);
  };
  add_number("--expire-after", options.expire_hours, "HOURS",
             "hours after which a trace that nobody writes to is ended without a seal; 0: never");
  add_number("--keep-days", options.keep_days, "DAYS",
             "days after which a trace that is sealed or has expired is removed; 0: never");
  command
      .add_option("--keep-size", options.keep_bytes,
                  "stored bytes of sealed and expired traces above which the oldest is removed; 0: never")
      ->type_name("SIZE")
      ->transform(CLI::AsSizeValue(/*kb_is_1000=*/false))
      ->capture_default_str()
      ->group(kGroup);
  CLI::Option* backups = command.add_option("--backups", options.backups, "make backups into this folder")
                             ->type_name("DIR")
                             ->group(kGroup);
  const auto often_enough = [](const std::string& hours) {
    double value = 0;
    if (CLI::detail::lexical_cast(hours, value) && value >= kLeastBackupHours && value <= 1e6) return std::string();
    return absl::StrCat("is ", hours, ": it must be from ", kLeastBackupHours,
                        " to 1000000 hours; for no backups leave --backups out");
  };
  command
      .add_option("--backup-every", options.backup_hours,
                  "hours from one backup to the next, counted from the newest that is there")
      ->type_name("HOURS")
      ->needs(backups)
      ->check(CLI::Validator(often_enough, ""))
      ->capture_default_str()
      ->group(kGroup);
  command.add_option("--backups-kept", options.backups_kept, "how many backups are kept, the newest ones")
      ->needs(backups)
      ->check(CLI::Range(1u, 100000u))
      ->capture_default_str()
      ->group(kGroup);
}

void AddAccessOptions(CLI::App& command, ServeOptions& options) {
  command
      .add_option("--tls-cert", options.tls.certificate,
                  "speak TLS, with this certificate and those up to its authority, in PEM")
      ->type_name("FILE");
  command.add_option("--tls-key", options.tls.key, "the certificate's key, in PEM")->type_name("FILE");
  command
      .add_option("--tls-client-ca", options.tls.client_ca,
                  "refuse clients without a certificate from an authority of this file")
      ->type_name("FILE");
  command
      .add_option("--credentials", options.credentials,
                  "who may call, and as which tenant: see `sandglass credentials`; SIGHUP reads it again. Default: "
                  "everybody, as the tenant `default`")
      ->type_name("FILE");
  command.add_flag(
      "--insecure", options.insecure,
      "listen on an address that other machines reach although TLS or credentials are missing, as they are "
      "for --metrics");
}

void AddConnectionOptions(CLI::App& command, ServeOptions& options) {
  command
      .add_option("--max-connections", options.most_connections,
                  "connections that may be open at a time; more are closed at once. Fewer where the limit on "
                  "descriptors (ulimit -n) is low")
      ->type_name("N")
      ->check(CLI::Range(1, 1000000))
      ->capture_default_str();
  command
      .add_option("--keepalive", options.keepalive_seconds,
                  "seconds of silence after which a peer is asked whether it is there; 10 s later without an answer "
                  "its connection is closed")
      ->type_name("SECONDS")
      ->check(CLI::Range(1.0, 3600.0))
      ->capture_default_str();
  command
      .add_option("--metrics", options.metrics,
                  "answer Prometheus at http://HOST:PORT/metrics, within this machine; port 0 takes a free one")
      ->type_name("HOST:PORT");
  command.add_option("--log-format", options.log_format, "how events are told on standard error: text or json")
      ->type_name("FORMAT")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str();
}

}  // namespace

void AddServeCommand(CLI::App& app, Globals& globals, Action& action) {
  auto options = std::make_shared<ServeOptions>();
  CLI::App* command =
      app.add_subcommand("serve", "Take traces in and answer questions about them, by gRPC, until SIGTERM or SIGINT.");
  command->add_option("--listen", options->listen, "HOST:PORT to listen on; port 0 takes a free one")
      ->capture_default_str();
  AddAccessOptions(*command, *options);
  AddConnectionOptions(*command, *options);
  command->add_flag("--reflection", options->reflection, "describe the services to whoever asks");
  command->add_flag("--accept-loss", options->store.accept_loss,
                    "open the store although it lacks what it once acknowledged, and take what is there for all");
  const auto add_size = [&](const char* name, size_t& bytes, const char* what) {
    command->add_option(name, bytes, what)
        ->type_name("SIZE")
        ->transform(CLI::AsSizeValue(/*kb_is_1000=*/false))
        ->capture_default_str()
        ->group("Memory and disk");
  };
  add_size("--block-cache", options->store.block_cache_bytes, "memory for blocks that were read lately");
  add_size("--write-buffer", options->store.write_buffer_bytes, "memory for what was written lately");
  add_size("--log-size", options->store.max_log_bytes,
           "size of the write-ahead log at which its oldest data are flushed");
  add_size("--keep-free", options->store.min_free_bytes,
           "free space on the store's disk below which no traces are taken; 0: none is kept");
  AddKeepingOptions(*command, *options);
  command->footer("Prints `listening on HOST:PORT` when it is ready.");
  command->callback(
      [options, &globals, &action] { action = [options, &globals] { return Serve(globals, *options); }; });
}

}  // namespace sandglass::serve
