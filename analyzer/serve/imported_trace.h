// A trace file that is imported for one command.
#ifndef SANDGLASS_ANALYZER_SERVE_IMPORTED_TRACE_H_
#define SANDGLASS_ANALYZER_SERVE_IMPORTED_TRACE_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "analyzer/trace/trace.h"
#include "collectors/main/import_options.h"

namespace sandglass::serve {

class ImportedTrace {
 public:
  // Whether `trace`, as the user gave it, is a file.
  static bool IsFile(const std::string& trace);

  // Imports it under `name` into a store in a folder of its own, below $TMPDIR, which goes with this object; where that
  // is empty, under the file's own. `facts` is what the user says of it. Errors, in one line: those of the import;
  // ResourceExhausted and others of the folder.
  static absl::StatusOr<std::unique_ptr<ImportedTrace>> Import(const std::string& path,
                                                               const collectors::ImportRequest& facts,
                                                               const std::string& name = "");
  ~ImportedTrace();
  ImportedTrace(const ImportedTrace&) = delete;
  ImportedTrace& operator=(const ImportedTrace&) = delete;

  // The trace. Errors: those of the store.
  absl::StatusOr<trace::Trace> Decode() const;

  // Of the store, and of the trace in it.
  const std::string& directory() const { return directory_; }
  const std::string& name() const { return name_; }
  // Whether something of the file was lost or is missing.
  bool incomplete() const { return incomplete_; }

 private:
  ImportedTrace(std::string directory, std::string name) : directory_(std::move(directory)), name_(std::move(name)) {}

  const std::string directory_;
  const std::string name_;
  bool incomplete_ = false;
};

}  // namespace sandglass::serve

#endif  // SANDGLASS_ANALYZER_SERVE_IMPORTED_TRACE_H_
