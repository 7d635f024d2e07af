// What happens in the ingest service, for those who count and log it.
#ifndef SANDGLASS_STORAGE_INGEST_OBSERVER_H_
#define SANDGLASS_STORAGE_INGEST_OBSERVER_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace sandglass::storage {

// One Append call, up to now.
struct StreamFacts {
  uint32_t tenant = 0;
  // Empty: it has not got so far as to name a trace that there is.
  std::string trace_id;
  // Acknowledged on this stream.
  uint64_t chunks = 0;
  uint64_t operators = 0;
  uint64_t bytes = 0;
};

// Called from several threads at once, also with locks held: to return at once, and not to call back.
class IngestObserver {
 public:
  virtual ~IngestObserver() = default;

  // A stream found its trace.
  virtual void OnStreamBegun(const StreamFacts& stream) = 0;
  // Once for each OnStreamBegun.
  virtual void OnStreamEnded(const StreamFacts& stream, const absl::Status& status) = 0;
  // A chunk became durable, `took` after it had been read.
  virtual void OnAcknowledged(uint32_t tenant, uint64_t operators, uint64_t bytes, absl::Duration took) = 0;
  // A stream waits to be read until some of what is on its way to the disk has arrived there.
  virtual void OnCreditWait(uint32_t tenant) = 0;
  // A call was refused or failed; streams, too.
  virtual void OnCallFailed(const absl::Status& status) = 0;
};

}  // namespace sandglass::storage

#endif  // SANDGLASS_STORAGE_INGEST_OBSERVER_H_
