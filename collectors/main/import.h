// Imports trace files that other programs wrote.
#ifndef SANDGLASS_COLLECTORS_MAIN_IMPORT_H_
#define SANDGLASS_COLLECTORS_MAIN_IMPORT_H_

#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "collectors/importers/format/importer.h"
#include "collectors/main/cli.h"
#include "collectors/main/destination.h"
#include "collectors/main/progress.h"

namespace sandglass::collectors {

// How many files had which end.
struct ImportCounts {
  int sealed = 0;
  // Of those: something of the file was lost or is missing.
  int incomplete = 0;
  int failed = 0;
};

// Imports each file as a trace of its own, one after the other; of a folder each of its files, hidden ones left out, as
// those of a run's ranks, with the folder's name before "/" and theirs. `say` takes what was done, in lines; `warn` a
// line on what was wrong with a file. Errors, in one line: InvalidArgument, if there is no destination; those of
// opening it; Cancelled, if a signal came; a file's own are warnings, and counted. To be called once at a time.
absl::StatusOr<ImportCounts> ImportFiles(const ImportRequest& request, const Environment& environment,
                                         ProgressPrinter& progress, const std::function<void(const std::string&)>& say,
                                         const std::function<void(const std::string&)>& warn);

// The name that a trace gets of its file: "runs/a b.pt.trace.json.gz" is "a-b".
std::string TraceNameOf(const std::string& path);

// What was imported, in lines that end in line breaks.
std::string Describe(const ImportFormat& format, const ImportReport& report);

}  // namespace sandglass::collectors

#endif  // SANDGLASS_COLLECTORS_MAIN_IMPORT_H_
