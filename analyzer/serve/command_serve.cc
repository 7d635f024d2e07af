#include <signal.h>
#include <sys/resource.h>

#include <cstdio>
#include <ctime>
#include <memory>
#include <string>
#include <utility>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "analyzer/serve/cli.h"
#include "analyzer/serve/server.h"

namespace sandglass::serve {
namespace {

constexpr absl::Duration kGrace = absl::Seconds(20);
// How often silent traces are looked for.
constexpr time_t kLookSeconds = 60;

struct ServeOptions {
  std::string listen = "127.0.0.1:7443";
  bool reflection = false;
  double expire_hours = 72;
  storage::StoreOptions store;
};

// gRPC's listener does not recover from running out of descriptors, so there should be as many as the system allows.
void RaiseDescriptorLimit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

// Looks for silent traces now and then, until one of the signals comes.
void WaitForSignal(const sigset_t& signals, Server& server, const ServeOptions& options) {
  const absl::Duration silence = absl::Hours(1) * options.expire_hours;
  const timespec patience = {.tv_sec = kLookSeconds, .tv_nsec = 0};
  while (sigtimedwait(&signals, nullptr, &patience) < 0) {
    if (!(options.expire_hours > 0)) continue;
    const auto expired = server.ExpireSilent(silence);
    if (!expired.ok()) {
      std::fprintf(stderr, "sandglass: warning: silent traces were not ended: %s\n",
                   std::string(expired.status().message()).c_str());
      continue;
    }
    for (const std::string& id : *expired) {
      std::fprintf(stderr, "sandglass: trace %s has expired: nobody wrote to it for %g h\n", id.c_str(),
                   options.expire_hours);
    }
  }
}

absl::StatusOr<int> Serve(const Globals& given, const ServeOptions& options) {
  const absl::StatusOr<Globals> globals = WithEnvironment(given);
  if (!globals.ok()) return globals.status();
  if (globals->store.empty()) {
    return absl::InvalidArgumentError("no store to serve: give --store DIR; an empty or new folder becomes a store");
  }
  // Whoever started the server may stop reading what it prints.
  signal(SIGPIPE, SIG_IGN);
  // A limit on the size of files is then an error of a write, as a full disk is.
  signal(SIGXFSZ, SIG_IGN);
  // Blocked before the first thread starts, so that no other thread takes them from sigwait.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  RaiseDescriptorLimit();
  const auto catalog = LoadCatalog(*globals);
  if (!catalog.ok()) return catalog.status();
  auto store = storage::TraceStore::Open(globals->store, options.store);
  if (!store.ok()) return store.status();
  ServerOptions server_options;
  server_options.listen = options.listen;
  server_options.reflection = options.reflection;
  auto server = Server::Start(**store, *catalog, server_options);
  if (!server.ok()) return server.status();
  if (absl::Status status = Print(absl::StrCat("listening on ", (*server)->address(), "\n")); !status.ok()) {
    return status;
  }
  WaitForSignal(signals, **server, options);
  (*server)->Shutdown(kGrace);
  return kExitOk;
}

}  // namespace

void AddServeCommand(CLI::App& app, Globals& globals, Action& action) {
  auto options = std::make_shared<ServeOptions>();
  CLI::App* command =
      app.add_subcommand("serve", "Take traces in and answer questions about them, by gRPC, until SIGTERM or SIGINT.");
  command->add_option("--listen", options->listen, "HOST:PORT to listen on; port 0 takes a free one")
      ->capture_default_str();
  command->add_flag("--reflection", options->reflection, "describe the services to whoever asks");
  command->add_flag("--accept-loss", options->store.accept_loss,
                    "open the store although it lacks what it once acknowledged, and take what is there for all");
  command
      ->add_option("--expire-after", options->expire_hours,
                   "hours after which a trace that nobody writes to is ended without a seal; 0: never")
      ->type_name("HOURS")
      ->check(CLI::Range(0.0, 1e6))
      ->capture_default_str();
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
  command->footer("Prints `listening on HOST:PORT` when it is ready.");
  command->callback(
      [options, &globals, &action] { action = [options, &globals] { return Serve(globals, *options); }; });
}

}  // namespace sandglass::serve
