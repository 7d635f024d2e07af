// A real server on an empty store, a client that makes each call of the protocol by itself so that a test can do it
// wrong, and what every fault has in common: the server lives, and takes less than 1 GiB.
//
// Used from one thread, but for what says otherwise.
#ifndef SANDGLASS_TESTS_FAULTS_FAULT_FIXTURE_H_
#define SANDGLASS_TESTS_FAULTS_FAULT_FIXTURE_H_

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "proto/ingest_service.grpc.pb.h"
#include "storage/sample_trace.h"
#include "tests/end_to_end/process.h"
#include "tests/faults/server_process.h"

namespace sandglass::faults {

inline constexpr uint64_t kMostBytes = uint64_t{1} << 30;

// How an Append call went.
struct Appended {
  absl::Status status;
  // The last acknowledgement, and how many there were.
  v1::AppendResponse last;
  int acknowledgements = 0;
};

using storage::StartOf;

// Calls of the ingest service. May be used by several threads at once.
class IngestClient {
 public:
  explicit IngestClient(const std::string& address);

  absl::StatusOr<v1::OpenResponse> Open(const v1::OpenRequest& request);
  // Sends all chunks on one stream, and reads until its end.
  Appended Append(const v1::AppendStart& start, const std::vector<v1::Chunk>& chunks);
  absl::StatusOr<v1::SealResponse> Seal(const v1::SealRequest& request);
  absl::StatusOr<v1::GetStatusResponse> GetStatus(const std::string& trace_id);
  absl::Status Abort(const std::string& trace_id, uint64_t epoch);
  // A whole trace, in chunks of rows.
  absl::StatusOr<v1::TraceManifest> Submit(const v1::OpenRequest& request, const std::vector<v1::Operator>& operators,
                                           const v1::TraceSummary& summary);

  v1::IngestService::Stub& stub() { return *stub_; }

 private:
  std::unique_ptr<v1::IngestService::Stub> stub_;
};

class FaultFixture : public ::testing::Test {
 protected:
  explicit FaultFixture(ServerSetup setup = {});
  // Checks what is said above.
  void TearDown() override;

  // Kills the server and starts it so; returns when the client has found it again.
  void Restart(ServerSetup setup);
  // The binary, on the server.
  testing::Outcome Sandglass(std::vector<std::string> arguments) const;
  // "; server at most 90 MiB"
  std::string Peak() const;
  // Names of all sealed traces, newest first, as the server tells them.
  std::vector<std::string> SealedNames() const;

  const std::string directory_;
  ServerProcess server_;
  std::unique_ptr<IngestClient> client_;
};

// Sends the sample operators 0 to count - 1 as rows, and seals; the client_key ends in `key`.
v1::TraceManifest SubmitSample(IngestClient& client, uint64_t key, const std::string& name, uint32_t count);

// That code, and `part` in its message, which is one line.
void ExpectRefused(const absl::Status& status, absl::StatusCode code, const std::string& part);

}  // namespace sandglass::faults

#endif  // SANDGLASS_TESTS_FAULTS_FAULT_FIXTURE_H_
