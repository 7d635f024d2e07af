// A real server on an empty store, and writers that send numbered traces to it.
//
// Used from one thread, but for what says otherwise.
#ifndef SANDGLASS_TESTS_FAULTS_WRITER_FIXTURE_H_
#define SANDGLASS_TESTS_FAULTS_WRITER_FIXTURE_H_

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "collectors/stream/ingest_writer.h"
#include "proto/ingest_service.grpc.pb.h"
#include "storage/wait_until.h"
#include "tests/faults/numbered_trace.h"
#include "tests/faults/server_process.h"

namespace sandglass::faults {

using collectors::IngestWriter;
using collectors::IngestWriterOptions;
using storage::WaitUntil;

// Waits until so many operators of the trace are on the server's disk.
void WaitUntilDurable(const IngestWriter& writer, uint64_t operators);

// Checks that the store in `directory`, which nobody has open, has the newest numbered trace sealed under `manifest`,
// with exactly the operators from 1 to `count`.
void ExpectHolds(const std::string& directory, const absl::StatusOr<v1::TraceManifest>& manifest, uint64_t count);

class WriterFixture : public ::testing::Test {
 protected:
  WriterFixture();

  // An empty folder of this name.
  static std::string Fresh(const std::string& directory);
  std::string store() const { return directory_ + "/store"; }

  // A writer as options_ say, which has begun a trace.
  std::unique_ptr<IngestWriter> Begun();
  // Adds operators up to number `last`, which must succeed. May be called from one thread at a time.
  void AddUpTo(IngestWriter& writer, uint64_t last);
  // Adds good operators until an error comes. May be called from one thread at a time.
  absl::Status AddUntilError(IngestWriter& writer);
  // What the server says of a trace.
  grpc::Status GetStatus(const std::string& trace_id);

  // Copies the store, which the server leaves for so long.
  void CopyStore();
  // Somebody puts this old backup in the store's place.
  void RestoreCopy();

  // Ends the server, and checks its store with ExpectHolds.
  void ExpectStored(const absl::StatusOr<v1::TraceManifest>& manifest, uint64_t count);

  const std::string directory_;
  ServerProcess server_;
  IngestWriterOptions options_;
  std::unique_ptr<v1::IngestService::Stub> stub_;
  // How many operators were given to writers.
  uint64_t added_ = 0;
};

}  // namespace sandglass::faults

#endif  // SANDGLASS_TESTS_FAULTS_WRITER_FIXTURE_H_
