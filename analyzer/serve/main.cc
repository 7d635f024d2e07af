// The sandglass binary: the analyst's side. Commands are in the command_*.cc files.
#include <cstdlib>
#include <exception>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "analyzer/serve/cli.h"
#include "analyzer/serve/console.h"
#include "collectors/main/mistyped.h"
#include "google/protobuf/stubs/logging.h"
#include "grpc/support/log.h"
#include "proto/client_security.h"

namespace sandglass::serve {
namespace {

int Fail(absl::string_view message) {
  Tell(Level::kError, message);
  return kExitError;
}

// gRPC's and protobuf's own log lines would stand between the user and the one line that says what is wrong; and a
// stranger could fill a server's log with protobuf's, which come for every text that is not UTF-8.
void QuietLibraries() {
  if (std::getenv("GRPC_VERBOSITY") == nullptr) gpr_set_log_function([](gpr_log_func_args*) {});
  google::protobuf::SetLogHandler(nullptr);
}

void AddGlobals(CLI::App& app, Globals& globals, Manners& manners) {
  app.add_flag("--quiet,-q", manners.quiet,
               "tell neither notes nor how far long work is; warnings and errors all the same");
  app.add_option_function<std::string>(
         "--log-format", [&manners](const std::string& word) { manners.json = word == "json"; },
         "how notes, warnings and errors are told on standard error: text, or json, an object a line")
      ->type_name("FORMAT")
      ->check(CLI::IsMember({"text", "json"}));
  app.add_option("--store", globals.store, "read this store's folder (default: $SANDGLASS_STORE)")->type_name("DIR");
  app.add_option("--server", globals.server, "ask this server (default: $SANDGLASS_SERVER)")->type_name("HOST:PORT");
  app.add_option("--catalog", globals.catalog, "a folder of specs over the built-in catalog")->type_name("DIR");
  ClientSecurity& security = globals.security;
  app.add_option("--tls-ca", security.ca_file,
                 "speak TLS with the server, whose certificate must be from an authority of this file (default: "
                 "$SANDGLASS_TLS_CA)")
      ->type_name("FILE");
  app.add_option("--tls-cert", security.certificate_file,
                 "show the server this certificate (default: $SANDGLASS_TLS_CERT)")
      ->type_name("FILE");
  app.add_option("--tls-key", security.key_file, "the certificate's key (default: $SANDGLASS_TLS_KEY)")
      ->type_name("FILE");
  app.add_option("--token-file", security.token_file,
                 "show the server the token in this file (default: $SANDGLASS_TOKEN_FILE)")
      ->type_name("FILE");
}

int Main(int argc, char** argv) {
  QuietLibraries();
  CLI::App app(
      "Replays operator-level traces of real model runs on silicon classes, and prices time, energy and money.",
      "sandglass");
  app.set_version_flag("--version", std::string("sandglass ") + kProgramVersion);
  app.require_subcommand(1);
  app.fallthrough();
  Globals globals;
  Action action;
  Manners manners;
  AddGlobals(app, globals, manners);
  AddServeCommand(app, globals, action);
  AddTracesCommand(app, globals, action);
  AddReplayCommand(app, globals, action);
  AddCheckCommand(app, globals, action);
  AddCompareCommand(app, globals, action);
  AddExplainCommand(app, globals, action);
  AddProfileCommand(app, globals, action);
  AddTimelineCommand(app, globals, action);
  AddCoverageCommand(app, globals, action);
  AddCalibrateCommand(app, globals, action);
  AddStoreCommand(app, globals, action);
  AddCostCommand(app, globals, action);
  AddMigrateCommand(app, globals, action);
  AddLockInCommand(app, globals, action);
  AddReportCommand(app, globals, action);
  AddScenariosCommand(app, action);
  AddCredentialsCommand(app, action);
  AddCatalogCommand(app, globals, action);
  AddCompletionCommand(app, action);
  // What shells ask while words are typed; the words behind are no command line of this run.
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (words.size() >= 2 && words[0] == "completion" && words[1] == "candidates") {
    const absl::Status printed = Print(CompletionCandidates(app, globals, {words.begin() + 2, words.end()}));
    return printed.ok() ? kExitOk : kExitError;
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // Help and version are "errors" with the exit code 0.
    if (error.get_exit_code() == 0) return app.exit(error);
    const std::string mistyped = collectors::Mistyped(app);
    return Fail((mistyped.empty() ? error.what() : mistyped) +
                ": `sandglass --help` and `sandglass COMMAND --help` list what there is");
  }
  SetManners(manners);
  const absl::StatusOr<int> code = action();
  return code.ok() ? *code : Fail(code.status().message());
}

}  // namespace
}  // namespace sandglass::serve

int main(int argc, char** argv) {
  try {
    return sandglass::serve::Main(argc, argv);
  } catch (const std::exception& error) {
    // Libraries throw where memory runs out.
    return sandglass::serve::Fail(error.what());
  }
}
