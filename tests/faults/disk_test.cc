// Faults 10 and 11: a disk that is full, or that fails.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "collectors/stream/channel.h"
#include "collectors/stream/ingest_writer.h"
#include "grpcpp/grpcpp.h"
#include "proto/analysis_service.grpc.pb.h"
#include "proto/retry_info.h"
#include "storage/patient_call.h"
#include "storage/trace_store.h"
#include "tests/end_to_end/process.h"
#include "tests/faults/fault_table.h"
#include "tests/faults/health.h"
#include "tests/faults/numbered_trace.h"
#include "tests/faults/server_process.h"

namespace sandglass::faults {
namespace {

namespace fs = std::filesystem;
using collectors::IngestWriter;
using collectors::IngestWriterOptions;

v1::Operator MakeOperator(uint64_t id) { return NumberedOperator(id, 0, /*bulky=*/true); }

class DiskTest : public ::testing::Test {
 protected:
  void StartServer(ServerSetup setup) {
    server_.emplace(directory(), std::move(setup));
    const auto channel = collectors::MakeChannel(server_->address());
    stub_ = v1::IngestService::NewStub(channel);
    analysis_ = v1::AnalysisService::NewStub(channel);
  }

  virtual std::string directory() const {
    return (fs::path(::testing::TempDir()) / ::testing::UnitTest::GetInstance()->current_test_info()->name()).string();
  }

  static IngestWriterOptions WriterOptions(absl::Duration patience) {
    IngestWriterOptions options;
    options.chunk.operators = 500;
    options.resume = {
        .first_delay = absl::Milliseconds(50), .longest_delay = absl::Milliseconds(300), .patience = patience};
    options.connect = options.resume;
    return options;
  }

  std::unique_ptr<IngestWriter> Writer(absl::Duration patience) {
    auto writer = std::make_unique<IngestWriter>(*stub_, WriterOptions(patience));
    const absl::Status status = writer->Begin(NumberedHeader("full"));
    EXPECT_TRUE(status.ok()) << status;
    return writer;
  }

  // Sends a whole trace.
  absl::StatusOr<v1::TraceManifest> Collect(uint64_t operators, absl::Duration patience = absl::Minutes(1)) {
    IngestWriter writer(*stub_, WriterOptions(patience));
    if (absl::Status status = writer.Begin(NumberedHeader("full")); !status.ok()) return status;
    for (uint64_t id = 1; id <= operators; ++id) {
      if (absl::Status status = writer.Add(MakeOperator(id)); !status.ok()) return status;
    }
    return writer.Finish(OneStep());
  }

  // Adds operators until the writer gives up.
  static absl::Status Fill(IngestWriter& writer, uint64_t& next) {
    while (true) {
      if (absl::Status status = writer.Add(MakeOperator(next)); !status.ok()) return status;
      ++next;
    }
  }

  // What Open says to a new client, and whether it says when to come back.
  grpc::Status TryOpen() {
    v1::OpenRequest request;
    request.set_client_key("01234567-89ab-4cde-8f01-23456789abcd");
    request.set_schema_version(1);
    *request.mutable_header() = NumberedHeader("full");
    v1::OpenResponse response;
    grpc::ClientContext context;
    storage::Prepare(context);
    return stub_->Open(&context, request, &response);
  }

  // Whether sealed traces can be read to their ends.
  void ExpectReadable(const v1::TraceManifest& manifest) {
    v1::ListTracesRequest request;
    v1::ListTracesResponse response;
    grpc::ClientContext context;
    storage::Prepare(context);
    const grpc::Status status = analysis_->ListTraces(&context, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    EXPECT_EQ(response.traces_size(), 1);
    storage::StoreOptions options;
    options.read_only = true;
    const auto store = storage::TraceStore::Open(directory(), options);
    ASSERT_TRUE(store.ok()) << store.status();
    const absl::Status verified = (*store)->Verify(storage::kDefaultTenant, manifest.trace_id());
    EXPECT_TRUE(verified.ok()) << verified;
  }

  // What a server that has just started says of a trace.
  uint64_t DurableOperators(const std::string& trace) {
    v1::GetStatusRequest request;
    request.set_trace_id(trace);
    v1::GetStatusResponse response;
    const grpc::Status status =
        storage::Ask([&](grpc::ClientContext& context) { return stub_->GetStatus(&context, request, &response); });
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response.durable_operators();
  }

  std::optional<ServerProcess> server_;
  std::unique_ptr<v1::IngestService::Stub> stub_;
  std::unique_ptr<v1::AnalysisService::Stub> analysis_;
};

// A small file system of its own.
class FullDiskTest : public DiskTest {
 protected:
  FullDiskTest() : mount_(DiskTest::directory()) {
    fs::create_directories(mount_);
    mounted_ = mount("none", mount_.c_str(), "tmpfs", 0, "size=24m") == 0;
  }
  ~FullDiskTest() override {
    server_.reset();
    if (mounted_) umount2(mount_.c_str(), MNT_DETACH);
  }

  std::string directory() const override { return mount_ + "/store"; }

  // Takes all but `left` bytes of the disk away.
  void TakeSpace(uint64_t left) {
    const uint64_t free = fs::space(mount_).available;
    ASSERT_GT(free, left);
    std::ofstream file(mount_ + "/other", std::ios::binary);
    const std::string block(4096, 'x');
    for (uint64_t taken = 0; taken + left < free && file.good(); taken += block.size()) file << block;
  }
  void GiveSpaceBack() { fs::remove(mount_ + "/other"); }

  // Fills the disk while a trace is sent, frees it, and has the same trace go on to its end.
  void FillAndFree(ServerSetup setup, uint64_t left) {
    if (!mounted_) GTEST_SKIP() << "no small file system: mounting one needs root";
    StartServer(std::move(setup));
    const auto before = Collect(2000);
    ASSERT_TRUE(before.ok()) << before.status();
    HealthWatch health(collectors::MakeChannel(server_->address()), "sandglass.v1.IngestService");
    EXPECT_EQ(health.Next(), Health::kServing);
    uint64_t next = 1;
    const auto hopeless = Writer(absl::Seconds(1));
    TakeSpace(left);
    const absl::Status full = Fill(*hopeless, next);
    ASSERT_TRUE(server_->Runs()) << "it ended with " << server_->WaitForEnd() << ": " << server_->Errors();
    // With which of its tries the writer gives up is chance. What the server says to one is not.
    EXPECT_FALSE(full.ok());
    const grpc::Status refused = TryOpen();
    EXPECT_EQ(refused.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED) << refused.error_message();
    EXPECT_TRUE(absl::StrContains(refused.error_message(), "free space on")) << refused.error_message();
    EXPECT_TRUE(RetryDelay(refused.error_details()).has_value());
    ExpectReadable(*before);
    EXPECT_EQ(health.Next(), Health::kNotServing);

    // Another client waits for better times.
    GiveSpaceBack();
    const pid_t life = server_->pid();
    const auto after = Collect(3000);
    ASSERT_TRUE(after.ok()) << after.status();
    EXPECT_EQ(server_->pid(), life);
    EXPECT_TRUE(server_->Runs());
    EXPECT_EQ(health.Next(), Health::kServing);
    const uint64_t durable = hopeless->stats().durable_operators;
    server_->Kill();
    ExpectAll(*after, hopeless->stats().trace_id, durable);
    Saw(10, absl::StrCat("disk of 24 MiB filled but for ", left >> 10, " KiB, then freed"),
        absl::StrCat(
            "RESOURCE_EXHAUSTED with RetryInfo, ingest NOT_SERVING, reads work, ", durable,
            " acknowledged operators of the trace that was cut are there, the same process takes traces again"));
  }

  // Whether the store has the sealed trace, and of the open one all that was acknowledged.
  void ExpectAll(const v1::TraceManifest& sealed, const std::string& open, uint64_t durable) {
    ASSERT_TRUE(server_->Start()) << server_->Errors();
    EXPECT_GE(DurableOperators(open), durable);
    server_->Kill();
    const auto store = storage::TraceStore::Open(directory(), {});
    ASSERT_TRUE(store.ok()) << store.status();
    const absl::Status verified = (*store)->Verify(storage::kDefaultTenant, sealed.trace_id());
    EXPECT_TRUE(verified.ok()) << verified;
  }

  const std::string mount_;
  bool mounted_ = false;
};

TEST_F(FullDiskTest, Fault10_TheFloorIsReached) { FillAndFree({.flags = {"--keep-free", "4MiB"}}, 6 << 20); }

// What a server needs to move its log into tables is kept free.
const std::vector<std::string> kSmallDisk = {"--keep-free", "8MiB", "--log-size", "2MiB", "--write-buffer", "4MiB"};

TEST_F(FullDiskTest, Fault10_RemovingTracesMakesRoom) {
  if (!mounted_) GTEST_SKIP() << "no small file system: mounting one needs root";
  StartServer({.flags = kSmallDisk});
  // A client that was refused proves little: a compaction that ends right after it gives its inputs' place back, and
  // the server takes traces again. Full is when the next one is refused too.
  std::vector<std::string> traces;
  grpc::Status refused;
  for (int tries = 0; refused.ok() && tries < 100; ++tries) {
    const auto sent = Collect(10000, absl::Seconds(1));
    if (sent.ok()) {
      traces.push_back(sent->trace_id());
    } else {
      refused = TryOpen();
    }
  }
  ASSERT_EQ(refused.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED) << refused.error_message();
  ASSERT_GT(traces.size(), 2u);
  server_->Kill();
  const std::string last = traces.back();
  traces.pop_back();
  for (const std::string& trace : traces) {
    const auto removed = testing::RunProgram({kProgram, "traces", "rm", trace, "--store", directory()});
    ASSERT_EQ(removed.code, 0) << trace << " of " << traces.front() << " to " << last << ": " << removed.err;
  }
  ASSERT_TRUE(server_->Start()) << server_->Errors();
  const auto after = Collect(10000);
  ASSERT_TRUE(after.ok()) << after.status();
  server_->Kill();
  const auto store = storage::TraceStore::Open(directory(), {});
  ASSERT_TRUE(store.ok()) << store.status();
  for (const std::string& trace : {last, after->trace_id()}) {
    const absl::Status verified = (*store)->Verify(storage::kDefaultTenant, trace);
    EXPECT_TRUE(verified.ok()) << verified;
  }
  Saw(10, absl::StrCat("disk of 24 MiB filled with ", traces.size() + 1, " traces; all but one removed by traces rm"),
      "the store takes traces again, the one that stayed is whole");
}

TEST_F(FullDiskTest, Fault10_RetentionMakesRoom) {
  if (!mounted_) GTEST_SKIP() << "no small file system: mounting one needs root";
  ServerSetup setup{.flags = kSmallDisk};
  setup.flags.insert(setup.flags.end(), {"--keep-size", "4MiB"});
  StartServer(setup);
  const pid_t life = server_->pid();
  // More than the disk holds, several times over.
  uint64_t bytes = 0;
  v1::TraceManifest last;
  while (bytes < 60 << 20) {
    const auto sent = Collect(10000);
    ASSERT_TRUE(sent.ok()) << sent.status() << " after " << bytes << " bytes: " << server_->Errors();
    bytes += sent->stored_bytes();
    last = *sent;
  }
  EXPECT_EQ(server_->pid(), life);
  EXPECT_TRUE(server_->Runs());
  server_->Kill();
  const auto store = storage::TraceStore::Open(directory(), {});
  ASSERT_TRUE(store.ok()) << store.status();
  const absl::Status verified = (*store)->Verify(storage::kDefaultTenant, last.trace_id());
  EXPECT_TRUE(verified.ok()) << verified;
  Saw(10, absl::StrCat(bytes >> 20, " MiB of traces sent to a disk of 24 MiB, with --keep-size 4MiB"),
      "the oldest are removed, and the disk has their place back; all are taken by one process");
}

// Somebody else takes the last byte, floor or not.
TEST_F(FullDiskTest, Fault10_TheDiskHasNoByteLeft) { FillAndFree({.flags = {"--keep-free", "0"}}, 512 << 10); }

TEST_F(DiskTest, Fault10_AFileSizeLimit) {
  StartServer({});
  const auto before = Collect(1000);
  ASSERT_TRUE(before.ok()) << before.status();
  const pid_t life = server_->pid();
  // Less than the inventory takes, so that the store cannot be opened anew either.
  const rlimit limit = {128 << 10, RLIM_INFINITY};
  ASSERT_EQ(prlimit(life, RLIMIT_FSIZE, &limit, nullptr), 0);
  uint64_t next = 1;
  const auto hopeless = Writer(absl::Seconds(3));
  const absl::Status full = Fill(*hopeless, next);
  EXPECT_FALSE(full.ok());
  const grpc::Status refused = TryOpen();
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED) << refused.error_message();
  ExpectReadable(*before);
  const rlimit none = {RLIM_INFINITY, RLIM_INFINITY};
  ASSERT_EQ(prlimit(life, RLIMIT_FSIZE, &none, nullptr), 0);
  const auto after = Collect(3000);
  ASSERT_TRUE(after.ok()) << after.status();
  EXPECT_EQ(server_->pid(), life);
  Saw(10, "RLIMIT_FSIZE of 128 KiB, then lifted",
      "RESOURCE_EXHAUSTED, reads work, the same process takes traces again");
}

TEST_F(DiskTest, Fault11_ASyncThatFails) {
  ServerSetup setup;
  setup.program = kProgramWithFaults;
  StartServer(setup);
  const auto before = Collect(1000);
  ASSERT_TRUE(before.ok()) << before.status();
  server_->Kill();
  // From the second synced write after the start on, none succeeds.
  setup.environment = {{"SANDGLASS_FAULT", "eio sync-log 4"}};
  server_->setup() = setup;
  ASSERT_TRUE(server_->Start()) << server_->Errors();
  uint64_t next = 1;
  const auto writer = Writer(absl::Seconds(1));
  const absl::Status status = Fill(*writer, next);
  EXPECT_FALSE(status.ok());
  const uint64_t durable = writer->stats().durable_operators;
  EXPECT_LT(durable, next);
  const grpc::Status refused = TryOpen();
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::UNAVAILABLE) << refused.error_message();
  EXPECT_TRUE(absl::StrContains(refused.error_message(), "the store takes nothing more: mend its disk"))
      << refused.error_message();
  ExpectReadable(*before);
  EXPECT_TRUE(server_->Runs());
  server_->Kill();
  server_->setup().environment.clear();
  ASSERT_TRUE(server_->Start()) << server_->Errors();
  EXPECT_GE(DurableOperators(writer->stats().trace_id), durable);
  Saw(11, "every fdatasync of the log fails with EIO",
      absl::StrCat("UNAVAILABLE, ", durable,
                   " operators acknowledged before and none after, reads work, read-only until "
                   "a restart, which has them all"));
}

}  // namespace
}  // namespace sandglass::faults
