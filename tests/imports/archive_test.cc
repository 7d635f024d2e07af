#include "tests/imports/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace sandglass::imports {
namespace {

// A tar archive of files that are called so, each with its name as content.
std::string WriteTar(const std::vector<std::string>& names) {
  const std::string path = ::testing::TempDir() + "/archive.tar";
  const std::unique_ptr<archive, int (*)(archive*)> writer(archive_write_new(), archive_write_free);
  archive_write_set_format_ustar(writer.get());
  EXPECT_EQ(archive_write_open_filename(writer.get(), path.c_str()), ARCHIVE_OK);
  for (const std::string& name : names) {
    const std::unique_ptr<archive_entry, void (*)(archive_entry*)> entry(archive_entry_new(), archive_entry_free);
    archive_entry_set_pathname(entry.get(), name.c_str());
    archive_entry_set_size(entry.get(), static_cast<la_int64_t>(name.size()));
    archive_entry_set_filetype(entry.get(), AE_IFREG);
    EXPECT_EQ(archive_write_header(writer.get(), entry.get()), ARCHIVE_OK);
    EXPECT_EQ(archive_write_data(writer.get(), name.data(), name.size()), static_cast<la_ssize_t>(name.size()));
  }
  return path;
}

TEST(ArchiveTest, FilesInTheirOrderWithoutThoseOfDesktops) {
  const std::vector<ArchiveMember> members = ReadArchive(WriteTar({"a/one", "a/._one", "two"}));
  ASSERT_EQ(members.size(), 2u);
  EXPECT_EQ(members[0].name, "a/one");
  EXPECT_EQ(members[0].content, "a/one");
  EXPECT_EQ(members[1].name, "two");
}

// Headers and contents take 512 bytes each.
TEST(ArchiveTest, OneThatWasCutOffIsNotRead) {
  const std::string path = WriteTar({"one", "two"});
  for (const int bytes : {1300, 1537, 700, 0}) {
    std::filesystem::resize_file(WriteTar({"one", "two"}), static_cast<std::uintmax_t>(bytes));
    EXPECT_TRUE(ReadArchive(path).empty()) << bytes;
  }
  EXPECT_TRUE(ReadArchive("/no/such/archive").empty());
}

}  // namespace
}  // namespace sandglass::imports
