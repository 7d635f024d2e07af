// `sandglass replay FILE`: a trace file that is replayed without a store.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "collectors/importers/kineto/kineto_text.h"
#include "tests/end_to_end/process.h"

namespace sandglass::testing {
namespace {

using collectors::kineto::KinetoEvent;
using collectors::kineto::KinetoFile;
using ::testing::HasSubstr;

class ReplayFileTest : public ::testing::Test {
 protected:
  ReplayFileTest() {
    std::filesystem::create_directory(temporary_);
    std::ofstream(file_) << KinetoFile(
        {KinetoEvent("cpu_op", "aten::mm", "100", "50",
                     R"("External id": 1, "Input Dims": [[512, 512], [512, 512]], "Input type": ["float", "float"])"),
         KinetoEvent("cuda_runtime", "cudaLaunchKernel", "120", "5", R"("correlation": 7)"),
         KinetoEvent("kernel", "gemm", "140", "20", R"("correlation": 7, "device": 0, "stream": 7)")});
  }

  Outcome Replay(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {"analyzer/serve/sandglass", "replay"});
    return RunProgram(arguments, {{"TMPDIR", temporary_}});
  }

  const std::string folder_ = NewFolder();
  const std::string temporary_ = folder_ + "/tmp";
  const std::string file_ = folder_ + "/run.pt.trace.json";
};

TEST_F(ReplayFileTest, IsImportedForThisReplayAlone) {
  const Outcome outcome = Replay({file_, "--work", "4", "step", "--device", "nvidia-h100-sxm", "--format", "csv"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr(",run,infer,measured,step,nvidia-h100-sxm,"));
  EXPECT_TRUE(std::filesystem::is_empty(temporary_));
}

TEST_F(ReplayFileTest, TheDeviceThatTheUserNamesIsTheOneItRanOn) {
  const std::vector<std::string> words = {file_, "--work", "1", "step", "--on", "nvidia-h100-sxm"};
  std::vector<std::string> named = words;
  named.insert(named.end(), {"--device", "nvidia-h100-sxm"});
  EXPECT_THAT(Replay(words).out, ::testing::Not(HasSubstr("asserted by user")));
  EXPECT_THAT(Replay(named).out, HasSubstr("= nvidia-h100-sxm (asserted by user)"));
}

TEST_F(ReplayFileTest, AFileThatWasCutOffIsIncomplete) {
  std::filesystem::resize_file(file_, std::filesystem::file_size(file_) - 10);
  const std::vector<std::string> words = {file_, "--work", "1", "step", "--on", "nvidia-h100-sxm"};
  EXPECT_EQ(Replay(words).code, 0);
  std::vector<std::string> strict = words;
  strict.emplace_back("--strict");
  const Outcome outcome = Replay(strict);
  EXPECT_EQ(outcome.code, 3) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("something of the file was lost or is missing"));
}

TEST_F(ReplayFileTest, WhatTheUserSaysOfItIsCountedWith) {
  const Outcome one = Replay({file_, "--work", "1", "step", "--on", "nvidia-h100-sxm", "--brief"});
  const Outcome samples =
      Replay({file_, "--work", "8", "sample", "--phase", "decode", "--on", "nvidia-h100-sxm", "--brief"});
  EXPECT_THAT(one.out, HasSubstr("work: 1.00 step"));
  EXPECT_THAT(samples.out, HasSubstr("(decode, measured)"));
  EXPECT_THAT(samples.out, HasSubstr("work: 8.00 samples"));
}

TEST_F(ReplayFileTest, BadInputIsOneClearError) {
  std::ofstream(folder_ + "/text") << "no trace";
  const Outcome other = Replay({folder_ + "/text"});
  EXPECT_EQ(other.code, 1);
  EXPECT_THAT(other.err, HasSubstr("text: not a trace of a format that can be imported; there are: kineto"));
  const Outcome facts = Replay({"some-trace", "--work", "1", "step"});
  EXPECT_EQ(facts.code, 1);
  EXPECT_THAT(facts.err, HasSubstr("are for trace files, and none was given"));
  const Outcome work = Replay({file_, "--work", "0", "step"});
  EXPECT_EQ(work.code, 1);
  EXPECT_THAT(work.err, HasSubstr("--work 0: must be a number above zero"));
  const Outcome two = Replay({file_, file_, "--capture", file_});
  EXPECT_EQ(two.code, 1);
  EXPECT_THAT(two.err, HasSubstr("belongs to one FILE, and there are 2"));
  const Outcome nothing = Replay({folder_ + "/none.json"});
  EXPECT_EQ(nothing.code, 1);
  EXPECT_THAT(nothing.err, HasSubstr("none.json is no file here; to replay a stored trace: "));
  EXPECT_THAT(nothing.err, HasSubstr("give --store DIR or --server HOST:PORT"));
}

}  // namespace
}  // namespace sandglass::testing
