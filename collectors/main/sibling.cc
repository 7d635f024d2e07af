#include "collectors/main/sibling.h"

#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"

namespace sandglass::collectors {

absl::StatusOr<std::string> SiblingPath(const std::string& name) {
  std::error_code failed;
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", failed);
  if (failed) {
    return absl::ErrnoToStatus(failed.value(), absl::StrCat("/proc/self/exe, which says where this program is and ",
                                                            name, " should be, cannot be read"));
  }
  return (self.parent_path() / name).string();
}

absl::Status BecomeProgram(const std::string& path, const std::vector<std::string>& arguments) {
  std::vector<std::string> words = {path};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> pointers;
  pointers.reserve(words.size() + 1);
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  execv(path.c_str(), pointers.data());
  const int why = errno;
  const char* const mend =
      why == ENOENT ? "it belongs beside this program; build or install both" : "see to that first";
  return absl::Status(absl::ErrnoToStatusCode(why),
                      absl::StrCat(path, " cannot be started (", std::system_category().message(why), "): ", mend));
}

}  // namespace sandglass::collectors
