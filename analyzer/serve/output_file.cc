#include "analyzer/serve/output_file.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "analyzer/serve/cli.h"
#include "storage/directory.h"

namespace sandglass::serve {

absl::Status OutputFile::CannotWrite() const {
  return absl::UnavailableError(absl::StrCat(path_, ": cannot be written: ", std::strerror(errno),
                                             "; is the folder there, and the disk not full?"));
}

absl::StatusOr<std::unique_ptr<OutputFile>> OutputFile::Begin(const std::string& path) {
  std::unique_ptr<OutputFile> output(new OutputFile(path));
  if (path.empty()) return output;
  std::error_code error;
  // Of a link, the file that it leads to is the one whose place is taken.
  output->file_ = std::filesystem::weakly_canonical(UserPath(path), error);
  if (error) output->file_ = UserPath(path);
  const bool whole =
      !std::filesystem::exists(output->file_, error) || std::filesystem::is_regular_file(output->file_, error);
  // Two that write the same file do not mix their bytes.
  if (whole) output->unfinished_ = absl::StrCat(output->file_, ".unfinished-", getpid());
  output->stream_.open(whole ? output->unfinished_ : output->file_, std::ios::binary);
  if (output->stream_) return output;
  // There is nothing to remove.
  output->unfinished_.clear();
  return output->CannotWrite();
}

OutputFile::~OutputFile() {
  std::error_code error;
  if (!unfinished_.empty()) std::filesystem::remove(unfinished_, error);
}

absl::Status OutputFile::Write(absl::string_view bytes) {
  if (file_.empty()) return Print(bytes);
  stream_.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  return stream_ ? absl::OkStatus() : CannotWrite();
}

absl::Status OutputFile::Finish() {
  if (file_.empty()) return absl::OkStatus();
  stream_.close();
  if (!stream_) return CannotWrite();
  if (unfinished_.empty()) return absl::OkStatus();
  if (absl::Status status = storage::SyncFile(unfinished_); !status.ok()) return status;
  if (std::rename(unfinished_.c_str(), file_.c_str()) != 0) return CannotWrite();
  unfinished_.clear();
  return storage::SyncDirectory(storage::ParentOf(file_));
}

absl::Status CheckNotForTerminal(const std::string& path, absl::string_view what) {
  if (!path.empty() || isatty(STDOUT_FILENO) != 1) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(what, ", and standard output is a terminal: give --output FILE"));
}

absl::Status WriteOutput(const std::string& path, absl::string_view bytes) {
  const auto output = OutputFile::Begin(path);
  if (!output.ok()) return output.status();
  if (absl::Status status = (*output)->Write(bytes); !status.ok()) return status;
  return (*output)->Finish();
}

}  // namespace sandglass::serve
