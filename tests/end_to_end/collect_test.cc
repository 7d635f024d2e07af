// The sandglass-collect binary, as scripts see it.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/end_to_end/process.h"

namespace sandglass::testing {
namespace {

constexpr const char* kCollect = "collectors/main/sandglass-collect";

TEST(CollectTest, AFullStandardOutputIsAnErrorWhateverIsPrinted) {
  const std::string spool = NewFolder();
  for (const std::string& arguments : {std::string("workloads"), std::string("--help"), std::string("--version"),
                                       std::string("completion bash"), absl::StrCat("resume --spool ", spool)}) {
    const std::string command = absl::StrCat("exec ", kCollect, " ", arguments, " > /dev/full");
    const Outcome outcome = RunProgram({"/bin/sh", "-c", command});
    EXPECT_EQ(outcome.code, 1) << arguments;
    EXPECT_TRUE(absl::StartsWith(outcome.err, "sandglass-collect: error: standard output cannot be written"))
        << arguments << ": " << outcome.err;
    EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
  }
}

}  // namespace
}  // namespace sandglass::testing
