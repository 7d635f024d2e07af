// The command line of sandglass-collect: from words to what is to be done.
//
// Parsing has no effects: nothing is printed, opened or run. The functions may be called from several threads at once.
#ifndef SANDGLASS_COLLECTORS_MAIN_CLI_H_
#define SANDGLASS_COLLECTORS_MAIN_CLI_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "collectors/workloads/workload.h"

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
  // The trace's name; never empty.
  std::string name;
  // The command that repeats the run, without where the trace goes and what it is called.
  std::string command;
};

struct Invocation {
  enum class Kind {
    // To print `text`: help, version, completion.
    kPrint,
    kListWorkloads,
    kRun,
  };
  Kind kind = Kind::kPrint;
  std::string text;
  RunRequest run;
};

// `arguments` are those after the program's name. Errors: InvalidArgument in one line, with how to mend it. Whether a
// number suits the workload is the workload's to say.
absl::StatusOr<Invocation> ParseCommandLine(const std::vector<std::string>& arguments);

// A script that completes the commands and options of `app` in bash.
std::string BashCompletion(CLI::App& app);

}  // namespace sandglass::collectors

#endif  // SANDGLASS_COLLECTORS_MAIN_CLI_H_
