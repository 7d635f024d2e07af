#include "tests/imports/archive.h"

#include <archive.h>
#include <archive_entry.h>

#include <memory>
#include <utility>

#include "absl/strings/match.h"

namespace sandglass::imports {

std::vector<ArchiveMember> ReadArchive(const std::string& path) {
  const std::unique_ptr<archive, int (*)(archive*)> reader(archive_read_new(), archive_read_free);
  archive_read_support_filter_gzip(reader.get());
  archive_read_support_format_tar(reader.get());
  if (archive_read_open_filename(reader.get(), path.c_str(), 1 << 16) != ARCHIVE_OK) return {};
  std::vector<ArchiveMember> members;
  archive_entry* entry = nullptr;
  int result = ARCHIVE_OK;
  while ((result = archive_read_next_header(reader.get(), &entry)) == ARCHIVE_OK) {
    ArchiveMember member = {.name = archive_entry_pathname(entry), .content = ""};
    if (archive_entry_filetype(entry) != AE_IFREG || absl::StrContains(member.name, "._")) continue;
    member.content.resize(static_cast<size_t>(archive_entry_size(entry)));
    const la_ssize_t read = archive_read_data(reader.get(), member.content.data(), member.content.size());
    if (read != static_cast<la_ssize_t>(member.content.size())) return {};
    members.push_back(std::move(member));
  }
  return result == ARCHIVE_EOF ? members : std::vector<ArchiveMember>();
}

}  // namespace sandglass::imports
