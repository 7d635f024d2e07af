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
#include "collectors/importers/execution_trace/execution_trace_text.h"
#include "collectors/importers/kineto/kineto_text.h"
#include "storage/trace_store.h"

namespace sandglass::collectors {
namespace {

using execution_trace::ExecutionTraceFile;
using execution_trace::NestedNode;
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

TEST_F(ImportTest, ASecondFileBelongsToOneFile) {
  const std::string file = Write("a.json", OneOperator());
  request_.files = {file, file};
  request_.capture = file;
  EXPECT_THAT(Import().status().message(), HasSubstr("a.json: belongs to one FILE, and there are 2"));
  // A folder is as many as it holds.
  std::filesystem::create_directory(folder_ + "/ranks");
  Write("ranks/0.json", OneOperator());
  Write("ranks/1.json", OneOperator());
  request_.files = {folder_ + "/ranks"};
  request_.execution_trace = file;
  request_.capture.clear();
  EXPECT_THAT(Import().status().message(), HasSubstr("--execution-trace"));
  EXPECT_THAT(Import().status().message(), HasSubstr("and there are 2"));
  EXPECT_THAT(said_, IsEmpty());
}

TEST_F(ImportTest, ACaptureOfNoGraphIsSaid) {
  const std::string file = Write("a.json", OneOperator());
  request_.files = {file};
  request_.capture = file;
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
  std::ofstream(run + "/README") << "not a trace, and no rank";
  std::filesystem::create_directories(folder_ + "/empty");
  request_.files = {run, folder_ + "/empty"};
  const auto counts = Import();
  ASSERT_TRUE(counts.ok()) << counts.status();
  EXPECT_EQ(counts->sealed, 2);
  EXPECT_EQ(counts->failed, 2);
  ASSERT_EQ(warnings_.size(), 2);
  EXPECT_THAT(warnings_[0], HasSubstr("/empty: the folder holds no files"));
  EXPECT_THAT(warnings_[1], HasSubstr("README: not a trace"));
  EXPECT_THAT(said_, ::testing::Not(HasSubstr("time: ")));
  EXPECT_LT(said_.find("sealed two-ranks/step.0.et"), said_.find("sealed two-ranks/step.1.et"));
  for (const v1::TraceManifest& manifest : Sealed()) {
    EXPECT_EQ(manifest.header().world_size(), 2);
    EXPECT_EQ(manifest.header().name(), absl::StrCat("two-ranks/step.", manifest.header().rank(), ".et"));
  }
}

constexpr char kSchema[] = "1.1.0-chakra.0.0.4";

// aten::mm as both files of a run have it.
std::string OneNode() {
  execution_trace::NodeText mm = {.id = 3, .parent = 2, .name = "aten::mm"};
  mm.record_function = 5;
  mm.outputs = R"([[20,21,0,8,4,"cuda:0"]])";
  mm.output_shapes = "[[2,4]]";
  mm.output_types = R"j(["Tensor(float)"])j";
  return ExecutionTraceFile(kSchema, {NestedNode(mm)});
}

std::string OneEvent() {
  return KinetoFile({KinetoEvent("cpu_op", "aten::mm", "1", "2", R"("Record function id": 5)")});
}

TEST_F(ImportTest, AnExecutionTraceIsATraceWithoutTimes) {
  request_.files = {Write("et.json", OneNode())};
  const auto counts = Import();
  ASSERT_TRUE(counts.ok()) << counts.status();
  EXPECT_EQ(counts->sealed, 1);
  EXPECT_EQ(counts->incomplete, 1);
  EXPECT_THAT(said_, HasSubstr("source: pytorch-execution-trace, generation 1.1.0-chakra.0.0.4"));
  EXPECT_THAT(said_, HasSubstr("time: not recorded"));
  EXPECT_THAT(said_, HasSubstr("missing: 1 operators_without_times"));
}

TEST_F(ImportTest, AnExecutionTraceIsJoinedToItsKinetoFile) {
  request_.files = {Write("k.json", OneEvent())};
  request_.execution_trace = Write("et.json", OneNode());
  const auto counts = Import();
  ASSERT_TRUE(counts.ok()) << counts.status();
  EXPECT_EQ(counts->sealed, 1);
  EXPECT_THAT(warnings_, IsEmpty());
  EXPECT_THAT(said_, HasSubstr("1 joined_by_record_function_id"));
  EXPECT_THAT(Sealed()[0].header().command(), HasSubstr("--execution-trace " + folder_ + "/et.json"));
}

TEST_F(ImportTest, OnlyAKinetoFileIsJoined) {
  struct Case {
    std::string file;
    std::string execution_trace;
    const char* says;
  };
  const std::string kineto = Write("k.json", OneEvent());
  const std::string node = Write("et.json", OneNode());
  const Case cases[] = {
      {node, kineto,
       "et.json: --execution-trace joins a file of format kineto, and this one is pytorch-execution-trace"},
      {node, node, "name Kineto's file first"},
      {kineto, kineto, "k.json: no nodes of an ExecutionTrace"},
      {kineto, folder_ + "/absent.json", "absent.json: cannot be opened"},
      {kineto, Write("other.json", ExecutionTraceFile(kSchema, {NestedNode({.id = 3, .name = "aten::add"})})),
       "not of one run"},
  };
  for (const Case& c : cases) {
    warnings_.clear();
    request_.files = {c.file};
    request_.execution_trace = c.execution_trace;
    const auto counts = Import();
    ASSERT_TRUE(counts.ok()) << counts.status();
    EXPECT_EQ(counts->failed, 1);
    ASSERT_EQ(warnings_.size(), 1) << c.says;
    EXPECT_THAT(warnings_[0], HasSubstr(c.says));
  }
}

TEST_F(ImportTest, AnArchiveIsToBeUnpacked) {
  std::string archive(1024, '\0');
  archive.replace(0, 7, "et.json");
  archive.replace(257, 5, "ustar");
  request_.files = {Write("et.tar", archive)};
  ASSERT_TRUE(Import().ok());
  ASSERT_EQ(warnings_.size(), 1);
  EXPECT_THAT(warnings_[0], HasSubstr("et.tar: a tar archive: unpack it"));
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
