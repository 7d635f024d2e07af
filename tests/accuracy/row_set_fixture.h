// A folder of files in the layout of the published rows, for tests of their readers.
#ifndef SANDGLASS_TESTS_ACCURACY_ROW_SET_FIXTURE_H_
#define SANDGLASS_TESTS_ACCURACY_ROW_SET_FIXTURE_H_

#include <archive.h>
#include <archive_entry.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "analyzer/ops/work.h"
#include "tests/accuracy/measured_row.h"

namespace sandglass::accuracy {

// A folder of files with this text.
class RowSetsTest : public ::testing::Test {
 protected:
  void Write(const std::string& path, const std::string& text) {
    const std::filesystem::path file = std::filesystem::path(folder_) / path;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << text;
  }

  // A compressed archive of one file.
  void WriteArchive(const std::string& path, const std::string& name, const std::string& text) {
    Write(path, "");
    archive* const writer = archive_write_new();
    archive_write_add_filter_gzip(writer);
    archive_write_set_format_ustar(writer);
    ASSERT_EQ(archive_write_open_filename(writer, absl::StrCat(folder_, "/", path).c_str()), ARCHIVE_OK);
    archive_entry* const entry = archive_entry_new();
    archive_entry_set_pathname(entry, name.c_str());
    archive_entry_set_size(entry, static_cast<la_int64_t>(text.size()));
    archive_entry_set_filetype(entry, AE_IFREG);
    ASSERT_EQ(archive_write_header(writer, entry), ARCHIVE_OK);
    ASSERT_EQ(archive_write_data(writer, text.data(), text.size()), static_cast<la_ssize_t>(text.size()));
    archive_entry_free(entry);
    ASSERT_EQ(archive_write_free(writer), ARCHIVE_OK);
  }

  const std::string folder_ =
      absl::StrCat(::testing::TempDir(), "/", ::testing::UnitTest::GetInstance()->current_test_info()->name());
};

// Of a row's first operator.
inline ops::Work WorkOfRow(const MeasuredRow& row) {
  const absl::StatusOr<ops::Work> work = ops::WorkOf(row.work.at(0));
  EXPECT_TRUE(work.ok()) << work.status();
  return work.value_or(ops::Work());
}

}  // namespace sandglass::accuracy

#endif  // SANDGLASS_TESTS_ACCURACY_ROW_SET_FIXTURE_H_
