#include "analyzer/serve/named_traces.h"

#include <algorithm>
#include <filesystem>
#include <memory>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "analyzer/serve/console.h"
#include "analyzer/serve/imported_trace.h"
#include "collectors/main/import.h"

namespace sandglass::serve {
namespace {

// What the file's trace is called: as the file, and where others of the command are called so, too, with its folder.
std::string NameOf(const std::string& path, const std::vector<std::string>& all) {
  const std::string name = collectors::TraceNameOf(path);
  const auto alike = std::count_if(all.begin(), all.end(), [&name](const std::string& other) {
    return ImportedTrace::IsFile(other) && collectors::TraceNameOf(other) == name;
  });
  const std::string folder = std::filesystem::path(path).parent_path();
  return alike > 1 && !folder.empty() ? absl::StrCat(folder, "/", name) : name;
}

absl::Status LookAtFile(const Globals& globals, const std::string& path, const std::string& name,
                        const FileFacts& facts, absl::FunctionRef<absl::Status(const NamedTrace&)> look) {
  // Where a name may be that of a stored trace, too, the user is told what it was taken for.
  if (!globals.store.empty() || !globals.server.empty()) {
    Tell(Level::kNote,
         absl::StrCat(path, " is a file here, and is imported; a stored trace of that name goes by its id"));
  }
  const auto imported = ImportedTrace::Import(path, facts.request, name);
  if (!imported.ok()) return imported.status();
  Globals of_import;
  of_import.store = (*imported)->directory();
  of_import.catalog = globals.catalog;
  const auto session = Session::Open(of_import);
  if (!session.ok()) return session.status();
  return look({(*session)->analysis(), (*imported)->name(), (*imported)->incomplete()});
}

// Opened once, for the first trace that is no file.
absl::Status OpenFor(const std::string& trace, const Globals& globals, std::unique_ptr<Session>& session) {
  if (session != nullptr) return absl::OkStatus();
  auto opened = Session::Open(globals);
  // The user may have meant a file.
  if (absl::IsInvalidArgument(opened.status())) {
    return absl::InvalidArgumentError(
        absl::StrCat(trace, " is no file here; to look at a stored trace: ", opened.status().message()));
  }
  if (!opened.ok()) return opened.status();
  session = *std::move(opened);
  return absl::OkStatus();
}

}  // namespace

void AddTraceArgument(CLI::App& command, std::string& trace) {
  command
      .add_option("TRACE", trace,
                  "a trace's id or name; or a trace file of another program, which is imported for this command alone")
      ->required();
}

void AddFileFacts(CLI::App& command, FileFacts& facts) {
  collectors::AddFileFacts(command, facts.request, facts.words);
}

absl::Status ForEachTrace(const Globals& globals, const std::vector<std::string>& traces, FileFacts& facts,
                          absl::FunctionRef<absl::Status(const NamedTrace&)> look) {
  if (absl::Status status = collectors::TranslateFileFacts(facts.words, facts.request); !status.ok()) return status;
  const auto files = static_cast<size_t>(std::count_if(traces.begin(), traces.end(), ImportedTrace::IsFile));
  if (files == 0 && collectors::HasFileFacts(facts.request)) {
    return absl::InvalidArgumentError(
        "--phase, --device, --work, --execution-trace and --capture are for trace files, and none was given: leave "
        "them out, or check the file's path");
  }
  if (absl::Status status = collectors::CheckSecondFiles(facts.request, files); !status.ok()) return status;
  std::unique_ptr<Session> session;
  for (const std::string& trace : traces) {
    absl::Status status;
    if (ImportedTrace::IsFile(trace)) {
      status = LookAtFile(globals, trace, NameOf(trace, traces), facts, look);
    } else {
      status = OpenFor(trace, globals, session);
      if (status.ok()) status = look({session->analysis(), trace});
    }
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

std::function<bool(int done, int total)> ReplayProgress(const std::string& trace) {
  return [trace](int done, int total) {
    ShowProgress(absl::StrCat(trace, ": ", done, " of ", total, " classes"), done == total);
    return true;
  };
}

}  // namespace sandglass::serve
