#include "tests/accuracy/system_tables.h"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "collectors/importers/format/byte_source.h"

namespace sandglass::accuracy {
namespace {

namespace fs = std::filesystem;

// "0.24.0" as numbers, so that 0.24 is newer than 0.9; "1.3.0rc20" comes before "1.3.0", and after "1.3.0rc9".
std::vector<int> VersionOf(absl::string_view text) {
  const std::string numbers = absl::StrReplaceAll(absl::StrCat(text, ".0"), {{"rc", ".-1."}});
  std::vector<int> version;
  for (const absl::string_view part : absl::StrSplit(numbers, '.')) {
    int number = 0;
    version.push_back(absl::SimpleAtoi(part, &number) ? number : -1);
  }
  return version;
}

bool HasColumn(const std::string& path, absl::string_view column) {
  absl::StatusOr<std::unique_ptr<collectors::ByteSource>> source = collectors::OpenByteSource(path);
  if (!source.ok()) return false;
  std::string header(4096, '\0');
  const absl::StatusOr<size_t> read = (*source)->Read(header.data(), header.size());
  if (!read.ok()) return false;
  header.resize(std::min(*read, header.find_first_of("\r\n")));
  const std::vector<absl::string_view> columns = absl::StrSplit(header, ',');
  return std::find(columns.begin(), columns.end(), column) != columns.end();
}

}  // namespace

std::map<std::string, std::vector<std::string>> TablesOf(const std::string& folder, absl::string_view stack,
                                                         absl::string_view table) {
  std::map<std::string, std::vector<std::string>> tables;
  std::error_code missing;
  for (const auto& system : fs::directory_iterator(absl::StrCat(folder, "/aiconfigurator"), missing)) {
    if (!system.is_directory()) continue;
    std::vector<std::pair<std::vector<int>, std::string>> versions;
    for (const auto& file : fs::directory_iterator(system.path())) {
      const std::string name = file.path().filename().string();
      absl::string_view version = name;
      if (!absl::ConsumePrefix(&version, absl::StrCat(stack, "_")) ||
          !absl::ConsumeSuffix(&version, absl::StrCat("_", table, ".csv.gz")))
        continue;
      versions.emplace_back(VersionOf(version), file.path().string());
    }
    std::sort(versions.rbegin(), versions.rend());
    for (auto& [version, path] : versions) tables[system.path().filename().string()].push_back(std::move(path));
  }
  return tables;
}

std::map<std::string, std::string> NewestTables(const std::string& folder, absl::string_view stack,
                                                absl::string_view table, absl::string_view column) {
  std::map<std::string, std::string> newest;
  for (const auto& [system, paths] : TablesOf(folder, stack, table)) {
    const auto has_column = [column](const std::string& path) { return column.empty() || HasColumn(path, column); };
    const auto found = std::find_if(paths.begin(), paths.end(), has_column);
    if (found != paths.end()) newest[system] = *found;
  }
  return newest;
}

}  // namespace sandglass::accuracy
