// Fault 1 and fault 2: a server dies again and again, at named points of the store and of its files, with and without
// losing what was not synced. Nothing that was acknowledged may be missing, nothing may have a hole, and every trace
// must end with the digest that it has without any death.
//
// SANDGLASS_KILLS: how often (100); the full matrix is 1000. SANDGLASS_SEED: where, and how (20261127).
//   bazel test //tests/faults:kill_matrix_test --test_env=SANDGLASS_KILLS=1000 --test_output=all --test_timeout=3000
#include <gtest/gtest.h>
#include <signal.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "collectors/stream/channel.h"
#include "collectors/stream/ingest_writer.h"
#include "storage/patient_call.h"
#include "storage/scrub.h"
#include "storage/trace_store.h"
#include "tests/faults/fault_table.h"
#include "tests/faults/numbered_trace.h"
#include "tests/faults/server_process.h"

namespace sandglass::faults {
namespace {

namespace fs = std::filesystem;
using collectors::IngestWriter;
using collectors::IngestWriterOptions;

constexpr int kWriters = 3;
constexpr int kVariants = 4;
// One trace of each writer in so many is given up instead of sealed.
constexpr int kAbortEvery = 4;
// After so many traces a server is killed that has not come by the point where it was to die; and after so long, should
// nothing go on at all.
constexpr uint64_t kTracesPerLife = 40;
constexpr absl::Duration kLongestLife = absl::Minutes(1);
// After so many deaths the store is looked at as a whole, and a new one begun.
constexpr int kDeathsPerStore = 50;
// Of so many deaths some come while a seal writes a table.
constexpr long kEnoughForTables = 100;

// A point, and how often it is passed before the store has done most of what it does.
struct Point {
  const char* name;
  long most;
};
constexpr Point kPoints[] = {
    // Of the store.
    {"write", 60},
    {"written", 60},
    {"note-unsynced", 60},
    {"noted", 60},
    {"inventory-rename", 1},
    {"removal-noted", 2},
    {"pack", 12},
    {"seal", 4},
    {"sealed", 4},
    // Of the log.
    {"create-log", 4},
    {"append-log", 60},
    {"sync-log", 60},
    {"synced-log", 60},
    {"delete-log", 3},
    // Of tables that are written beside the database and taken in.
    {"bulk-written", 3},
    {"bulk-taken", 3},
    {"create-bulk", 3},
    {"append-bulk", 3},
    {"sync-bulk", 3},
    {"synced-bulk", 3},
    {"link-bulk", 3},
    {"delete-bulk", 3},
    // Of flushes and compactions.
    {"create-sst", 8},
    {"append-sst", 16},
    {"sync-sst", 8},
    {"synced-sst", 8},
    {"delete-sst", 3},
    {"append-manifest", 16},
    {"sync-manifest", 16},
    {"synced-manifest", 16},
    {"rename-other", 1},
};

long NumberFrom(const char* name, long otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::atol(text);
}

uint64_t OperatorsOf(int variant) { return 900 + 700 * static_cast<uint64_t>(variant); }

v1::TraceHeader HeaderOf(int variant) { return NumberedHeader(absl::StrCat("variant-", variant)); }

IngestWriterOptions WriterOptions(int variant) {
  IngestWriterOptions options;
  // Many small chunks, or few large ones.
  options.chunk.operators = variant % 2 == 0 ? 40 : 150;
  options.resume.first_delay = absl::Milliseconds(5);
  options.resume.longest_delay = absl::Milliseconds(50);
  options.resume.patience = absl::Minutes(2);
  options.connect = options.resume;
  options.call_timeout = absl::Seconds(20);
  return options;
}

// What the writers got an answer for.
struct Answered {
  std::mutex mutex;
  // Content digest by trace id.
  std::map<std::string, std::string> sealed;
  std::set<std::string> aborted;
};

class KillMatrix : public ::testing::Test {
 protected:
  KillMatrix() : random_(static_cast<uint64_t>(NumberFrom("SANDGLASS_SEED", 20261127))) {
    for (int variant = 0; variant < kVariants; ++variant) digests_.push_back(DigestWithoutDeath(variant));
  }

  std::string Folder(const std::string& name) const { return (fs::path(::testing::TempDir()) / name).string(); }

  std::string DigestWithoutDeath(int variant) {
    const ServerProcess server(Folder(absl::StrCat("whole-", variant)));
    const auto stub = v1::IngestService::NewStub(collectors::MakeChannel(server.address()));
    IngestWriter writer(*stub, WriterOptions(variant));
    const auto manifest = Send(writer, variant);
    EXPECT_TRUE(manifest.ok()) << manifest.status();
    return manifest.ok() ? manifest->content_digest() : "";
  }

  absl::StatusOr<v1::TraceManifest> Send(IngestWriter& writer, int variant) {
    if (absl::Status status = writer.Begin(HeaderOf(variant)); !status.ok()) return status;
    for (uint64_t id = 1; id <= OperatorsOf(variant); ++id) {
      if (absl::Status status = writer.Add(NumberedOperator(id, variant)); !status.ok()) return status;
    }
    return writer.Finish(OneStep());
  }

  // Sends traces until it is told to stop; the last one is brought to its end.
  void Write(const std::string& address, int number, Answered& answered) {
    std::mt19937_64 random(static_cast<uint64_t>(number));
    const auto stub = v1::IngestService::NewStub(collectors::MakeChannel(address));
    while (!stop_) {
      const int variant = static_cast<int>(random() % kVariants);
      IngestWriter writer(*stub, WriterOptions(variant));
      if (random() % kAbortEvery == 0) {
        GiveUp(writer, variant, *stub, answered);
        ++ended_;
        continue;
      }
      const auto manifest = Send(writer, variant);
      operators_ += manifest.ok() ? manifest->operators() : 0;
      ++ended_;
      EXPECT_TRUE(manifest.ok()) << manifest.status();
      if (!manifest.ok()) return;
      EXPECT_EQ(manifest->content_digest(), digests_[static_cast<size_t>(variant)]) << manifest->trace_id();
      const std::lock_guard<std::mutex> lock(answered.mutex);
      answered.sealed[manifest->trace_id()] = manifest->content_digest();
    }
  }

  // Sends half a trace and removes it, until the server says that it is gone.
  void GiveUp(IngestWriter& writer, int variant, v1::IngestService::Stub& stub, Answered& answered) {
    EXPECT_TRUE(writer.Begin(HeaderOf(variant)).ok());
    for (uint64_t id = 1; id <= OperatorsOf(variant) / 2; ++id)
      EXPECT_TRUE(writer.Add(NumberedOperator(id, variant)).ok());
    const std::string trace = writer.stats().trace_id;
    writer.Abort();
    v1::GetStatusRequest request;
    request.set_trace_id(trace);
    v1::GetStatusResponse response;
    grpc::ClientContext context;
    storage::Prepare(context);
    // Of an abort that was not answered nothing is known.
    if (stub.GetStatus(&context, request, &response).error_code() != grpc::StatusCode::NOT_FOUND) return;
    const std::lock_guard<std::mutex> lock(answered.mutex);
    answered.aborted.insert(trace);
  }

  // Starts the server with a fault in it and waits until it has died of that, or for a moment, and then kills it.
  void DieOnce(ServerProcess& server) {
    const Point& point = kPoints[random_() % std::size(kPoints)];
    const bool loses_power = random_() % 2 == 0;
    const std::string seen = Folder("seen");
    fs::remove(seen);
    const long count = 1 + static_cast<long>(random_() % static_cast<uint64_t>(point.most));
    server.setup().environment = {
        {"SANDGLASS_FAULT", absl::StrCat(loses_power ? "drop" : "kill", " ", point.name, " ", count)},
        {"SANDGLASS_FAULT_SEEN", seen}};
    const bool listens = server.Start();
    // One in eight dies at any moment. The others have so much work to reach their point, however slow the machine is:
    // some points a life does not come by.
    const bool any_moment = random_() % 8 == 0;
    const uint64_t enough = ended_ + kTracesPerLife;
    const absl::Duration patience = any_moment ? absl::Milliseconds(random_() % 700) : kLongestLife;
    const absl::Time latest = absl::Now() + patience;
    while (listens && server.Runs() && ended_ < enough && absl::Now() < latest) absl::SleepFor(absl::Milliseconds(2));
    if (server.Runs()) server.Signal(SIGKILL);
    if (listens) {
      EXPECT_EQ(server.WaitForEnd(), 128 + SIGKILL) << server.Errors();
    }
    EXPECT_TRUE(listens || fs::exists(seen)) << "it refused the store: " << server.Errors();
    ++deaths_[fs::exists(seen) ? absl::StrCat(point.name, loses_power ? ", unsynced lost" : "") : "any moment"];
  }

  // Whether the store has all that was answered for, and nothing damaged.
  void ExpectWhole(const std::string& directory, const Answered& answered) {
    const auto store = storage::TraceStore::Open(directory, {});
    ASSERT_TRUE(store.ok()) << store.status();
    for (const auto& [trace, digest] : answered.sealed) {
      const auto manifest = (*store)->FindSealed(storage::kDefaultTenant, trace);
      ASSERT_TRUE(manifest.ok()) << manifest.status();
      EXPECT_EQ(manifest->content_digest(), digest);
      const absl::Status verified = (*store)->Verify(storage::kDefaultTenant, trace);
      EXPECT_TRUE(verified.ok()) << verified;
    }
    for (const std::string& trace : answered.aborted) {
      EXPECT_EQ((*store)->FindSealed(storage::kDefaultTenant, trace).status().code(), absl::StatusCode::kNotFound);
    }
    const auto health = storage::Scrub(**store, [](size_t, size_t) { return true; });
    ASSERT_TRUE(health.ok()) << health.status();
    EXPECT_TRUE(health->sound()) << directory;
    traces_ += answered.sealed.size();
    aborted_ += answered.aborted.size();
  }

  // Lets `deaths` deaths come over one store while writers use it.
  void RunStore(int number, long deaths) {
    const std::string directory = Folder(absl::StrCat("store-", number));
    // Small logs, so that flushes and compactions never stop, and that the seals of the larger variants go past them.
    ServerSetup setup;
    setup.program = kProgramWithFaults;
    setup.flags = {"--log-size", "128KiB"};
    ServerProcess server(directory, setup);
    Answered answered;
    stop_ = false;
    std::vector<std::thread> writers;
    for (int i = 0; i < kWriters; ++i) {
      writers.emplace_back([&, i] { Write(server.address(), 100 * number + i, answered); });
    }
    for (long i = 0; i < deaths && !HasFailure(); ++i) {
      if (server.Runs()) server.Kill();
      DieOnce(server);
    }
    stop_ = true;
    server.setup().environment.clear();
    EXPECT_TRUE(server.Start()) << server.Errors();
    for (std::thread& writer : writers) writer.join();
    server.Kill();
    ExpectWhole(directory, answered);
    fs::remove_all(directory);
  }

  std::mt19937_64 random_;
  std::vector<std::string> digests_;
  std::atomic<bool> stop_ = false;
  std::map<std::string, int> deaths_;
  std::atomic<uint64_t> operators_ = 0;
  // Traces that were sealed or given up.
  std::atomic<uint64_t> ended_ = 0;
  uint64_t traces_ = 0;
  uint64_t aborted_ = 0;
};

TEST_F(KillMatrix, Fault01_NothingAcknowledgedIsLost) {
  const long kills = NumberFrom("SANDGLASS_KILLS", 100);
  long done = 0;
  for (int store = 0; done < kills && !HasFailure(); ++store) {
    const long deaths = std::min<long>(kills - done, kDeathsPerStore);
    RunStore(store, deaths);
    done += deaths;
  }
  long injected = 0;
  long bulk = 0;
  std::printf("\ndied at                              times\n");
  for (const auto& [point, times] : deaths_) {
    std::printf("%-36s %5d\n", point.c_str(), times);
    if (point != "any moment") injected += times;
    if (absl::StrContains(point, "bulk")) bulk += times;
  }
  // The matrix is worth something only if many deaths came where they were meant to.
  EXPECT_GE(injected, kills / 4);
  if (kills >= kEnoughForTables) {
    EXPECT_GT(bulk, 0) << "no seal went past the log";
  }
  Saw(1, absl::StrFormat("%d deaths by SIGKILL, %d of them at named points", done, injected),
      absl::StrFormat("%d traces sealed (%d operators), all digests as without a death; %d given up and gone; 0 "
                      "acknowledged chunks lost",
                      traces_, operators_.load(), aborted_));
  Saw(2, "half of them with all unsynced bytes and directory entries dropped", "the same");
}

}  // namespace
}  // namespace sandglass::faults
