#include "collectors/main/resume.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "collectors/stream/chunk_packer.h"
#include "collectors/stream/spool.h"
#include "storage/trace_store.h"
#include "storage/wait_until.h"

namespace sandglass::collectors {
namespace {

using storage::WaitUntil;

constexpr int kOperators = 1000;

v1::TraceSummary MakeSummary() {
  v1::TraceSummary summary;
  v1::WorkDone& work = *summary.add_work_done();
  work.set_unit(v1::WORK_UNIT_STEP);
  work.set_count(1);
  return summary;
}

v1::TraceHeader MakeHeader(const std::string& name) {
  v1::TraceHeader header;
  header.set_name(name);
  header.set_phase(v1::PHASE_TRAIN);
  header.set_run_mode(v1::RUN_MODE_SHAPES_ONLY);
  return header;
}

v1::Operator MakeOperator(int id) {
  v1::Operator op;
  op.set_id(id);
  op.mutable_signature()->set_kind(v1::OPERATOR_KIND_HOST_OP);
  op.mutable_signature()->set_name("aten::add");
  return op;
}

class ResumeTest : public ::testing::Test {
 protected:
  ResumeTest()
      : folder_(std::filesystem::path(::testing::TempDir()) / "resume_test" /
                ::testing::UnitTest::GetInstance()->current_test_info()->name()),
        progress_(
            false, [](absl::string_view) {}, [] { return absl::ZeroDuration(); }) {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    request_.spool = folder_ + "/spool";
    options_.connect.patience = absl::Milliseconds(100);
    options_.resume.patience = absl::Milliseconds(100);
  }

  // Spools a trace as a collector does that is killed: before its summary, or after it. Nothing of it is sent.
  std::string Left(const std::string& name, bool complete, const std::string& store = "store") {
    v1::OpenRequest open;
    // Ends in digits that count the files.
    open.set_client_key(absl::StrCat("01234567-89ab-4cde-8f01-2345678900", 10 + left_++));
    open.set_schema_version(1);
    open.set_validation(v1::VALIDATION_STRICT);
    *open.mutable_header() = MakeHeader(name);
    SpoolOptions options = {.directory = request_.spool, .store = absl::StrCat(folder_, "/", store)};
    const auto spool = Spool::Create(options, open);
    EXPECT_TRUE(spool.ok()) << spool.status();
    ChunkPacker packer({.operators = 100});
    for (int id = 1; id <= kOperators; ++id) {
      const auto chunk = packer.Add(MakeOperator(id));
      EXPECT_TRUE(!chunk || (*spool)->Append(*chunk).ok());
    }
    EXPECT_TRUE(!complete || (*spool)->Finish(MakeSummary()).ok());
    return (*spool)->path();
  }

  absl::StatusOr<ResumeCounts> Run() {
    return Resume(
        request_, [](const char*) { return std::string(); }, options_, progress_,
        [this](const std::string& line) { said_.push_back(line); },
        [this](const std::string& line) { warned_.push_back(line); });
  }

  absl::StatusOr<v1::TraceManifest> Sealed(const std::string& name, const std::string& store = "store") {
    const auto opened = storage::TraceStore::Open(absl::StrCat(folder_, "/", store), {});
    if (!opened.ok()) return opened.status();
    return (*opened)->FindSealed(storage::kDefaultTenant, name);
  }

  bool Said(const std::string& part) const { return absl::StrContains(absl::StrJoin(said_, "\n"), part); }
  bool Warned(const std::string& part) const { return absl::StrContains(absl::StrJoin(warned_, "\n"), part); }

  const std::string folder_;
  ProgressPrinter progress_;
  ResumeRequest request_;
  IngestWriterOptions options_;
  int left_ = 0;
  std::vector<std::string> said_;
  std::vector<std::string> warned_;
};

TEST_F(ResumeTest, SendsEachTraceWhereItWasGoing) {
  Left("a", true);
  Left("b", true, "other");
  Left("c", true);
  const auto counts = Run();
  ASSERT_TRUE(counts.ok()) << counts.status();
  EXPECT_EQ(counts->sealed, 3);
  EXPECT_EQ(counts->failed, 0);
  for (const auto& manifest : {Sealed("a"), Sealed("b", "other"), Sealed("c")}) {
    ASSERT_TRUE(manifest.ok()) << manifest.status();
    EXPECT_EQ(manifest->operators(), kOperators);
    EXPECT_EQ(manifest->summary().SerializeAsString(), MakeSummary().SerializeAsString());
    EXPECT_TRUE(
        Said(absl::StrCat("sealed ", manifest->header().name(), " ", manifest->trace_id(), " 1000 operators ")));
  }
  EXPECT_TRUE(warned_.empty()) << warned_[0];
  EXPECT_EQ(SpoolFiles(request_.spool)->size(), 0u);
  EXPECT_EQ(Run()->sealed, 0);
  EXPECT_TRUE(Said("nothing is spooled in "));
}

TEST_F(ResumeTest, OrWhereTheUserSays) {
  Left("a", true);
  request_.store = folder_ + "/third";
  EXPECT_EQ(Run()->sealed, 1);
  EXPECT_TRUE(Sealed("a", "third").ok());
  EXPECT_FALSE(std::filesystem::exists(folder_ + "/store"));
}

TEST_F(ResumeTest, KeepsIncompleteTracesUnlessToldOtherwise) {
  const std::string path = Left("a", false);
  Left("b", true);
  const auto counts = Run();
  ASSERT_TRUE(counts.ok()) << counts.status();
  EXPECT_EQ(counts->kept, 1);
  EXPECT_EQ(counts->sealed, 1);
  EXPECT_TRUE(Said(absl::StrCat("kept a 1000 operators ", path, ": its recording was cut short")));
  EXPECT_EQ(*SpoolFiles(request_.spool), std::vector<std::string>({path}));
}

TEST_F(ResumeTest, SealsIncompleteTracesAsWhatTheyAre) {
  const std::string path = Left("a", false);
  std::filesystem::copy(path, path + ".copy");
  request_.incomplete = Incomplete::kSeal;
  EXPECT_EQ(Run()->sealed, 1);
  const auto first = Sealed("a");
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_TRUE(first->summary().completeness().truncated());
  ASSERT_EQ(first->summary().completeness().other_size(), 1);
  EXPECT_EQ(first->summary().completeness().other(0).name(), "recordings_cut_short");
  EXPECT_EQ(first->summary().work_done_size(), 0);
  EXPECT_EQ(first->operators(), kOperators);
  // Again, as after a crash between the seal and the file's removal.
  std::filesystem::rename(path + ".copy", path);
  EXPECT_EQ(Run()->sealed, 1);
  EXPECT_EQ(Sealed("a")->SerializeAsString(), first->SerializeAsString());
  EXPECT_EQ(SpoolFiles(request_.spool)->size(), 0u);
}

TEST_F(ResumeTest, AbortsIncompleteTracesOnlyIfTold) {
  Left("a", false);
  Left("b", true);
  request_.incomplete = Incomplete::kAbort;
  const auto counts = Run();
  ASSERT_TRUE(counts.ok()) << counts.status();
  EXPECT_EQ(counts->aborted, 1);
  EXPECT_EQ(counts->sealed, 1);
  EXPECT_TRUE(Said("aborted a "));
  EXPECT_EQ(SpoolFiles(request_.spool)->size(), 0u);
  EXPECT_EQ(Sealed("a").status().code(), absl::StatusCode::kNotFound);
  EXPECT_TRUE(Sealed("b").ok());
}

TEST_F(ResumeTest, AbortsAlsoWhereNobodyAnswers) {
  Left("a", false);
  request_.incomplete = Incomplete::kAbort;
  // A port that nobody may listen on.
  request_.to = "127.0.0.1:1";
  EXPECT_EQ(Run()->aborted, 1);
  EXPECT_TRUE(Warned("a: removed here only: cannot reach 127.0.0.1:1"));
  EXPECT_EQ(SpoolFiles(request_.spool)->size(), 0u);
}

TEST_F(ResumeTest, OneThatFailsDoesNotStopTheOthers) {
  const std::string damaged = Left("a", true);
  Left("b", true);
  const std::string torn = Left("c", true);
  {
    std::fstream file(damaged, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(1000);
    file.put('\x55');
    file.put('\x55');
  }
  std::filesystem::resize_file(torn, std::filesystem::file_size(torn) - 1);
  const auto counts = Run();
  ASSERT_TRUE(counts.ok()) << counts.status();
  EXPECT_EQ(counts->failed, 1);
  EXPECT_EQ(counts->sealed, 1);
  EXPECT_EQ(counts->kept, 1);
  EXPECT_TRUE(Warned(absl::StrCat(damaged, " is damaged at byte "))) << absl::StrJoin(warned_, "\n");
  EXPECT_TRUE(Warned(absl::StrCat(torn, " ended in the middle of a frame"))) << absl::StrJoin(warned_, "\n");
  EXPECT_TRUE(Sealed("b").ok());
}

TEST_F(ResumeTest, AServerThatIsAwayChangesNothing) {
  const std::string path = Left("a", true);
  request_.to = "127.0.0.1:1";
  EXPECT_EQ(Run()->failed, 1);
  EXPECT_TRUE(Warned(absl::StrCat("a (", path, "): cannot reach 127.0.0.1:1")));
  request_.to.clear();
  EXPECT_EQ(Run()->sealed, 1);
}

TEST_F(ResumeTest, BeginsAnewWhereTheKeyIsSpent) {
  Left("a", true);
  ASSERT_EQ(Run()->sealed, 1);
  // Another trace under the same key.
  left_ = 0;
  const std::string path = Left("b", true);
  EXPECT_EQ(Run()->failed, 1);
  EXPECT_TRUE(Warned(absl::StrCat("b (", path, "): "))) << absl::StrJoin(warned_, "\n");
  EXPECT_TRUE(Warned("; --new-key sends it as a new trace")) << absl::StrJoin(warned_, "\n");
  request_.new_key = true;
  ASSERT_EQ(Run()->sealed, 1);
  EXPECT_EQ(Sealed("b")->operators(), kOperators);
  EXPECT_TRUE(Sealed("a").ok());
}

TEST_F(ResumeTest, ANewKeyIsNotAdvisedWhereItCannotHelp) {
  Left("a", true);
  // A store that another process has.
  const auto other = storage::TraceStore::Open(folder_ + "/store", {});
  ASSERT_TRUE(other.ok()) << other.status();
  EXPECT_EQ(Run()->failed, 1);
  EXPECT_EQ(warned_.size(), 1u);
  EXPECT_FALSE(Warned("--new-key")) << warned_[0];
}

TEST_F(ResumeTest, ANewKeyIsKeptWhereTheServerIsAway) {
  Left("a", true);
  ASSERT_EQ(Run()->sealed, 1);
  left_ = 0;
  Left("b", true);
  request_.new_key = true;
  request_.to = "127.0.0.1:1";
  EXPECT_EQ(Run()->failed, 1);
  request_.new_key = false;
  request_.to.clear();
  EXPECT_EQ(Run()->sealed, 1) << absl::StrJoin(warned_, "\n");
  EXPECT_TRUE(Sealed("b").ok());
}

TEST_F(ResumeTest, ALossIsNoticedHoweverTheStoreWasNamed) {
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(folder_);
  {
    // As `sandglass-collect run --store store` does it.
    const auto target = ResolveTarget("", "store", [](const char*) { return std::string(); });
    ASSERT_TRUE(target.ok()) << target.status();
    const auto destination = Destination::Open(*target);
    ASSERT_TRUE(destination.ok()) << destination.status();
    IngestWriterOptions options = options_;
    options.destination = (*destination)->name();
    options.spool = {.directory = request_.spool, .store = target->store};
    IngestWriter writer((*destination)->stub(), options);
    ASSERT_TRUE(writer.Begin(MakeHeader("a")).ok());
    for (int id = 1; id <= 5000; ++id) ASSERT_TRUE(writer.Add(MakeOperator(id)).ok());
    WaitUntil([&] { return writer.stats().durable_operators >= 4096; }, "one chunk in the store");
    writer.Leave();
  }
  std::filesystem::current_path(before);
  std::filesystem::remove_all(folder_ + "/store");
  request_.incomplete = Incomplete::kSeal;
  EXPECT_EQ(Run()->sealed, 1) << absl::StrJoin(warned_, "\n");
  EXPECT_TRUE(Warned("LOST DATA")) << absl::StrJoin(warned_, "\n");
  EXPECT_TRUE(Sealed("a").ok());
}

TEST_F(ResumeTest, RemovesWhatIsHalfMade) {
  std::filesystem::create_directories(request_.spool);
  const std::string left = request_.spool + "/01234567-89ab-4cde-8f01-234567890099.spool.new";
  std::ofstream(left) << "half made";
  EXPECT_TRUE(Run().ok());
  EXPECT_FALSE(std::filesystem::exists(left));
}

TEST_F(ResumeTest, LeavesAloneWhatAnotherProcessSends) {
  const std::string path = Left("a", true);
  {
    const auto other = Spool::Open(path);
    ASSERT_TRUE(other.ok());
    const auto counts = Run();
    ASSERT_TRUE(counts.ok()) << counts.status();
    EXPECT_EQ(counts->in_use, 1);
    EXPECT_EQ(counts->failed, 0);
    EXPECT_TRUE(Said("in use by another process"));
  }
  EXPECT_EQ(Run()->sealed, 1);
}

TEST_F(ResumeTest, NeedsASpool) {
  EXPECT_EQ(Run().status().code(), absl::StatusCode::kNotFound);
  request_.spool.clear();
  const auto none = Run();
  EXPECT_EQ(none.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(absl::StrContains(none.status().message(), "--spool DIR")) << none.status();
  request_.spool = folder_;
  request_.to = "nowhere";
  EXPECT_EQ(Run().status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace sandglass::collectors
