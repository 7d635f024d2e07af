#include "analyzer/serve/output_file.h"

#include <filesystem>
#include <fstream>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "analyzer/serve/cli.h"
#include "storage/whole_file.h"

namespace sandglass::serve {

absl::Status WriteOutput(const std::string& path, absl::string_view bytes) {
  const std::string file = UserPath(path);
  std::error_code failed;
  if (!std::filesystem::exists(file, failed) || std::filesystem::is_regular_file(file, failed)) {
    return storage::WriteWholeFile(file, bytes);
  }
  std::ofstream stream(file, std::ios::binary);
  stream.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  stream.close();
  if (stream) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat(path, ": cannot be written: is it a folder, or its disk full?"));
}

}  // namespace sandglass::serve
