#include "storage/file_error.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iterator>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace sandglass::storage {
namespace {

constexpr int kFull[] = {ENOSPC, EDQUOT, EFBIG};

}  // namespace

bool IsFull(int error) { return std::find(std::begin(kFull), std::end(kFull), error) != std::end(kFull); }

bool SaysFull(absl::string_view text) {
  return std::any_of(std::begin(kFull), std::end(kFull),
                     [&](int error) { return absl::StrContains(text, std::strerror(error)); });
}

absl::Status FileError(absl::string_view what, const std::string& path, int error) {
  const std::string text = absl::StrCat(path, ": cannot be ", what, ": ", std::strerror(error));
  if (IsFull(error)) return absl::ResourceExhaustedError(absl::StrCat(text, "; free space on its disk"));
  return absl::UnavailableError(text);
}

}  // namespace sandglass::storage
