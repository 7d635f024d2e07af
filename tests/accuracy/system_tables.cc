#include "tests/accuracy/system_tables.h"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "collectors/importers/format/byte_source.h"

namespace sandglass::accuracy {
namespace {

namespace fs = std::filesystem;

// "0.24.0" as numbers, so that 0.24 is newer than 0.9.
std::vector<int> VersionOf(absl::string_view text) {
  std::vector<int> version;
  for (const absl::string_view part : absl::StrSplit(text, '.')) {
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

std::map<std::string, std::string> NewestTables(const std::string& folder, absl::string_view stack,
                                                absl::string_view table, absl::string_view column) {
  std::map<std::string, std::pair<std::vector<int>, std::string>> newest;
  std::error_code missing;
  for (const auto& system : fs::directory_iterator(absl::StrCat(folder, "/aiconfigurator"), missing)) {
    if (!system.is_directory()) continue;
    for (const auto& file : fs::directory_iterator(system.path())) {
      const std::string name = file.path().filename().string();
      absl::string_view version = name;
      if (!absl::ConsumePrefix(&version, absl::StrCat(stack, "_")) ||
          !absl::ConsumeSuffix(&version, absl::StrCat("_", table, ".csv.gz")))
        continue;
      if (!column.empty() && !HasColumn(file.path(), column)) continue;
      auto& best = newest[system.path().filename().string()];
      best = std::max(best, {VersionOf(version), file.path().string()});
    }
  }
  std::map<std::string, std::string> tables;
  for (const auto& [system, best] : newest) tables[system] = best.second;
  return tables;
}

}  // namespace sandglass::accuracy
