#include "tests/imports/archive.h"

#include <cstdlib>
#include <memory>

#include "absl/strings/match.h"
#include "collectors/importers/format/byte_source.h"

namespace sandglass::imports {
namespace {

// Of headers, and of what contents are filled up to.
constexpr size_t kBlockBytes = 512;
// Where a header has what.
constexpr size_t kNameBytes = 100;
constexpr size_t kSizeAt = 124;
constexpr size_t kSizeBytes = 12;
constexpr size_t kTypeAt = 156;

std::string ReadAll(const std::string& path) {
  const auto source = collectors::OpenByteSource(path);
  if (!source.ok()) return "";
  std::string all;
  std::string part(1 << 20, '\0');
  while (true) {
    const auto count = (*source)->Read(part.data(), part.size());
    if (!count.ok() || *count == 0) return all;
    all.append(part, 0, *count);
  }
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
