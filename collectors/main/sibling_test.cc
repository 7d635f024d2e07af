#include "collectors/main/sibling.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace sandglass::collectors {
namespace {

TEST(SiblingTest, BecomesTheProgramWithTheArguments) {
  const std::string program = ::testing::TempDir() + "/program";
  const std::string written = ::testing::TempDir() + "/written";
  std::ofstream(program) << "#!/bin/sh\nprintf '%s|' \"$@\" > " << written << "\n";
  std::filesystem::permissions(program, std::filesystem::perms::owner_all);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    (void)BecomeProgram(program, {"run", "a b", ""});
    _exit(99);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(WEXITSTATUS(status), 0);
  std::ifstream file(written);
  std::string arguments;
  std::getline(file, arguments);
  EXPECT_EQ(arguments, "run|a b||");
}

TEST(SiblingTest, LiesBesideThisProgram) {
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe");
  EXPECT_EQ(SiblingPath(self.filename()).value(), self);
}

TEST(SiblingTest, SaysWhatIsMissing) {
  const absl::Status status = BecomeProgram("/nowhere/no-such-program", {});
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(status.message()),
              ::testing::HasSubstr("/nowhere/no-such-program cannot be started (No such file"));
  EXPECT_THAT(std::string(status.message()), ::testing::HasSubstr("build or install both"));
  const absl::Status folder = BecomeProgram(::testing::TempDir(), {});
  EXPECT_EQ(folder.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_THAT(std::string(folder.message()), ::testing::HasSubstr("cannot be started (Permission denied)"));
}

}  // namespace
}  // namespace sandglass::collectors
