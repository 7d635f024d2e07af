// What all commands of the sandglass binary share: where traces come from, how errors end, how options are read.
//
// Used from the main thread only.
#ifndef SANDGLASS_ANALYZER_SERVE_CLI_H_
#define SANDGLASS_ANALYZER_SERVE_CLI_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "analyzer/analysis/analysis.h"
#include "analyzer/silicon/catalog.h"
#include "proto/client_security.h"
#include "proto/report.pb.h"
#include "storage/trace_store.h"

namespace CLI {
class App;
}  // namespace CLI

namespace sandglass::serve {

inline constexpr const char* kProgramVersion = "0.1.0";

inline constexpr int kExitOk = 0;
inline constexpr int kExitError = 1;
inline constexpr int kExitIncomplete = 3;

// What the user gave for the whole program.
struct Globals {
  // A store's directory, or a server's HOST:PORT; at most one of them.
  std::string store;
  std::string server;
  // A folder of specs over the catalog that is built in.
  std::string catalog;
  // Towards the server.
  ClientSecurity security;
};

// What the chosen command does, returning the exit code; set while options are parsed.
using Action = std::function<absl::StatusOr<int>()>;

// Where answers come from, with everything that they need.
class Session {
 public:
  // Opens the store for reading or connects to the server; where neither was given, $SANDGLASS_STORE or
  // $SANDGLASS_SERVER says.
  static absl::StatusOr<std::unique_ptr<Session>> Open(const Globals& globals);

  analysis::Analysis& analysis() { return *analysis_; }

 private:
  Session() = default;

  std::unique_ptr<silicon::Catalog> catalog_;
  std::unique_ptr<storage::TraceStore> store_;
  std::unique_ptr<analysis::Analysis> analysis_;
};

// Fills in what the environment says where the user gave neither a store nor a server.
absl::StatusOr<Globals> WithEnvironment(Globals globals);

// The catalog of --catalog, or the one that is built in.
absl::StatusOr<silicon::Catalog> LoadCatalog(const Globals& globals);

// `path` as the user meant it: under `bazel run` the working folder is another than the user's.
std::string UserPath(const std::string& path);

// Adds --precision, --basis and the other options of a replay, which then write into `options`.
void AddReplayOptions(CLI::App& command, v1::ReplayOptions& options);

// Writes `text` to standard output. Errors: where it cannot be written (a full disk).
absl::Status Print(absl::string_view text);

// Each adds one command to the program.
void AddServeCommand(CLI::App& app, Globals& globals, Action& action);
void AddTracesCommand(CLI::App& app, Globals& globals, Action& action);
// To `traces`, by AddTracesCommand.
void AddExportCommand(CLI::App& traces, Globals& globals, Action& action);
void AddReplayCommand(CLI::App& app, Globals& globals, Action& action);
void AddCheckCommand(CLI::App& app, Globals& globals, Action& action);
void AddCompareCommand(CLI::App& app, Globals& globals, Action& action);
void AddExplainCommand(CLI::App& app, Globals& globals, Action& action);
void AddProfileCommand(CLI::App& app, Globals& globals, Action& action);
void AddTimelineCommand(CLI::App& app, Globals& globals, Action& action);
void AddCoverageCommand(CLI::App& app, Globals& globals, Action& action);
void AddCalibrateCommand(CLI::App& app, Globals& globals, Action& action);
void AddStoreCommand(CLI::App& app, Globals& globals, Action& action);
// To `store`, by AddStoreCommand.
void AddBackupCommands(CLI::App& store, Globals& globals, Action& action);
void AddCostCommand(CLI::App& app, Globals& globals, Action& action);
void AddMigrateCommand(CLI::App& app, Globals& globals, Action& action);
void AddLockInCommand(CLI::App& app, Globals& globals, Action& action);
void AddReportCommand(CLI::App& app, Globals& globals, Action& action);
void AddScenariosCommand(CLI::App& app, Action& action);
void AddCredentialsCommand(CLI::App& app, Action& action);
void AddCatalogCommand(CLI::App& app, Globals& globals, Action& action);
void AddCompletionCommand(CLI::App& app, Action& action);

// What may stand in the place of the last of `typed`, the words after the program's name
// (collectors/main/completion.h).
std::string CompletionCandidates(const CLI::App& app, const Globals& globals, const std::vector<std::string>& typed);

}  // namespace sandglass::serve

#endif  // SANDGLASS_ANALYZER_SERVE_CLI_H_
