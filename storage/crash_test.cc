// Kills a process that takes a trace in, at random moments, and looks at what is left: every operator that it said is
// on disk must be there, the client must be able to go on, and the sealed trace must be the same as without any crash.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <future>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "storage/ingest.h"
#include "storage/sample_trace.h"
#include "storage/trace_store.h"

namespace sandglass::storage {
namespace {

constexpr int kChunks = 60;
constexpr uint32_t kOperators = 40;

v1::Chunk::Form FormOf(uint64_t seq) { return seq % 3 == 0 ? v1::Chunk::FORM_ROWS : v1::Chunk::FORM_COLUMNS; }

// No chunk is held back.
constexpr uint64_t kAll = kChunks;

// Takes the trace up where the store has it, sends the rest and seals. Writes each durable number to `acknowledged`.
// Chunks are made anew from the beginning, as a client does that kept them. After `most` of them it waits to be killed.
absl::StatusOr<v1::TraceManifest> Collect(const std::string& path, int acknowledged, uint64_t most = kAll) {
  absl::StatusOr<std::unique_ptr<TraceStore>> store = TraceStore::Open(path, {});
  if (!store.ok()) return store.status();
  Ingest ingest(**store);
  absl::StatusOr<v1::OpenResponse> open = ingest.Open(kDefaultTenant, SampleOpen(1, "crash"));
  if (!open.ok()) return open.status();
  Chunker chunker;
  const bool sealed = open->has_content_digest();
  auto trace = sealed ? nullptr : *ingest.Attach(kDefaultTenant, StartOf(*open));
  for (uint64_t seq = 1; seq <= kChunks; ++seq) {
    const v1::Chunk chunk = chunker.NextSample(kOperators, FormOf(seq));
    if (seq < open->next_seq()) continue;
    while (seq - open->next_seq() >= most) pause();
    absl::Status status =
        ingest.Append(trace, chunk, [acknowledged](const absl::StatusOr<v1::AppendResponse>& response) {
          if (!response.ok()) return;
          const uint64_t seq = response->durable_seq();
          if (write(acknowledged, &seq, sizeof seq) != sizeof seq) std::abort();
        });
    if (!status.ok()) return status;
  }
  absl::StatusOr<v1::SealResponse> response = ingest.Seal(kDefaultTenant, SampleSeal(*open, chunker));
  if (!response.ok()) return response.status();
  return response->manifest();
}

// Runs in a process of its own, which sends at most `most` chunks and is killed `then_us` after it has acknowledged so
// many. Returns the last number that it acknowledged, or 0. Requires: after_chunks ≤ most.
uint64_t RunAndKill(const std::string& path, uint64_t after_chunks, int64_t then_us, uint64_t most) {
  int channel[2];
  if (pipe(channel) != 0) std::abort();
  const pid_t child = fork();
  if (child == 0) {
    close(channel[0]);
    _exit(Collect(path, channel[1], most).ok() ? 0 : 1);
  }
  close(channel[1]);
  uint64_t last = 0;
  uint64_t seq = 0;
  for (uint64_t i = 0; i < after_chunks && read(channel[0], &seq, sizeof seq) == sizeof seq; ++i) last = seq;
  timespec pause{0, then_us * 1000};
  nanosleep(&pause, nullptr);
  kill(child, SIGKILL);
  while (read(channel[0], &seq, sizeof seq) == sizeof seq) last = seq;
  close(channel[0]);
  int status = 0;
  waitpid(child, &status, 0);
  // Killed, or done before it could be.
  EXPECT_TRUE(WIFSIGNALED(status) || (WIFEXITED(status) && WEXITSTATUS(status) == 0)) << "status " << status;
  return last;
}

// Whether the store has what was acknowledged, whole. Runs in a process of its own, because gtest's must stay free of
// threads when it forks.
bool HasAll(const std::string& path, uint64_t acknowledged) {
  const pid_t checker = fork();
  if (checker == 0) {
    absl::StatusOr<std::unique_ptr<TraceStore>> store = TraceStore::Open(path, {});
    if (!store.ok()) _exit(2);
    Ingest ingest(**store);
    absl::StatusOr<v1::OpenResponse> open = ingest.Open(kDefaultTenant, SampleOpen(1, "crash"));
    const bool all = open.ok() && open->next_seq() > acknowledged &&
                     open->durable_operators() == (open->next_seq() - 1) * kOperators;
    _exit(all ? 0 : 3);
  }
  int status = 0;
  waitpid(checker, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

std::string DigestWithoutCrash() {
  TemporaryFolder folder;
  int channel[2];
  if (pipe(channel) != 0) std::abort();
  const absl::StatusOr<v1::TraceManifest> manifest = Collect(folder.File("s"), channel[1]);
  close(channel[0]);
  close(channel[1]);
  EXPECT_TRUE(manifest.ok()) << manifest.status();
  return manifest.ok() ? manifest->content_digest() : "";
}

// Whether the rest can be sent and sealed, and the trace is then what it is without a crash.
bool EndsAsWithoutCrash(const std::string& path) {
  const pid_t finisher = fork();
  if (finisher == 0) {
    const std::string digest = DigestWithoutCrash();
    int channel[2];
    if (pipe(channel) != 0) _exit(2);
    const absl::StatusOr<v1::TraceManifest> manifest = Collect(path, channel[1]);
    if (!manifest.ok()) _exit(3);
    absl::StatusOr<std::unique_ptr<TraceStore>> store = TraceStore::Open(path, {});
    if (!store.ok() || !(*store)->Verify(kDefaultTenant, manifest->trace_id()).ok()) _exit(4);
    _exit(manifest->content_digest() == digest && manifest->operators() == uint64_t{kChunks} * kOperators ? 0 : 5);
  }
  int status = 0;
  waitpid(finisher, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

TEST(Crash, NothingThatWasAcknowledgedIsLost) {
  const char* const rounds_text = std::getenv("SANDGLASS_CRASH_ROUNDS");
  const int rounds = rounds_text != nullptr ? std::atoi(rounds_text) : 8;
  std::mt19937_64 random(20261123);
  uint64_t interrupted = 0;
  for (int round = 0; round < rounds; ++round) {
    TemporaryFolder folder;
    uint64_t acknowledged = 0;
    // Several deaths in one trace: while it opens, between chunks, in the seal. The first is in the middle however fast
    // the machine is, because the process waits there; when the others come is up to the machine.
    for (int death = 0; death < 4; ++death) {
      const uint64_t after_chunks = random() % (kChunks / 2) + (death == 0 ? 1 : 0);
      const uint64_t most = death == 0 ? after_chunks + 5 : kAll;
      const uint64_t last = RunAndKill(folder.File("s"), after_chunks, static_cast<int64_t>(random() % 20000), most);
      acknowledged = std::max(acknowledged, last);
      if (last > 0 && last < kChunks) ++interrupted;
      ASSERT_TRUE(HasAll(folder.File("s"), acknowledged)) << "round " << round << ", " << acknowledged << " chunks";
    }
    ASSERT_TRUE(EndsAsWithoutCrash(folder.File("s"))) << "round " << round;
  }
  // The check is worth something only if processes died in the middle.
  EXPECT_GE(interrupted, static_cast<uint64_t>(rounds));
}

}  // namespace
}  // namespace sandglass::storage
