#include "proto/file_text.h"

#include <gtest/gtest.h>

#include <fstream>

namespace sandglass {
namespace {

TEST(FileTextTest, GivesEveryByte) {
  const std::string path = ::testing::TempDir() + "/bytes";
  // More than is read at once, zeros in it.
  const std::string text = std::string(200000, 'x') + std::string(3, '\0') + "end\n";
  std::ofstream(path, std::ios::binary) << text;
  EXPECT_EQ(FileText("file", path).value(), text);
  std::ofstream(path, std::ios::trunc).close();
  EXPECT_EQ(FileText("file", path).value(), "");
}

TEST(FileTextTest, SaysWhichFileCannotBeReadAndWhy) {
  EXPECT_EQ(FileText("token file", "/absent/token").status(),
            absl::InvalidArgumentError("token file /absent/token cannot be read: No such file or directory"));
  EXPECT_EQ(FileText("", "/proc").status(), absl::InvalidArgumentError("/proc cannot be read: Is a directory"));
}

}  // namespace
}  // namespace sandglass
