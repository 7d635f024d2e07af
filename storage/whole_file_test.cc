#include "storage/whole_file.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "storage/directory.h"
#include "storage/file_error.h"
#include "storage/sample_trace.h"

namespace sandglass::storage {
namespace {

TEST(FileErrorTest, OnlyWhatIsFullIsResourceExhausted) {
  for (const int error : {ENOSPC, EDQUOT, EFBIG}) {
    const absl::Status status = FileError("written", "a/b", error);
    EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted) << status;
    EXPECT_EQ(status.message(),
              absl::StrCat("a/b: cannot be written: ", std::strerror(error), "; free space on its disk"));
    EXPECT_TRUE(SaysFull(absl::StrCat("IO error: While appending: ", std::strerror(error))));
  }
  for (const int error : {EIO, EACCES, ENOENT}) {
    EXPECT_EQ(FileError("written", "a/b", error).code(), absl::StatusCode::kUnavailable) << error;
    EXPECT_FALSE(SaysFull(std::strerror(error)));
  }
}

TEST(WholeFileTest, IsReadAsItWasWritten) {
  const TemporaryFolder folder;
  const std::string path = folder.File("file");
  EXPECT_TRUE(absl::IsNotFound(ReadWholeFile(path, false).status()));
  for (const std::string& bytes : {std::string("one"), std::string(300000, 'x'), std::string()}) {
    ASSERT_TRUE(WriteWholeFile(path, bytes).ok());
    const auto read = ReadWholeFile(path, true);
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_TRUE(*read == bytes);
  }
  EXPECT_FALSE(IsThere(path + ".new"));
  EXPECT_TRUE(absl::StrContains(WriteWholeFile(folder.File("no/file"), "").message(), "cannot be made"));
}

TEST(DirectoryTest, IsMadeWithThoseAboveItAndListed) {
  const TemporaryFolder folder;
  const std::string deep = folder.File("a/b/c");
  EXPECT_TRUE(absl::IsNotFound(NamesIn(deep).status()));
  ASSERT_TRUE(MakeDirectory(deep).ok());
  ASSERT_TRUE(MakeDirectory(deep + "/").ok());
  EXPECT_TRUE(WriteWholeFile(deep + "/two", "2").ok());
  EXPECT_TRUE(WriteWholeFile(deep + "/one", "1").ok());
  const auto names = NamesIn(deep);
  ASSERT_TRUE(names.ok()) << names.status();
  EXPECT_EQ(*names, (std::vector<std::string>{"one", "two"}));
  EXPECT_TRUE(SyncAllIn(deep).ok());
  EXPECT_TRUE(absl::StrContains(MakeDirectory(deep + "/one/x").message(), "cannot be made"));
  EXPECT_EQ(ParentOf("a/b"), "a");
  EXPECT_EQ(ParentOf("a"), ".");
}

}  // namespace
}  // namespace sandglass::storage
