#include "proto/file_text.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace sandglass {

absl::StatusOr<std::string> FileText(absl::string_view what, const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  std::string text;
  std::string part(1 << 16, '\0');
  ssize_t count = file < 0 ? -1 : 1;
  while (count > 0) {
    count = read(file, part.data(), part.size());
    if (count > 0) text.append(part.data(), static_cast<size_t>(count));
    if (count < 0 && errno == EINTR) count = 1;
  }
  const int error = errno;
  if (file >= 0) close(file);
  if (count == 0) return text;
  return absl::InvalidArgumentError(
      absl::StrCat(what, what.empty() ? "" : " ", path, " cannot be read: ", std::strerror(error)));
}

}  // namespace sandglass
