#include "tests/faults/writer_fixture.h"

#include <chrono>
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "collectors/stream/channel.h"
#include "proto/operator_columns.h"
#include "storage/trace_store.h"

namespace sandglass::faults {

void WaitUntilDurable(const IngestWriter& writer, uint64_t operators) {
  WaitUntil([&] { return writer.stats().durable_operators >= operators; },
            absl::StrCat(operators, " operators to be durable"));
}

WriterFixture::WriterFixture()
    : directory_(std::filesystem::path(::testing::TempDir()) /
                 ::testing::UnitTest::GetInstance()->current_test_info()->name()),
      server_(Fresh(directory_ + "/store")) {
  options_.destination = server_.address();
  options_.mend = "mend it";
  options_.chunk.operators = 50;
  stub_ = v1::IngestService::NewStub(collectors::MakeChannel(server_.address()));
}

std::string WriterFixture::Fresh(const std::string& directory) {
  std::filesystem::remove_all(directory);
  std::filesystem::create_directories(directory);
  return directory;
}

std::unique_ptr<IngestWriter> WriterFixture::Begun() {
  auto writer = std::make_unique<IngestWriter>(*stub_, options_);
  const absl::Status status = writer->Begin(NumberedHeader());
  EXPECT_TRUE(status.ok()) << status;
  return writer;
}

void WriterFixture::AddUpTo(IngestWriter& writer, uint64_t last) {
  while (added_ < last) {
    const absl::Status status = writer.Add(NumberedOperator(++added_));
    ASSERT_TRUE(status.ok()) << status;
  }
}

absl::Status WriterFixture::AddUntilError(IngestWriter& writer) {
  while (true) {
    if (absl::Status status = writer.Add(NumberedOperator(++added_)); !status.ok()) return status;
  }
}

grpc::Status WriterFixture::GetStatus(const std::string& trace_id) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::minutes(1));
  v1::GetStatusRequest request;
  request.set_trace_id(trace_id);
  v1::GetStatusResponse response;
  return stub_->GetStatus(&context, request, &response);
}

void WriterFixture::CopyStore() {
  server_.Kill();
  std::filesystem::remove_all(directory_ + "/copy");
  std::filesystem::copy(store(), directory_ + "/copy", std::filesystem::copy_options::recursive);
  ASSERT_TRUE(server_.Start()) << server_.Errors();
}

void WriterFixture::RestoreCopy() {
  server_.Kill();
  std::filesystem::remove_all(store());
  std::filesystem::rename(directory_ + "/copy", store());
  ASSERT_TRUE(server_.Start()) << server_.Errors();
}

void WriterFixture::ExpectStored(const absl::StatusOr<v1::TraceManifest>& manifest, uint64_t count) {
  ASSERT_TRUE(manifest.ok()) << manifest.status();
  server_.Kill();
  ExpectHolds(store(), manifest, count);
}

void ExpectHolds(const std::string& directory, const absl::StatusOr<v1::TraceManifest>& manifest, uint64_t count) {
  ASSERT_TRUE(manifest.ok()) << manifest.status();
  const auto opened = storage::TraceStore::Open(directory, {});
  ASSERT_TRUE(opened.ok()) << opened.status();
  const storage::TraceStore& store = **opened;
  const auto found = store.FindSealed(storage::kDefaultTenant, "numbered");
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->SerializeAsString(), manifest->SerializeAsString());
  EXPECT_EQ(found->operators(), count);
  const absl::Status verified = store.Verify(storage::kDefaultTenant, manifest->trace_id());
  EXPECT_TRUE(verified.ok()) << verified;
  const auto signatures = store.ReadSignatures(storage::kDefaultTenant, manifest->trace_id());
  ASSERT_TRUE(signatures.ok()) << signatures.status();
  uint64_t seen = 0;
  const absl::Status read =
      store.ReadColumns(storage::kDefaultTenant, manifest->trace_id(), 0,
                        [&](uint64_t first, const v1::OperatorColumns& columns) -> absl::StatusOr<bool> {
                          EXPECT_EQ(first, seen);
                          const auto rows = RowsOf(columns, *signatures);
                          if (!rows.ok()) return rows.status();
                          for (const v1::Operator& op : rows->operators()) {
                            ++seen;
                            EXPECT_EQ(op.SerializeAsString(), NumberedOperator(seen).SerializeAsString()) << seen;
                          }
                          return true;
                        });
  EXPECT_TRUE(read.ok()) << read;
  EXPECT_EQ(seen, count);
}

}  // namespace sandglass::faults
