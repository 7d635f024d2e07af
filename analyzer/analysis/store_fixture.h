// For tests: small traces, and the way into a real store through the real ingest.
#ifndef SANDGLASS_ANALYZER_ANALYSIS_STORE_FIXTURE_H_
#define SANDGLASS_ANALYZER_ANALYSIS_STORE_FIXTURE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "proto/trace.pb.h"
#include "storage/ingest.h"

namespace sandglass::analysis {

struct FixtureTrace {
  v1::TraceHeader header;
  v1::TraceSummary summary;
  std::vector<v1::Operator> operators;
};

// `layers` times a matrix product [512, 1024] x [1024, 1024] in FP32 and an elementwise operator, in training, on 512
// tokens; with durations. Ids count from 1.
FixtureTrace TinyTraining(const std::string& name, int layers);

// XXH3-64 of a payload, as chunks carry it.
uint64_t PayloadDigest(const std::string& payload);

// Opens the trace in `ingest`, appends its operators in chunks of `chunk_rows`, and returns what Seal needs.
absl::StatusOr<v1::SealRequest> Append(storage::Ingest& ingest, const FixtureTrace& trace, int chunk_rows);

// The same and the seal: the manifest of the sealed trace.
absl::StatusOr<v1::TraceManifest> Submit(storage::Ingest& ingest, const FixtureTrace& trace, int chunk_rows = 1000);

}  // namespace sandglass::analysis

#endif  // SANDGLASS_ANALYZER_ANALYSIS_STORE_FIXTURE_H_
