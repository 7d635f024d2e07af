// A collector with a spool and without a model, for tests that kill it.
//
// Usage: spool_collector record ADDRESS DIRECTORY OPERATORS    begins a trace, adds so many operators, finishes it
//        spool_collector resume ADDRESS FILE                   sends what a spool file holds, which must be complete
#include <signal.h>
#include <sys/prctl.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>

#include "collectors/stream/channel.h"
#include "collectors/stream/ingest_writer.h"
#include "collectors/stream/spool.h"
#include "tests/faults/numbered_trace.h"

namespace sandglass::faults {
namespace {

using collectors::IngestWriter;
using collectors::Spool;

absl::StatusOr<v1::TraceManifest> Record(IngestWriter& writer, uint64_t operators) {
  if (absl::Status status = writer.Begin(NumberedHeader()); !status.ok()) return status;
  for (uint64_t id = 1; id <= operators; ++id) {
    if (absl::Status status = writer.Add(NumberedOperator(id)); !status.ok()) return status;
  }
  return writer.Finish(OneStep());
}

absl::StatusOr<v1::TraceManifest> Resume(IngestWriter& writer, const std::string& path) {
  absl::StatusOr<std::unique_ptr<Spool>> spool = Spool::Open(path);
  if (!spool.ok()) return spool.status();
  const v1::TraceSummary summary = (*spool)->summary().value();
  if (absl::Status status = writer.Resume(*std::move(spool)); !status.ok()) return status;
  return writer.Finish(summary);
}

int Main(const std::string& mode, const std::string& address, const std::string& place, const char* operators) {
  const auto stub = v1::IngestService::NewStub(collectors::MakeChannel(address));
  collectors::IngestWriterOptions options;
  options.destination = address;
  options.chunk.operators = 50;
  const bool records = mode == "record";
  if (records) options.spool = {.directory = place, .server = address};
  IngestWriter writer(*stub, options);
  const absl::StatusOr<v1::TraceManifest> manifest =
      records ? Record(writer, std::strtoull(operators, nullptr, 10)) : Resume(writer, place);
  if (manifest.ok()) return 0;
  std::fprintf(stderr, "spool_collector: %s\n", std::string(manifest.status().message()).c_str());
  return 1;
}

}  // namespace
}  // namespace sandglass::faults

int main(int argc, char** argv) {
  // A test that crashes must not leave collectors behind.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (argc < 4) return 1;
  return sandglass::faults::Main(argv[1], argv[2], argv[3], argc > 4 ? argv[4] : "0");
}
