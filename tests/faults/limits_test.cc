// What strangers and neighbours send in bulk: memory stays bounded, and others are served.
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "proto/chain_digest.h"
#include "proto/retry_info.h"
#include "storage/wait_until.h"
#include "tests/faults/fault_table.h"
#include "tests/faults/raw_connection.h"
#include "tests/faults/sender.h"
#include "tests/faults/server_process.h"

namespace sandglass::faults {
namespace {

constexpr uint64_t kMiB = uint64_t{1} << 20;
constexpr int kChunks = 400;
constexpr char kAppend[] = "/sandglass.v1.IngestService/Append";

class LimitsTest : public ::testing::Test {
 protected:
  LimitsTest()
      : folder_(std::filesystem::path(::testing::TempDir()) /
                ::testing::UnitTest::GetInstance()->current_test_info()->name()) {
    std::filesystem::create_directories(folder_);
    std::ofstream credentials(folder_ / "credentials");
    for (const char* tenant : {"storm", "quiet"}) {
      credentials << "tenants { name: '" << tenant << "' tokens { sha256: '" << DigestHex(Sha256(tenant))
                  << "' role: ROLE_ADMIN } }\n";
    }
    credentials << "tenants { name: 'hog' tokens { sha256: '" << DigestHex(Sha256("hog"))
                << "' role: ROLE_WRITER } quota { operators_per_second: 20000 streams: 2 } }\n"
                << "tenants { name: 'keeper' tokens { sha256: '" << DigestHex(Sha256("keeper"))
                << "' role: ROLE_WRITER } quota { stored_bytes: 20000 open_traces: 2 } }\n";
    credentials.close();
    ServerSetup setup;
    setup.flags = {"--credentials", folder_ / "credentials"};
    server_ = std::make_unique<ServerProcess>(folder_ / "store", setup);
  }

  std::shared_ptr<grpc::Channel> Channel() const { return OwnConnection(server_->address()); }

  std::string Bearer() const { return "Bearer quiet"; }

  // By how much the server's memory was ever above `before`.
  uint64_t GrowthMiB(uint64_t before) const { return (server_->PeakResidentBytes() - before) / kMiB; }

  // How long acknowledgements of a begun trace take, at the 99th percentile of kChunks.
  static absl::Duration AckP99(Sender& sender) {
    std::vector<absl::Duration> times;
    for (int i = 0; i < kChunks; ++i) {
      const absl::Time start = absl::Now();
      EXPECT_TRUE(sender.Send(100));
      EXPECT_TRUE(sender.Receive());
      times.push_back(absl::Now() - start);
    }
    std::sort(times.begin(), times.end());
    return times[kChunks * 99 / 100];
  }

  static std::string Compare(absl::Duration alone, absl::Duration beside) {
    return absl::StrFormat("its acknowledgements' p99 %s alone, %s beside it: %.1f times", absl::FormatDuration(alone),
                           absl::FormatDuration(beside), absl::FDivDuration(beside, alone));
  }

  bool Serves() { return Sender(Channel(), "quiet").Open(7, "served").ok(); }

  const std::filesystem::path folder_;
  std::unique_ptr<ServerProcess> server_;
};

TEST_F(LimitsTest, Fault16_AHeaderThatDeclaresAGibibyte) {
  ASSERT_TRUE(Serves());
  const uint64_t before = server_->PeakResidentBytes();
  std::vector<RawConnection> connections;
  // Not compressed, and 2^30 bytes long, of which 1,000 come.
  const std::string begins = std::string("\0\x40\0\0\0", 5) + std::string(1000, 'x');
  constexpr char kData = 0;
  for (int i = 0; i < 200; ++i) {
    connections.emplace_back(server_->address());
    EXPECT_TRUE(connections.back().Send(Http2Preface() + CallHeaders(1, kAppend, {{"authorization", Bearer()}}) +
                                        Http2Frame(kData, 0, 1, begins)));
  }
  EXPECT_TRUE(Serves());
  // They are silent now; the server must not have made room for what may come.
  absl::SleepFor(absl::Seconds(1));
  EXPECT_LT(GrowthMiB(before), 64u);
  EXPECT_TRUE(Serves());
  Saw(16, "200 calls that declare a message of 1 GiB, then silence",
      absl::StrCat("memory grew by ", GrowthMiB(before), " MiB; others are served"));
}

TEST_F(LimitsTest, Fault16_MessagesThatAreTooLargeAndComeWhole) {
  ASSERT_TRUE(Serves());
  const uint64_t before = server_->PeakResidentBytes();
  v1::OpenRequest large;
  large.set_client_key(std::string(200 * kMiB, 'x'));
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      Sender sender(Channel(), "quiet");
      v1::OpenResponse response;
      EXPECT_EQ(sender.stub().Open(sender.NewContext().get(), large, &response).error_code(),
                grpc::StatusCode::RESOURCE_EXHAUSTED);
    });
  }
  for (std::thread& thread : threads) thread.join();
  // gRPC reads a message to its end to throw it away, but all its buffers together are bounded by 256 MiB, give or
  // take what is in each connection's hands.
  EXPECT_LT(GrowthMiB(before), 520u);
  EXPECT_TRUE(Serves());
  Saw(16, "4 messages of 200 MiB at once",
      absl::StrCat("RESOURCE_EXHAUSTED; memory grew by ", GrowthMiB(before), " MiB; others are served"));
}

TEST_F(LimitsTest, Fault17_AGzipBombIsRefusedBeforeItIsInflated) {
  ASSERT_TRUE(Serves());
  const uint64_t before = server_->PeakResidentBytes();
  v1::OpenRequest bomb;
  bomb.set_client_key(std::string(256 * kMiB, '\0'));
  for (const auto algorithm : {GRPC_COMPRESS_GZIP, GRPC_COMPRESS_DEFLATE}) {
    Sender sender(Channel(), "quiet");
    const auto context = sender.NewContext();
    context->set_compression_algorithm(algorithm);
    v1::OpenResponse response;
    const grpc::Status status = sender.stub().Open(context.get(), bomb, &response);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::UNIMPLEMENTED) << status.error_message();
  }
  EXPECT_LT(GrowthMiB(before), 64u);
  EXPECT_TRUE(Serves());
  Saw(17, "256 MiB of zeros by gzip and by deflate",
      absl::StrCat("UNIMPLEMENTED; memory grew by ", GrowthMiB(before), " MiB"));
}

TEST_F(LimitsTest, Fault20_AStormOfOpensAndCancels) {
  Sender quiet(Channel(), "quiet");
  ASSERT_TRUE(quiet.Open(1, "quiet").ok());
  quiet.Begin();
  const absl::Duration alone = AckP99(quiet);
  std::atomic<bool> over = false;
  std::atomic<uint64_t> storms = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 2; ++t) {
    threads.emplace_back([&, t] {
      const auto channel = Channel();
      for (uint64_t i = 0; !over; ++i, ++storms) {
        Sender sender(channel, "storm");
        if (!sender.Open(1000 + 2 * (i % 50) + t, absl::StrCat("s", t, ".", i % 50)).ok()) continue;
        sender.Begin();
        sender.Cancel();
        sender.End();
      }
    });
  }
  storage::WaitUntil([&] { return storms >= 100; }, "a storm of calls");
  // Acknowledged to the last chunk while the storm goes on. How long that takes is told, and not judged: the storm's
  // own clients take their share of the machine.
  const absl::Duration beside = AckP99(quiet);
  const uint64_t raged = storms;
  over = true;
  for (std::thread& thread : threads) thread.join();
  EXPECT_GT(raged, 100u);
  EXPECT_TRUE(Serves());
  EXPECT_LT(server_->PeakResidentBytes(), 1024 * kMiB);
  Saw(20, absl::StrCat(storms.load(), " streams opened and cancelled beside ", kChunks, " chunks of another tenant"),
      absl::StrCat(Compare(alone, beside), "; peak ", server_->PeakResidentBytes() / kMiB, " MiB"));
}

TEST_F(LimitsTest, Fault39_AQuotaHogBesideAQuietTenant) {
  Sender quiet(Channel(), "quiet");
  ASSERT_TRUE(quiet.Open(1, "quiet").ok());
  quiet.Begin();
  const absl::Duration alone = AckP99(quiet);
  std::atomic<bool> over = false;
  std::atomic<uint64_t> sent = 0;
  std::atomic<uint64_t> refusals = 0;
  std::thread hog([&] {
    Sender sender(Channel(), "hog");
    for (uint64_t client = 100; !over; ++client) {
      ASSERT_TRUE(sender.Open(client, absl::StrCat("hog", client)).ok());
      sender.Begin();
      while (!over && sender.Send(2000) && sender.Receive()) sent += 2000;
      if (over) sender.HalfClose();
      const grpc::Status status = sender.End();
      if (status.ok()) continue;
      ++refusals;
      EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
      EXPECT_NE(status.error_message().find("quota operators_per_second of this tenant, 20000"), std::string::npos)
          << status.error_message();
      EXPECT_TRUE(RetryDelay(status.error_details()).has_value());
      EXPECT_EQ(sender.TrailingSeq(), static_cast<int64_t>(sender.durable()));
      absl::SleepFor(absl::Milliseconds(20));
    }
  });
  // 10 s worth of operators are its due at first; the rest comes up with time.
  storage::WaitUntil([&] { return refusals > 0 || sent >= 2000000; }, "a refusal");
  EXPECT_GT(refusals, 0u);
  const uint64_t before = refusals;
  // Acknowledged to the last chunk while the hog goes on; how long that takes is told, and not judged.
  const absl::Duration beside = AckP99(quiet);
  EXPECT_GT(refusals, before);
  over = true;
  hog.join();
  EXPECT_GE(sent, 200000u);
  Saw(39,
      absl::StrCat("a tenant that sends what it can beside a quota of 20,000 operators/s, and ", kChunks,
                   " chunks of another"),
      absl::StrCat(sent.load(), " operators of the first taken, ", refusals.load(),
                   " times RESOURCE_EXHAUSTED with RetryInfo; of the other ", Compare(alone, beside)));
}

TEST_F(LimitsTest, Fault39_StreamsBeyondTheQuotaAreRefused) {
  std::vector<std::unique_ptr<Sender>> senders;
  for (uint64_t i = 0; i < 3; ++i) {
    senders.push_back(std::make_unique<Sender>(Channel(), "hog"));
    ASSERT_TRUE(senders.back()->Open(i, absl::StrCat("t", i)).ok());
    senders.back()->Begin();
    if (i == 2) break;
    ASSERT_TRUE(senders.back()->Send(10));
    ASSERT_TRUE(senders.back()->Receive());
  }
  const grpc::Status refused = senders[2]->End();
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED) << refused.error_message();
  EXPECT_NE(refused.error_message().find("quota streams of this tenant, 2"), std::string::npos)
      << refused.error_message();
  senders[0]->HalfClose();
  EXPECT_TRUE(senders[0]->End().ok());
  // The place is free as soon as the server has heard of the end.
  bool taken = false;
  for (int attempt = 0; attempt < 400 && !taken; ++attempt) {
    absl::SleepFor(absl::Milliseconds(50));
    ASSERT_TRUE(senders[2]->Open(2, "t2").ok());
    senders[2]->Begin();
    taken = senders[2]->Send(10) && senders[2]->Receive();
    if (!taken) senders[2]->End();
  }
  EXPECT_TRUE(taken);
  Saw(39, "a third stream beside a quota of 2", "RESOURCE_EXHAUSTED; taken when another has ended");
}

TEST_F(LimitsTest, Fault39_WhatATenantKeepsIsBounded) {
  Sender sender(Channel(), "keeper");
  ASSERT_TRUE(sender.Open(1, "full").ok());
  sender.Begin();
  int chunks = 0;
  while (chunks < 10000 && sender.Send(4000) && sender.Receive()) ++chunks;
  const grpc::Status full = sender.End();
  EXPECT_EQ(full.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED) << full.error_message();
  EXPECT_NE(full.error_message().find("quota stored_bytes of this tenant is used up"), std::string::npos)
      << full.error_message();
  EXPECT_NE(full.error_message().find(" of 20000 bytes are stored"), std::string::npos) << full.error_message();
  EXPECT_TRUE(RetryDelay(full.error_details()).has_value());
  // A restart changes nothing, and neither does it for others.
  server_->Kill();
  ASSERT_TRUE(server_->Start()) << server_->Errors();
  EXPECT_TRUE(Serves());
  EXPECT_EQ(Sender(Channel(), "keeper").Open(2, "next").error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  v1::AbortRequest abort;
  abort.set_trace_id(sender.trace_id());
  abort.set_epoch(1);
  v1::AbortResponse gone;
  const grpc::Status aborted = sender.stub().Abort(sender.NewContext().get(), abort, &gone);
  EXPECT_TRUE(aborted.ok()) << aborted.error_message();
  // There is room for bytes again, and for two traces.
  for (uint64_t client : {2, 3}) EXPECT_TRUE(Sender(Channel(), "keeper").Open(client, "next").ok());
  const grpc::Status third = Sender(Channel(), "keeper").Open(4, "next");
  EXPECT_EQ(third.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_NE(third.error_message().find("2 of 2 traces are open"), std::string::npos) << third.error_message();
  Saw(39, "a tenant that keeps what it sent beside a quota of 20,000 bytes and two open traces",
      absl::StrCat("RESOURCE_EXHAUSTED after ", chunks,
                   " chunks, also after a restart; when it gave the trace up, two ",
                   "others are taken, and a third is refused"));
}

TEST_F(LimitsTest, Fault21_MetadataAreLimited) {
  ASSERT_TRUE(Serves());
  const uint64_t before = server_->PeakResidentBytes();
  v1::OpenResponse response;
  const auto call = [&](size_t bytes) {
    Sender sender(Channel(), "quiet");
    const auto context = sender.NewContext();
    context->AddMetadata("x-much", std::string(bytes, 'm'));
    return sender.stub().Open(context.get(), storage::SampleOpen(5, "metadata"), &response);
  };
  EXPECT_TRUE(call(6 << 10).ok());
  for (int i = 0; i < 20; ++i) {
    const grpc::Status status = call(i % 2 == 0 ? 9 << 10 : 1 << 20);
    EXPECT_FALSE(status.ok());
    EXPECT_NE(status.error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  }
  EXPECT_LT(GrowthMiB(before), 64u);
  EXPECT_TRUE(Serves());
  Saw(21, "calls with 9 KiB and 1 MiB of metadata",
      absl::StrCat("refused; memory grew by ", GrowthMiB(before), " MiB; 6 KiB are served"));
}

}  // namespace
}  // namespace sandglass::faults
