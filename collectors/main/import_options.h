// What a user says of trace files that are to be imported.
#ifndef SANDGLASS_COLLECTORS_MAIN_IMPORT_OPTIONS_H_
#define SANDGLASS_COLLECTORS_MAIN_IMPORT_OPTIONS_H_

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "proto/client_security.h"
#include "proto/trace.pb.h"

namespace CLI {
class App;
}  // namespace CLI

namespace sandglass::collectors {

// Trace files that other programs wrote.
struct ImportRequest {
  // Files, and folders of them.
  std::vector<std::string> files;
  // Where they go, as for a run.
  std::string to;
  std::string store;
  ClientSecurity security;
  // The trace's name, or of several files what comes before "/" and the file's; empty: the file's. Of a
  // folder what comes before "/" and its files'.
  std::string name;
  // What the user knows of the run; unspecified, empty: what the file shows.
  v1::Phase phase = v1::PHASE_UNSPECIFIED;
  std::string silicon_class;
  // How much work the run did, in units of its own; empty: what the file shows.
  std::vector<v1::WorkDone> work_done;
  // Second files of the same run, with what the one file of `files` lacks; empty: none. An ExecutionTrace beside
  // Kineto's file; the file of the capture of the graphs that it launches.
  std::string execution_trace;
  std::string capture;
  // Whether what is missing makes the program end with an exit code of its own.
  bool strict = false;
};

// What options say of a run, as the user typed it.
struct FileWords {
  std::vector<std::pair<std::string, std::string>> work;
  std::string phase;
};

// Whether the user said anything of a file, beside where it goes.
bool HasFileFacts(const ImportRequest& request);

// A second file is joined to one file. Errors: InvalidArgument, where there are more.
absl::Status CheckSecondFiles(const ImportRequest& request, size_t files);

// Adds the options that say what a file does not: --phase, --device, --work, --execution-trace, --capture.
void AddFileFacts(CLI::App& command, ImportRequest& request, FileWords& words);

// Takes over what was typed. Errors: InvalidArgument, naming the option.
absl::Status TranslateFileFacts(const FileWords& words, ImportRequest& request);

}  // namespace sandglass::collectors

#endif  // SANDGLASS_COLLECTORS_MAIN_IMPORT_OPTIONS_H_
