#include "tests/imports/archive.h"

#include <cstdint>
#include <cstdlib>

#include "absl/strings/match.h"
#include "collectors/importers/format/byte_source.h"
#include "collectors/importers/format/read_whole.h"

namespace sandglass::imports {
namespace {

// Of headers, and of what contents are filled up to.
constexpr size_t kBlockBytes = 512;
// Where a header has what.
constexpr size_t kNameBytes = 100;
constexpr size_t kSizeAt = 124;
constexpr size_t kSizeBytes = 12;
constexpr size_t kTypeAt = 156;

// Of one archive.
constexpr uint64_t kMostBytes = uint64_t{4} << 30;

std::string ReadAll(const std::string& path) {
  const auto source = collectors::OpenByteSource(path);
  return source.ok() ? collectors::ReadWhole(**source, kMostBytes).value_or("") : "";
}

}  // namespace

std::vector<ArchiveMember> ReadArchive(const std::string& path) {
  const std::string archive = ReadAll(path);
  std::vector<ArchiveMember> members;
  for (size_t at = 0; at + kBlockBytes <= archive.size() && archive[at] != '\0';) {
    const std::string name = std::string(archive, at, kNameBytes).c_str();
    const size_t size = std::strtoul(std::string(archive, at + kSizeAt, kSizeBytes).c_str(), nullptr, 8);
    const char type = archive[at + kTypeAt];
    at += kBlockBytes;
    const bool is_file = type == '0' || type == '\0';
    if (is_file && !absl::StrContains(name, "._")) members.push_back({name, archive.substr(at, size)});
    at += (size + kBlockBytes - 1) / kBlockBytes * kBlockBytes;
  }
  return members;
}

}  // namespace sandglass::imports
