// Peers that stand still, and peers that read slowly.
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "analyzer/analysis/store_fixture.h"
#include "collectors/stream/channel.h"
#include "collectors/stream/ingest_writer.h"
#include "proto/analysis_service.grpc.pb.h"
#include "storage/patient_call.h"
#include "storage/wait_until.h"
#include "tests/end_to_end/process.h"
#include "tests/faults/fault_fixture.h"
#include "tests/faults/fault_table.h"

namespace sandglass::faults {
namespace {

using storage::Chunker;
using storage::SampleOpen;
using storage::SampleOperator;

// What "flat" means for a server that is fed for long.
constexpr uint64_t kMostGrowth = uint64_t{150} << 20;

// The most that the server lists of one chunk.
constexpr int kRejectedRanges = 64;

class SlowPeerTest : public FaultFixture {};

TEST_F(SlowPeerTest, Fault03_AServerThatStandsStillBoundsTheClientAndLosesNothing) {
  constexpr uint32_t kOperators = 200'000;
  constexpr absl::Duration kStandsStill = absl::Seconds(30);
  const auto stub = v1::IngestService::NewStub(collectors::MakeChannel(server_.address()));
  collectors::IngestWriterOptions options;
  options.max_buffered_bytes = 256 << 10;
  options.chunk.operators = 500;
  // So that the client also gives its stream up while the server stands still, and takes it up again.
  options.ack_timeout = absl::Seconds(1);
  options.call_timeout = absl::Seconds(1);
  collectors::IngestWriter writer(*stub, options);
  ASSERT_TRUE(writer.Begin(storage::SampleHeader("still")).ok());
  const uint64_t before = PeakResidentBytes(getpid());
  std::thread producer([&] {
    for (uint32_t i = 0; i < kOperators; ++i) {
      const absl::Status status = writer.Add(SampleOperator(i));
      ASSERT_TRUE(status.ok()) << status;
    }
  });
  storage::WaitUntil([&] { return writer.stats().durable_operators >= 2000; }, "2000 operators to be durable");
  server_.Pause();
  absl::SleepFor(kStandsStill);
  server_.Continue();
  producer.join();
  const auto manifest = writer.Finish(storage::SampleSummary());
  ASSERT_TRUE(manifest.ok()) << manifest.status();
  const collectors::IngestStats stats = writer.stats();
  EXPECT_LE(stats.peak_buffered_bytes, options.max_buffered_bytes);
  EXPECT_GE(stats.resumes, 1u);
  const uint64_t growth = PeakResidentBytes(getpid()) - before;
  EXPECT_LT(growth, uint64_t{64} << 20);
  EXPECT_EQ(manifest->operators(), kOperators);
  EXPECT_EQ(manifest->content_digest(), SubmitSample(*client_, 100, "still", kOperators).content_digest());
  Saw(3, absl::StrCat("SIGSTOP of the server for ", absl::FormatDuration(kStandsStill), " under load"),
      absl::StrCat("client buffered at most ", stats.peak_buffered_bytes >> 10, " of ",
                   options.max_buffered_bytes >> 10, " KiB and grew by ", growth >> 20, " MiB, resumed ", stats.resumes,
                   " times, digest equal", Peak()));
}

// Connections to a port of this machine that are up. While others come and go, a table may have one twice.
size_t Connections(const std::string& address) {
  const std::string port = absl::StrFormat(":%04X", std::stoul(address.substr(address.rfind(':') + 1)));
  std::set<std::string> peers;
  // gRPC listens on sockets that take both sorts of addresses.
  for (const char* name : {"/proc/net/tcp", "/proc/net/tcp6"}) {
    std::ifstream table(name);
    for (std::string line; std::getline(table, line);) {
      // "  1: 0100007F:1D13 0100007F:A2B4 01 …": 01 is ESTABLISHED.
      const std::vector<std::string> fields = absl::StrSplit(line, ' ', absl::SkipEmpty());
      if (fields.size() > 3 && absl::EndsWith(fields[1], port) && fields[3] == "01") peers.insert(fields[2]);
    }
  }
  return peers.size();
}

TEST_F(SlowPeerTest, Fault04_AClientThatStandsStillInAChunkIsLetGo) {
  constexpr uint64_t kClient = 4;
  testing::Running stopped({"tests/faults/endless_client", server_.address(), absl::StrCat(kClient)});
  ASSERT_NE(stopped.first_line(), "");
  ASSERT_EQ(Connections(server_.address()), 1u);
  stopped.Signal(SIGSTOP);
  const absl::Time began = absl::Now();
  // A ping after 20 s, and its answer is waited for for 10.
  storage::WaitUntil([&] { return Connections(server_.address()) == 0u; }, "the server to close the connection");
  const absl::Duration took = absl::Now() - began;
  // Its trace goes on from what is durable.
  const auto open = client_->Open(SampleOpen(kClient, "stopped"));
  ASSERT_TRUE(open.ok()) << open.status();
  EXPECT_EQ(open->epoch(), 2u);
  EXPECT_GE(open->next_seq(), 2u);
  Chunker chunker;
  std::vector<v1::Chunk> chunks;
  while (chunker.seq() < open->next_seq()) chunks.push_back(chunker.NextSample(6000, v1::Chunk::FORM_ROWS));
  const Appended appended = client_->Append(StartOf(*open), {chunks.back()});
  EXPECT_TRUE(appended.status.ok()) << appended.status;
  const auto sealed = client_->Seal(storage::SampleSeal(*open, chunker));
  ASSERT_TRUE(sealed.ok()) << sealed.status();
  EXPECT_EQ(sealed->manifest().content_digest(),
            SubmitSample(*client_, 100, "stopped", static_cast<uint32_t>(chunker.operators())).content_digest());
  // Whoever wakes up has nothing to say any more.
  stopped.Signal(SIGCONT);
  EXPECT_NE(stopped.Stop(0), 0);
  Saw(4, "SIGSTOP of a client in the middle of a chunk",
      absl::StrCat("connection closed after ", absl::FormatDuration(absl::Trunc(took, absl::Seconds(1))),
                   ", another client went on at chunk ", open->next_seq(), ", digest equal", Peak()));
}

TEST_F(SlowPeerTest, Fault12_TenMillionOperatorsToAClientThatReadsSlowly) {
  constexpr uint32_t kChunks = 50;
  constexpr uint32_t kRows = 200'000;
  const auto open = client_->Open(SampleOpen(1, "long"));
  ASSERT_TRUE(open.ok()) << open.status();
  grpc::ClientContext context;
  storage::Prepare(context);
  const auto stream = client_->stub().Append(&context);
  uint64_t after_few = 0;
  std::thread sender([&] {
    v1::AppendRequest request;
    *request.mutable_start() = StartOf(*open);
    stream->Write(request);
    v1::OperatorColumns columns;
    columns.set_rows(kRows);
    *columns.add_new_signatures() = SampleOperator(0).signature();
    columns.mutable_signature()->Resize(kRows, 0);
    columns.mutable_id()->mutable_deltas()->Resize(kRows, 1);
    columns.mutable_duration_ps()->mutable_deltas()->Resize(kRows, 1);
    for (uint32_t i = 0; i < kChunks; ++i) {
      // Ids go on from chunk to chunk.
      columns.mutable_id()->set_deltas(0, 1 + int64_t{i} * kRows);
      v1::Chunk& chunk = *request.mutable_chunk();
      chunk.set_seq(i + 1);
      chunk.set_first_operator(uint64_t{i} * kRows);
      chunk.set_operators(kRows);
      chunk.set_form(v1::Chunk::FORM_COLUMNS);
      chunk.set_payload(columns.SerializeAsString());
      storage::FixChecksum(chunk);
      if (!stream->Write(request)) return;
      columns.clear_new_signatures();
      columns.set_first_signature(1);
      if (i == kChunks / 5) after_few = server_.PeakResidentBytes();
    }
    stream->WritesDone();
  });
  v1::AppendResponse last;
  int acknowledgements = 0;
  for (; stream->Read(&last); ++acknowledgements) absl::SleepFor(absl::Milliseconds(100));
  sender.join();
  const grpc::Status status = stream->Finish();
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(last.durable_operators(), uint64_t{kChunks} * kRows);
  // Less than the 24 MB that the other four fifths of the payload are.
  const uint64_t growth = server_.PeakResidentBytes() - after_few;
  EXPECT_LT(growth, uint64_t{20} << 20);
  Saw(12, "an Append of 10,000,000 operators whose client reads ten acknowledgements a second",
      absl::StrCat(acknowledgements, " acknowledgements for ", kChunks, " chunks, ", growth >> 20,
                   " MiB more than after a fifth", Peak()));
}

// Acknowledgements of a lenient stream, and the largest of them.
struct Rejections {
  int64_t ranges = 0;
  int64_t largest_bytes = 0;
};

// Sends chunks in which every second operator breaks a rule, so that each has as many rejected ranges as can be, and
// waits so long after each acknowledgement.
Rejections SendFaulty(IngestClient& client, uint64_t key, int chunks, absl::Duration wait) {
  v1::OpenRequest request = SampleOpen(key, "rejected");
  request.set_validation(v1::VALIDATION_LENIENT);
  const auto open = client.Open(request);
  EXPECT_TRUE(open.ok()) << open.status();
  grpc::ClientContext context;
  storage::Prepare(context);
  const auto stream = client.stub().Append(&context);
  std::thread sender([&] {
    v1::AppendRequest message;
    *message.mutable_start() = StartOf(*open);
    stream->Write(message);
    Chunker chunker;
    for (int i = 0; i < chunks; ++i) {
      std::vector<v1::Operator> operators(size_t{2} * kRejectedRanges);
      for (v1::Operator& op : operators) {
        op.set_id(chunker.operators() + static_cast<uint64_t>(&op - operators.data()) + 1);
        op.mutable_signature()->set_kind(v1::OPERATOR_KIND_HOST_OP);
        op.mutable_signature()->set_name("aten::mm");
        if (op.id() % 2 == 0) op.set_duration_ps(-1);
      }
      *message.mutable_chunk() = chunker.Next(operators, v1::Chunk::FORM_ROWS);
      if (!stream->Write(message)) return;
    }
    stream->WritesDone();
  });
  Rejections seen;
  for (v1::AppendResponse response; stream->Read(&response); seen.ranges += response.rejected_size()) {
    seen.largest_bytes = std::max(seen.largest_bytes, static_cast<int64_t>(response.ByteSizeLong()));
    absl::SleepFor(wait);
  }
  sender.join();
  const grpc::Status status = stream->Finish();
  EXPECT_TRUE(status.ok()) << status.error_message();
  return seen;
}

TEST_F(SlowPeerTest, Fault12_RejectionsToAClientThatReadsSlowly) {
  constexpr int kChunks = 20'000;
  const Rejections prompt = SendFaulty(*client_, 1, kChunks, absl::ZeroDuration());
  const uint64_t for_prompt = server_.PeakResidentBytes();
  // A new process, with its caches empty.
  Restart({});
  const Rejections slow = SendFaulty(*client_, 2, kChunks, absl::Milliseconds(5));
  const uint64_t for_slow = server_.PeakResidentBytes();
  // Each is told once, and in messages that a client takes.
  EXPECT_EQ(prompt.ranges, int64_t{kChunks} * kRejectedRanges);
  EXPECT_EQ(slow.ranges, int64_t{kChunks} * kRejectedRanges);
  EXPECT_LT(slow.largest_bytes, 1 << 20);
  EXPECT_LT(for_slow, for_prompt + kMostGrowth);
  Saw(12, absl::StrCat("a lenient Append with ", slow.ranges, " rejected ranges whose client reads slowly"),
      absl::StrCat("every range told once, in messages of at most ", slow.largest_bytes >> 10, " KiB; server at most ",
                   for_slow >> 20, " MiB, for a prompt one ", for_prompt >> 20));
}

TEST_F(SlowPeerTest, Fault12_AReplayWhoseClientReadsSlowly) {
  const analysis::FixtureTrace trace = analysis::TinyTraining("tiny", 200);
  v1::OpenRequest open = SampleOpen(1, "tiny");
  *open.mutable_header() = trace.header;
  const auto manifest = client_->Submit(open, trace.operators, trace.summary);
  ASSERT_TRUE(manifest.ok()) << manifest.status();
  const auto stub = v1::AnalysisService::NewStub(collectors::MakeChannel(server_.address()));
  v1::ReplayRequest request;
  request.set_trace("tiny");
  int messages = 0;
  int reports = 0;
  for (int i = 0; i < 20; ++i) {
    grpc::ClientContext context;
    storage::Prepare(context);
    const auto stream = stub->Replay(&context, request);
    v1::ReplayResponse response;
    for (; stream->Read(&response); ++messages) absl::SleepFor(absl::Milliseconds(20));
    EXPECT_TRUE(stream->Finish().ok());
    reports += response.has_report() ? 1 : 0;
  }
  EXPECT_EQ(reports, 20);
  EXPECT_LT(server_.PeakResidentBytes(), kMostGrowth);
  Saw(12, "20 replays on all silicon whose client reads 50 messages a second",
      absl::StrCat(messages, " messages: progress that was not taken is replaced, every report comes", Peak()));
}

}  // namespace
}  // namespace sandglass::faults
