// What tests of spools share: a real server, a collector in a process of its own, and what must be true in the end.
#ifndef SANDGLASS_TESTS_FAULTS_SPOOL_FIXTURE_H_
#define SANDGLASS_TESTS_FAULTS_SPOOL_FIXTURE_H_

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/time/clock.h"
#include "collectors/stream/channel.h"
#include "collectors/stream/ingest_writer.h"
#include "collectors/stream/spool.h"
#include "collectors/stream/spool_scan.h"
#include "storage/trace_store.h"
#include "tests/faults/numbered_trace.h"
#include "tests/faults/server_process.h"

namespace sandglass::faults {

using collectors::IngestWriter;
using collectors::IngestWriterOptions;
using collectors::Spool;

// Chunks here have 50 operators, and fewer bytes of payload than this.
inline constexpr uint64_t kMostChunkBytes = 4096;

inline void WaitUntil(const std::function<bool()>& condition) {
  while (!condition()) absl::SleepFor(absl::Milliseconds(2));
}

// spool_collector in a process of its own.
class CollectorProcess {
 public:
  explicit CollectorProcess(const std::vector<std::string>& arguments) : pid_(fork()) {
    if (pid_ != 0) return;
    constexpr const char* kBinary = "tests/faults/spool_collector";
    std::vector<char*> words = {const_cast<char*>(kBinary)};
    for (const std::string& argument : arguments) words.push_back(const_cast<char*>(argument.c_str()));
    words.push_back(nullptr);
    execv(kBinary, words.data());
    _exit(127);
  }
  ~CollectorProcess() { Kill(); }
  CollectorProcess(const CollectorProcess&) = delete;
  CollectorProcess& operator=(const CollectorProcess&) = delete;

  void Kill() {
    if (pid_ <= 0) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }
  // Whether it ended by itself.
  bool HasEnded() {
    if (pid_ > 0 && waitpid(pid_, nullptr, WNOHANG) == pid_) pid_ = -1;
    return pid_ <= 0;
  }

 private:
  pid_t pid_;
};

class SpoolFixture : public testing::Test {
 protected:
  SpoolFixture()
      : directory_(std::filesystem::path(testing::TempDir()) / "spool_test" /
                   testing::UnitTest::GetInstance()->current_test_info()->name()),
        server_(Fresh(directory_ + "/store")) {
    options_.destination = server_.address();
    options_.mend = "mend it";
    options_.chunk.operators = 50;
    options_.resume.longest_delay = absl::Milliseconds(200);
    options_.spool = {.directory = directory_ + "/spool", .server = server_.address()};
    options_.warn = [this](const std::string& warning) {
      const std::lock_guard<std::mutex> lock(warnings_mutex_);
      warnings_.push_back(warning);
    };
    stub_ = v1::IngestService::NewStub(collectors::MakeChannel(server_.address()));
  }

  static std::string Fresh(const std::string& directory) {
    std::filesystem::remove_all(directory);
    std::filesystem::create_directories(directory);
    return directory;
  }

  std::unique_ptr<IngestWriter> Begun() {
    auto writer = std::make_unique<IngestWriter>(*stub_, options_);
    const absl::Status status = writer->Begin(NumberedHeader());
    EXPECT_TRUE(status.ok()) << status;
    return writer;
  }

  // Adds operators up to number `last`, which must succeed.
  void AddUpTo(IngestWriter& writer, uint64_t last) {
    while (added_ < last) {
      const absl::Status status = writer.Add(NumberedOperator(++added_));
      ASSERT_TRUE(status.ok()) << status;
    }
  }

  absl::Status AddUntilError(IngestWriter& writer) {
    while (true) {
      if (absl::Status status = writer.Add(NumberedOperator(++added_)); !status.ok()) return status;
    }
  }

  std::vector<std::string> Spooled() const { return collectors::SpoolFiles(options_.spool.directory).value(); }

  std::string OnlySpoolFile() const {
    const std::vector<std::string> files = Spooled();
    EXPECT_EQ(files.size(), 1u);
    return files.at(0);
  }

  // What the only spool file holds now, while another process has it. All zero: there is none.
  collectors::SpoolContents Peek() const {
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(options_.spool.directory, error)) {
      if (entry.path().extension() != ".spool") continue;
      std::ifstream file(entry.path(), std::ios::binary);
      const std::string bytes(std::istreambuf_iterator<char>(file), {});
      const auto contents = collectors::ScanSpool(entry.path(), bytes.size(), [&](uint64_t offset, size_t size) {
        return absl::StatusOr<std::string>(bytes.substr(offset, size));
      });
      return contents.value_or(collectors::SpoolContents());
    }
    return {};
  }

  // The newest sealed trace of the server's store.
  absl::StatusOr<v1::TraceManifest> Sealed() {
    server_.Kill();
    absl::StatusOr<v1::TraceManifest> manifest = absl::UnknownError("the store does not open");
    if (const auto store = storage::TraceStore::Open(directory_ + "/store", {}); store.ok()) {
      manifest = (*store)->FindSealed(storage::kDefaultTenant, "numbered");
    }
    server_.Start();
    return manifest;
  }

  // Sends what the only spool file holds, with its summary or this one.
  absl::StatusOr<v1::TraceManifest> ResumeHere(const v1::TraceSummary& summary = OneStep()) {
    absl::StatusOr<std::unique_ptr<Spool>> spool = Spool::Open(OnlySpoolFile());
    if (!spool.ok()) return spool.status();
    const v1::TraceSummary whole = (*spool)->summary().value_or(summary);
    IngestWriter writer(*stub_, options_);
    if (absl::Status status = writer.Resume(*std::move(spool)); !status.ok()) return status;
    return writer.Finish(whole);
  }

  // Checks that the server's store has exactly the operators from 1 to `count` sealed, and as ExpectSealed. Ends the
  // server.
  void ExpectStored(const absl::StatusOr<v1::TraceManifest>& manifest, uint64_t count) {
    ASSERT_NO_FATAL_FAILURE(ExpectSealed(manifest, count));
    server_.Kill();
    const auto store = storage::TraceStore::Open(directory_ + "/store", {});
    ASSERT_TRUE(store.ok()) << store.status();
    const absl::Status verified = (*store)->Verify(storage::kDefaultTenant, manifest->trace_id());
    EXPECT_TRUE(verified.ok()) << verified;
  }

  // Checks that the trace has the digest that it would have had without any fault, and that nothing is spooled any
  // more.
  void ExpectSealed(const absl::StatusOr<v1::TraceManifest>& manifest, uint64_t count) {
    ASSERT_TRUE(manifest.ok()) << manifest.status();
    EXPECT_EQ(manifest->operators(), count);
    EXPECT_EQ(Spooled(), std::vector<std::string>());
    options_.spool.directory.clear();
    IngestWriter plain(*stub_, options_);
    ASSERT_TRUE(plain.Begin(NumberedHeader()).ok());
    for (uint64_t id = 1; id <= count; ++id) ASSERT_TRUE(plain.Add(NumberedOperator(id)).ok());
    const auto expected = plain.Finish(manifest->summary());
    ASSERT_TRUE(expected.ok()) << expected.status();
    EXPECT_EQ(manifest->content_digest(), expected->content_digest());
  }

  void CopyStore() {
    server_.Kill();
    std::filesystem::remove_all(directory_ + "/copy");
    std::filesystem::copy(directory_ + "/store", directory_ + "/copy", std::filesystem::copy_options::recursive);
    server_.Start();
  }

  // Somebody puts an old backup in the store's place.
  void RestoreCopy() {
    server_.Kill();
    std::filesystem::remove_all(directory_ + "/store");
    std::filesystem::rename(directory_ + "/copy", directory_ + "/store");
    server_.Start();
  }

  int CountWarnings(const std::string& part) {
    const std::lock_guard<std::mutex> lock(warnings_mutex_);
    int count = 0;
    for (const std::string& warning : warnings_) count += absl::StrContains(warning, part);
    return count;
  }

  const std::string directory_;
  ServerProcess server_;
  IngestWriterOptions options_;
  std::unique_ptr<v1::IngestService::Stub> stub_;
  uint64_t added_ = 0;
  std::mutex warnings_mutex_;
  std::vector<std::string> warnings_;
};

}  // namespace sandglass::faults

#endif  // SANDGLASS_TESTS_FAULTS_SPOOL_FIXTURE_H_
