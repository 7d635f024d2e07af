// `sandglass replay FILE`: a trace file that is replayed without a store.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>
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
  EXPECT_THAT(nothing.err, HasSubstr("none.json is no file here; to look at a stored trace: "));
  EXPECT_THAT(nothing.err, HasSubstr("give --store DIR or --server HOST:PORT"));
}

// The product took 20 us on its device, and less is modelled.
TEST_F(ReplayFileTest, TimesAreScaledByWhatTheRunTook) {
  const std::vector<std::string> words = {file_,  "--work",     "1",        "step", "--device", "nvidia-h100-sxm",
                                          "--on", "amd-mi300x", "--format", "json"};
  std::vector<std::string> scaled = words;
  scaled.insert(scaled.end(), {"--mode", "scale"});
  EXPECT_THAT(Replay(words).out, ::testing::Not(HasSubstr("correction_s")));
  const Outcome outcome = Replay(scaled);
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("\"correction_s\": "));
  EXPECT_THAT(outcome.out, HasSubstr("REPLAY_MODE_SCALE"));
  // Of what it ran on nobody says anything.
  const Outcome unknown = Replay({file_, "--work", "1", "step", "--on", "amd-mi300x", "--mode", "scale"});
  EXPECT_EQ(unknown.code, 1);
  EXPECT_THAT(unknown.err, HasSubstr("option mode is scale, but of trace run nobody says what it ran on"));
}

TEST_F(ReplayFileTest, ACalibrationIsMadeKeptAndUsed) {
  const std::string rows = folder_ + "/rows.csv";
  const std::string kept = folder_ + "/mine.calibration";
  std::ofstream(rows) << "silicon_class,op,dtype,shapes,seconds,attributes\n"
                      << "h100-sxm,aten::mm,float32,512x512;512x512,0.00009,\n"
                      << "mi300x,aten::mm,float32,512x512;512x512,0.00009,\n"
                      << "h100-sxm,aten::_softmax,bfloat16,4096x4096,0.00005,dim=-1;half_to_float=false\n";
  const auto calibrate = [](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"analyzer/serve/sandglass", "calibrate"});
    return RunProgram(arguments, {});
  };
  const Outcome made = calibrate({"--rows", rows, "--out", kept});
  EXPECT_EQ(made.code, 0) << made.err;
  EXPECT_THAT(made.out, HasSubstr("class left out"));
  EXPECT_THAT(made.out, HasSubstr("softmax"));
  const std::vector<std::string> words = {file_,           "--work", "1", "step", "--on", "nvidia-h100-sxm",
                                          "--calibration", kept};
  const Outcome used = Replay(words);
  EXPECT_EQ(used.code, 0) << used.err;
  EXPECT_THAT(used.out, HasSubstr("calibrated by " + rows));
  EXPECT_THAT(used.out, ::testing::Not(HasSubstr("another catalog")));
  std::vector<std::string> as_json = words;
  as_json.insert(as_json.end(), {"--format", "json"});
  EXPECT_THAT(Replay(as_json).out, HasSubstr("\"calibration_s\": "));
  // One of another catalog warns.
  std::stringstream text;
  text << std::ifstream(kept).rdbuf();
  const std::string old = folder_ + "/old.calibration";
  std::ofstream(old) << std::regex_replace(text.str(), std::regex("catalog_digest: \"[^\"]*\""),
                                           "catalog_digest: \"1\"");
  EXPECT_THAT(Replay({file_, "--work", "1", "step", "--on", "nvidia-h100-sxm", "--calibration", old}).out,
              HasSubstr("another catalog"));
  // From the run itself.
  EXPECT_EQ(calibrate({"--trace", file_, "--device", "h100-sxm"}).code, 0);
  EXPECT_THAT(calibrate({"--trace", file_}).err, HasSubstr("nobody says what it ran on: give --device CLASS"));
}

TEST_F(ReplayFileTest, RowsAndCalibrationsThatAreWrongAreTold) {
  struct Case {
    const char* row;
    const char* told;
  };
  const std::string rows = folder_ + "/rows.csv";
  for (const Case& c : {Case{"h100-sxm,aten::mm,float32,512x5l2;512x512,1", "shapes is \"512x5l2;512x512\""},
                        Case{"h100-sxm,aten::mm,fp32,512x512;512x512,1", "dtype is \"fp32\""},
                        Case{"h100-sxm,aten::mm,float32,512x512;512x512,0", "seconds is 0"},
                        Case{"h100-sxm,aten::mm,float32,512x512;512x512,90", "check unit, shapes and class"},
                        Case{"h1000,aten::mm,float32,512x512;512x512,1", "h1000"},
                        Case{"h100-sxm,aten::nothing,float32,512x512,1", "op is \"aten::nothing\""},
                        Case{"h100-sxm,aten::mm,float32,512x512,1", "inputs"}}) {
    std::ofstream(rows) << "silicon_class,op,dtype,shapes,seconds\n" << c.row << "\n";
    const Outcome outcome = RunProgram({"analyzer/serve/sandglass", "calibrate", "--rows", rows}, {});
    EXPECT_EQ(outcome.code, 1) << c.row;
    EXPECT_THAT(outcome.err, HasSubstr("rows.csv line 2: ")) << c.row;
    EXPECT_THAT(outcome.err, HasSubstr(c.told)) << c.row;
  }
  EXPECT_THAT(RunProgram({"analyzer/serve/sandglass", "calibrate"}, {}).err, HasSubstr("--rows FILE or --trace FILE"));
  for (const char* option : {"--rows", "--trace"}) {
    const Outcome folder = RunProgram({"analyzer/serve/sandglass", "calibrate", option, folder_}, {});
    EXPECT_EQ(folder.code, 1);
    EXPECT_THAT(folder.err, HasSubstr(folder_ + ": is no file that can be read"));
  }
  std::ofstream(rows) << "entries { chip: 'gpu' op_class: 'no such' ratio: 1 rows: 1 silicon_class: 'x' }\n";
  const Outcome broken = Replay({file_, "--work", "1", "step", "--calibration", rows});
  EXPECT_EQ(broken.code, 1);
  EXPECT_THAT(broken.err, HasSubstr("calibration.entries[0].op_class is \"no such\""));
}

}  // namespace
}  // namespace sandglass::testing
