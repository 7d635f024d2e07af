// What tests of spools share: a real server, a collector in a process of its own, and what must be true in the end.
#ifndef SANDGLASS_TESTS_FAULTS_SPOOL_FIXTURE_H_
#define SANDGLASS_TESTS_FAULTS_SPOOL_FIXTURE_H_

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/time/time.h"
#include "collectors/stream/ingest_writer.h"
#include "collectors/stream/spool.h"
#include "collectors/stream/spool_scan.h"
#include "storage/trace_store.h"
#include "tests/faults/numbered_trace.h"
#include "tests/faults/writer_fixture.h"

namespace sandglass::faults {

using collectors::Spool;

// Chunks here have 50 operators, and fewer bytes of payload than this.
inline constexpr uint64_t kMostChunkBytes = 4096;

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

class SpoolFixture : public WriterFixture {
 protected:
  SpoolFixture() {
    options_.resume.longest_delay = absl::Milliseconds(200);
    options_.spool = {.directory = directory_ + "/spool", .server = server_.address()};
    std::filesystem::remove_all(options_.spool.directory);
    options_.warn = [this](const std::string& warning) {
      const std::lock_guard<std::mutex> lock(warnings_mutex_);
      warnings_.push_back(warning);
    };
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
    if (const auto opened = storage::TraceStore::Open(store(), {}); opened.ok()) {
      manifest = (*opened)->FindSealed(storage::kDefaultTenant, "numbered");
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

  // As WriterFixture's, and nothing is spooled any more.
  void ExpectStored(const absl::StatusOr<v1::TraceManifest>& manifest, uint64_t count) {
    WriterFixture::ExpectStored(manifest, count);
    EXPECT_EQ(Spooled(), std::vector<std::string>());
  }

  int CountWarnings(const std::string& part) {
    const std::lock_guard<std::mutex> lock(warnings_mutex_);
    int count = 0;
    for (const std::string& warning : warnings_) count += absl::StrContains(warning, part);
    return count;
  }

  std::mutex warnings_mutex_;
  std::vector<std::string> warnings_;
};

}  // namespace sandglass::faults

#endif  // SANDGLASS_TESTS_FAULTS_SPOOL_FIXTURE_H_
