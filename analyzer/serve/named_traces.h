// Traces as users name them on a command line: by id or name in a store or on a server, or as files of other programs,
// which are imported for one command alone and need no store.
//
// Used from the main thread only.
#ifndef SANDGLASS_ANALYZER_SERVE_NAMED_TRACES_H_
#define SANDGLASS_ANALYZER_SERVE_NAMED_TRACES_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "analyzer/analysis/analysis.h"
#include "analyzer/serve/cli.h"
#include "collectors/main/import_options.h"

namespace sandglass::serve {

// What the help of an argument that names traces says.
inline constexpr char kTracesHelp[] =
    "traces' ids or names; or trace files of other programs, which are imported for this command alone, and need no "
    "store";

// The argument of a command that looks at one.
void AddTraceArgument(CLI::App& command, std::string& trace);

// What users say of trace files, as options.
struct FileFacts {
  collectors::ImportRequest request;
  collectors::FileWords words;
};

void AddFileFacts(CLI::App& command, FileFacts& facts);

// Who answers about a trace, for as long as it is looked at.
struct NamedTrace {
  analysis::Analysis& analysis;
  // Its name there.
  std::string name;
  // Something of its file was lost or is missing.
  bool file_incomplete = false;
};

// Calls `look` for each of `traces` in their order, and stops at the first error. Files that are named where a stored
// trace may be meant are told to the user. Errors, besides those of `look`: of an import; of the store or server,
// which is opened for the first trace that is no file; InvalidArgument for facts that no file is there for.
absl::Status ForEachTrace(const Globals& globals, const std::vector<std::string>& traces, FileFacts& facts,
                          absl::FunctionRef<absl::Status(const NamedTrace&)> look);

// Shows a replay's progress where standard error is a terminal; hands it to no one else.
std::function<bool(int done, int total)> ReplayProgress(const std::string& trace);

}  // namespace sandglass::serve

#endif  // SANDGLASS_ANALYZER_SERVE_NAMED_TRACES_H_
