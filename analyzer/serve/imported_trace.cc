#include "analyzer/serve/imported_trace.h"

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "analyzer/analysis/stored_trace.h"
#include "analyzer/serve/cli.h"
#include "analyzer/serve/console.h"
#include "collectors/main/destination.h"
#include "collectors/main/import.h"
#include "collectors/main/progress.h"
#include "storage/trace_store.h"

namespace sandglass::serve {
namespace {

absl::StatusOr<std::string> NewFolder() {
  std::error_code failed;
  const std::filesystem::path temporary = std::filesystem::temp_directory_path(failed);
  std::string folder = temporary / "sandglass-XXXXXX";
  if (failed || mkdtemp(folder.data()) == nullptr) {
    const std::string why = failed ? failed.message() : std::system_category().message(errno);
    return absl::ResourceExhaustedError(
        absl::StrCat("no folder for an import can be made as ", folder, ": ", why, "; set TMPDIR to another"));
  }
  return folder;
}

// What is said there of servers and tokens is not about a store of its own.
std::string OwnEnvironment(const char* name) {
  return absl::string_view(name) == "BUILD_WORKING_DIRECTORY" ? collectors::ProcessEnvironment(name) : "";
}

}  // namespace

bool ImportedTrace::IsFile(const std::string& trace) {
  std::error_code failed;
  return std::filesystem::exists(UserPath(trace), failed) && !std::filesystem::is_directory(UserPath(trace), failed);
}

absl::StatusOr<std::unique_ptr<ImportedTrace>> ImportedTrace::Import(const std::string& path,
                                                                     const collectors::ImportRequest& facts,
                                                                     const std::string& name) {
  const absl::StatusOr<std::string> folder = NewFolder();
  if (!folder.ok()) return folder.status();
  collectors::ImportRequest request = facts;
  request.files = {path};
  request.store = *folder;
  request.name = name.empty() ? collectors::TraceNameOf(path) : name;
  // Made before the import, so that the folder goes whatever happens.
  std::unique_ptr<ImportedTrace> imported(new ImportedTrace(*folder, request.name));
  collectors::ProgressPrinter progress =
      TellsProgress() ? collectors::StandardErrorProgress() : collectors::NoProgress();
  // Warnings come before the line of the error, of which they are the reason.
  std::string reason;
  const auto counts = collectors::ImportFiles(
      request, OwnEnvironment, progress, [](const std::string&) {},
      [&reason](const std::string& line) {
        if (!reason.empty()) Tell(Level::kWarning, reason);
        reason = line;
      });
  progress.EndLine();
  if (!counts.ok()) return counts.status();
  if (counts->failed > 0) return absl::InvalidArgumentError(reason);
  if (!reason.empty()) Tell(Level::kWarning, reason);
  imported->incomplete_ = counts->incomplete > 0;
  return imported;
}

absl::StatusOr<trace::Trace> ImportedTrace::Decode() const {
  storage::StoreOptions options;
  options.read_only = true;
  const auto store = storage::TraceStore::Open(directory_, options);
  if (!store.ok()) return store.status();
  const auto manifest = (*store)->FindSealed(storage::kDefaultTenant, name_);
  if (!manifest.ok()) return manifest.status();
  return analysis::ReadTrace(**store, storage::kDefaultTenant, *manifest);
}

ImportedTrace::~ImportedTrace() {
  std::error_code failed;
  std::filesystem::remove_all(directory_, failed);
}

}  // namespace sandglass::serve
