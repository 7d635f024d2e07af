// A store in a temporary folder with its ingest, and the steps of a client, for tests.
#ifndef SANDGLASS_STORAGE_INGEST_FIXTURE_H_
#define SANDGLASS_STORAGE_INGEST_FIXTURE_H_

#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "google/protobuf/util/message_differencer.h"
#include "gtest/gtest.h"
#include "storage/ingest.h"
#include "storage/sample_trace.h"

namespace sandglass::storage {

inline constexpr auto kRows = v1::Chunk::FORM_ROWS;
inline constexpr auto kColumns = v1::Chunk::FORM_COLUMNS;

class IngestTest : public ::testing::Test {
 protected:
  IngestTest() { Restart(); }

  // Closes the store, as at the end of a process, and opens it again.
  void Restart() {
    ingest_.reset();
    store_.reset();
    absl::StatusOr<std::unique_ptr<TraceStore>> store = TraceStore::Open(folder_.File("store"), store_options_);
    ASSERT_TRUE(store.ok()) << store.status();
    store_ = *std::move(store);
    IngestOptions options;
    options.now_unix_ns = [this] { return now_ns_ += 1000000; };
    ingest_ = std::make_unique<Ingest>(*store_, options);
  }

  v1::OpenResponse Open(const v1::OpenRequest& request) {
    absl::StatusOr<v1::OpenResponse> response = ingest_->Open(kDefaultTenant, request);
    EXPECT_TRUE(response.ok()) << response.status();
    return response.ok() ? *response : v1::OpenResponse();
  }

  std::shared_ptr<Ingest::ActiveTrace> Attach(const v1::OpenResponse& open) {
    auto trace = ingest_->Attach(kDefaultTenant, StartOf(open));
    EXPECT_TRUE(trace.ok()) << trace.status();
    return trace.ok() ? *trace : nullptr;
  }

  // Sends a chunk and waits for its acknowledgement.
  absl::StatusOr<v1::AppendResponse> Append(const std::shared_ptr<Ingest::ActiveTrace>& trace, const v1::Chunk& chunk) {
    auto promise = std::make_shared<std::promise<absl::StatusOr<v1::AppendResponse>>>();
    std::future<absl::StatusOr<v1::AppendResponse>> future = promise->get_future();
    absl::Status status = ingest_->Append(
        trace, chunk, [promise](const absl::StatusOr<v1::AppendResponse>& response) { promise->set_value(response); });
    if (!status.ok()) return status;
    return future.get();
  }

  // Sends chunks of those lengths and seals.
  v1::TraceManifest Collect(uint64_t client, const std::string& name,
                            const std::vector<std::pair<uint32_t, v1::Chunk::Form>>& chunks) {
    const v1::OpenResponse open = Open(SampleOpen(client, name));
    const auto trace = Attach(open);
    Chunker chunker;
    for (const auto& [count, form] : chunks) {
      absl::StatusOr<v1::AppendResponse> response = Append(trace, chunker.NextSample(count, form));
      EXPECT_TRUE(response.ok()) << response.status();
    }
    absl::StatusOr<v1::SealResponse> sealed = ingest_->Seal(kDefaultTenant, SampleSeal(open, chunker));
    EXPECT_TRUE(sealed.ok()) << sealed.status();
    return sealed.ok() ? sealed->manifest() : v1::TraceManifest();
  }

  std::vector<v1::Operator> ReadBack(const std::string& trace_id) {
    std::vector<v1::Operator> operators;
    auto signatures = store_->ReadSignatures(kDefaultTenant, trace_id);
    EXPECT_TRUE(signatures.ok()) << signatures.status();
    absl::Status status = store_->ReadColumns(
        kDefaultTenant, trace_id, 0, [&](uint64_t first, const v1::OperatorColumns& columns) -> absl::StatusOr<bool> {
          EXPECT_EQ(first, operators.size());
          EXPECT_LE(columns.rows(), 4096u);
          EXPECT_EQ(columns.new_signatures_size(), 0);
          absl::StatusOr<v1::OperatorRows> rows = RowsOf(columns, *signatures);
          if (!rows.ok()) return rows.status();
          operators.insert(operators.end(), rows->operators().begin(), rows->operators().end());
          return true;
        });
    EXPECT_TRUE(status.ok()) << status;
    return operators;
  }

  void ExpectSample(const std::vector<v1::Operator>& operators, size_t count) {
    ASSERT_EQ(operators.size(), count);
    for (size_t i = 0; i < count; ++i) {
      ASSERT_TRUE(google::protobuf::util::MessageDifferencer::Equals(operators[i], SampleOperator(i))) << i;
    }
  }

  TemporaryFolder folder_;
  // Of the next Restart.
  StoreOptions store_options_;
  std::atomic<int64_t> now_ns_{1700000000000000000};
  std::unique_ptr<TraceStore> store_;
  std::unique_ptr<Ingest> ingest_;
};

// One line, of that code, that holds `part`.
inline void ExpectError(const absl::Status& status, absl::StatusCode code, const std::string& part) {
  EXPECT_EQ(status.code(), code) << status;
  EXPECT_NE(std::string(status.message()).find(part), std::string::npos) << status;
  EXPECT_EQ(status.message().find('\n'), absl::string_view::npos) << status;
}

}  // namespace sandglass::storage

#endif  // SANDGLASS_STORAGE_INGEST_FIXTURE_H_
