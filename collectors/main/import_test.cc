#include "collectors/main/import.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "collectors/importers/chakra/chakra_bytes.h"
#include "collectors/importers/kineto/kineto_text.h"
#include "storage/trace_store.h"

namespace sandglass::collectors {
namespace {

using kineto::KinetoEvent;
using kineto::KinetoFile;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ImportTest : public ::testing::Test {
 protected:
  ImportTest() { request_.store = folder_ + "/store"; }

  std::string Write(const std::string& name, const std::string& text) {
    const std::string path = absl::StrCat(folder_, "/", name);
    std::ofstream(path) << text;
    return path;
  }

  absl::StatusOr<ImportCounts> Import() {
    ProgressPrinter progress(
        false, [](absl::string_view) {}, [] { return absl::ZeroDuration(); });
    return ImportFiles(
        request_, [this](const char* name) { return environment_[name]; }, progress,
        [this](const std::string& text) { said_ += text; },
        [this](const std::string& line) { warnings_.push_back(line); });
  }

  std::vector<v1::TraceManifest> Sealed() {
    storage::StoreOptions options;
    options.read_only = true;
    const auto store = storage::TraceStore::Open(request_.store, options);
    EXPECT_TRUE(store.ok()) << store.status();
    return *(*store)->ListSealed(storage::kDefaultTenant);
  }

  // Of the test, and empty.
  const std::string folder_ = [] {
    std::string made = ::testing::TempDir() + "/importXXXXXX";
    EXPECT_NE(mkdtemp(made.data()), nullptr);
    return made;
  }();
  ImportRequest request_;
  std::map<std::string, std::string> environment_;
  std::string said_;
  std::vector<std::string> warnings_;
};

const char kDevice[] = R"("deviceProperties": [{"id": 0, "name": "NVIDIA H100 80GB HBM3"}],)";

std::string OneOperator() {
  return KinetoFile({KinetoEvent("cpu_op", "aten::mm", "1", "2",
                                 R"("Input Dims": [[2, 3], [3, 4]], "Input type": ["float", "float"])")},
                    kDevice);
}

TEST_F(ImportTest, ACaptureIsOfOneTrace) {
  const std::string file = Write("a.json", OneOperator());
  request_.files = {file, file};
  request_.capture = file;
  const auto counts = Import();
  EXPECT_EQ(counts.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(counts.status().message(), HasSubstr("import one file at a time"));
  request_.files = {file};
  ASSERT_TRUE(Import().ok());
  EXPECT_THAT(warnings_, ElementsAre(HasSubstr("no graph was launched in it")));
}

TEST_F(ImportTest, AFileBecomesASealedTrace) {
  request_.files = {Write("a run.pt.trace.json", OneOperator())};
  request_.work_done.emplace_back().set_unit(v1::WORK_UNIT_STEP);
  request_.work_done.back().set_count(1);
  const auto counts = Import();
  ASSERT_TRUE(counts.ok()) << counts.status();
  EXPECT_EQ(counts->sealed, 1);
  EXPECT_EQ(counts->incomplete, 0);
  EXPECT_THAT(warnings_, IsEmpty());
  EXPECT_THAT(said_, HasSubstr("sealed a-run "));
  EXPECT_THAT(said_, HasSubstr("'NVIDIA H100 80GB HBM3' (nvidia-h100-sxm, says the importer)"));
  EXPECT_THAT(said_, HasSubstr("imported: 1 operators"));
  EXPECT_THAT(said_,
              HasSubstr("  time: device work 0.000 ms, of it linked 0.000 ms; device busy 0.000 ms; host 0.002 ms\n"));
  const std::vector<v1::TraceManifest> sealed = Sealed();
  ASSERT_EQ(sealed.size(), 1);
  EXPECT_EQ(sealed[0].header().name(), "a-run");
  EXPECT_EQ(sealed[0].operators(), 1);
  EXPECT_EQ(sealed[0].summary().work_done(0).count(), 1);
}

TEST_F(ImportTest, ATerminalObeysNothingThatAFileHolds) {
  request_.files = {
      Write("x.json", KinetoFile({KinetoEvent("cpu_op", "x", "1", "1"), KinetoEvent("a\\u001b[2J", "x", "1", "1")},
                                 R"("deviceProperties": [{"id": 0, "name": "\u001b[31mred"}],)"))};
  ASSERT_TRUE(Import().ok());
  EXPECT_THAT(said_, HasSubstr("[31mred"));
  EXPECT_THAT(said_, HasSubstr("category_a"));
  EXPECT_EQ(said_.find('\033'), std::string::npos) << said_;
}

TEST_F(ImportTest, AFileThatIsNoneDoesNotStopTheOthers) {
  const std::string wrong = Write("notes.txt", "not a trace");
  const std::string cut = Write("cut.json", OneOperator().substr(0, OneOperator().size() - 5));
  request_.files = {wrong, folder_ + "/absent.json", cut, Write("good.json", OneOperator())};
  request_.name = "all";
  const auto counts = Import();
  ASSERT_TRUE(counts.ok()) << counts.status();
  EXPECT_EQ(counts->failed, 2);
  EXPECT_EQ(counts->sealed, 2);
  EXPECT_EQ(counts->incomplete, 1);
  ASSERT_EQ(warnings_.size(), 3);
  EXPECT_THAT(warnings_[0], HasSubstr("notes.txt: not a trace of a format that can be imported; there are: kineto"));
  EXPECT_THAT(warnings_[1], HasSubstr("absent.json: cannot be opened"));
  EXPECT_THAT(warnings_[2], HasSubstr("it was cut off"));
  std::vector<std::string> names;
  for (const v1::TraceManifest& manifest : Sealed()) names.push_back(manifest.header().name());
  EXPECT_THAT(names, ::testing::UnorderedElementsAre("all/cut", "all/good"));
  EXPECT_THAT(said_, HasSubstr("work done: not known"));
}

TEST_F(ImportTest, AFolderIsARunOfSeveralRanks) {
  const std::string run = folder_ + "/two ranks";
  std::filesystem::create_directories(run + "/logs");
  for (const char* rank : {"1", "0"}) {
    std::ofstream(absl::StrCat(run, "/step.", rank, ".et")) << chakra::ChakraFile({chakra::AllReduce(1 << 20)});
  }
  std::ofstream(run + "/.hidden") << "not a trace";
  std::filesystem::create_directories(folder_ + "/empty");
  request_.files = {run, folder_ + "/empty"};
  const auto counts = Import();
  ASSERT_TRUE(counts.ok()) << counts.status();
  EXPECT_EQ(counts->sealed, 2);
  EXPECT_EQ(counts->failed, 1);
  ASSERT_EQ(warnings_.size(), 1);
  EXPECT_THAT(warnings_[0], HasSubstr("/empty: the folder holds no files"));
  EXPECT_THAT(said_, ::testing::Not(HasSubstr("time: ")));
  EXPECT_LT(said_.find("sealed two-ranks/step.0.et"), said_.find("sealed two-ranks/step.1.et"));
  for (const v1::TraceManifest& manifest : Sealed()) {
    EXPECT_EQ(manifest.header().world_size(), 2);
    EXPECT_EQ(manifest.header().name(), absl::StrCat("two-ranks/step.", manifest.header().rank(), ".et"));
  }
}

// Under `bazel run` the program stands elsewhere than its user.
TEST_F(ImportTest, FilesAreFoundWhereTheUserStands) {
  Write("here.json", OneOperator());
  request_.files = {"here.json"};
  environment_["BUILD_WORKING_DIRECTORY"] = folder_;
  const auto counts = Import();
  ASSERT_TRUE(counts.ok()) << counts.status();
  EXPECT_EQ(counts->sealed, 1);
}

TEST_F(ImportTest, ATokenForAStoreIsAMistake) {
  request_.files = {"x"};
  request_.security.token_file = "token";
  EXPECT_EQ(Import().status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(ImportTest, ADestinationIsNeeded) {
  request_.store = "";
  request_.files = {"x"};
  EXPECT_EQ(Import().status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(TraceNameTest, IsTheFilesWithoutItsEndings) {
  EXPECT_EQ(TraceNameOf("/x/worker0.1623.pt.trace.json.gz"), "worker0.1623");
  EXPECT_EQ(TraceNameOf("a b&c.json"), "a-b-c");
  EXPECT_EQ(TraceNameOf("..json"), "imported");
  EXPECT_EQ(TraceNameOf(".json"), "imported");
  EXPECT_EQ(TraceNameOf("01HF0000000000000000000000.json"), "trace-01HF0000000000000000000000");
}

}  // namespace
}  // namespace sandglass::collectors
