// The command line of sandglass-collect: from words to what is to be done.
//
// Parsing has no effects: nothing is printed, opened or run. The functions may be called from several threads at once.
#ifndef SANDGLASS_COLLECTORS_MAIN_CLI_H_
#define SANDGLASS_COLLECTORS_MAIN_CLI_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "collectors/main/completion.h"
#include "collectors/main/import_options.h"
#include "collectors/workloads/workload.h"
#include "proto/client_security.h"
#include "proto/trace.pb.h"

namespace CLI {
class App;
}  // namespace CLI

namespace sandglass::collectors {

// A workload to be run, and where its trace goes.
struct RunRequest {
  std::string workload;
  WorkloadOptions options;
  // A server's HOST:PORT, or a store's directory. Both empty: the environment says.
  std::string to;
  std::string store;
  // Towards a server; what is empty in it is for the environment to say. `values` are asked
  // for where a shell completes words.
  ClientSecurity security;
  // Where the trace is spooled; empty: the environment says, and if it does not, nowhere.
  std::string spool;
  // How much the spool may take, in MiB; absent: the default. Above zero.
  std::optional<int64_t> spool_max_mib;
  // Whether the spool outlasts a loss of power.
  bool spool_sync = false;
  // The trace's name; never empty.
  std::string name;
  // The command that repeats the run, without where the trace goes and what it is called.
  std::string command;
};

// What becomes of a trace whose recording was cut short.
enum class Incomplete { kKeep, kSeal, kAbort };

// Spooled traces to be sent.
struct ResumeRequest {
  // Empty: the environment says.
  std::string spool;
  // Where they go, as for a run. Both empty: each where it was going.
  std::string to;
  std::string store;
  ClientSecurity security;
  Incomplete incomplete = Incomplete::kKeep;
  // Whether they begin anew, under other client_keys.
  bool new_key = false;
};

struct Invocation {
  enum class Kind {
    // To print `text`: help, version, completion.
    kPrint,
    kListWorkloads,
    kRun,
    kResume,
    kImport,
  };
  Kind kind = Kind::kPrint;
  std::string text;
  RunRequest run;
  ResumeRequest resume;
  ImportRequest import;
};

// `arguments` are those after the program's name. Errors: InvalidArgument in one line, with how to mend it. Whether a
// number suits the workload is the workload's to say.
absl::StatusOr<Invocation> ParseCommandLine(
    const std::vector<std::string>& arguments,
    const ValuesOf& values = [](absl::string_view) { return std::vector<std::string>(); });

}  // namespace sandglass::collectors

#endif  // SANDGLASS_COLLECTORS_MAIN_CLI_H_
