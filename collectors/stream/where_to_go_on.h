// Where a client goes on with a trace that it opened again: what the server says that it has, held against what was
// sent.
//
// One rule for chunks that are kept in memory and for those in a spool. Pure functions.
#ifndef SANDGLASS_COLLECTORS_STREAM_WHERE_TO_GO_ON_H_
#define SANDGLASS_COLLECTORS_STREAM_WHERE_TO_GO_ON_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "proto/chain_digest.h"
#include "proto/ingest_service.pb.h"

namespace sandglass::collectors {

// What a client has of a trace.
struct KeptChunks {
  // How errors call the server.
  std::string server = "the server";
  // Where the chunks are kept; empty: in memory, which goes with the process.
  std::string spool_file = {};
  // The first chunk that can be sent again, and the last that was ever sent, or will be.
  uint64_t first_seq = 1;
  uint64_t last_seq = 0;
  // The last chunk that the server said to be durable. May be beyond last_seq, where a loss of power took the spool's
  // end.
  uint64_t acknowledged_seq = 0;
  // Whether the whole trace may be found sealed: by a seal of our own whose answer was not heard.
  bool may_be_sealed = false;
};

// The last chunk that the server has; what follows is to be sent, again where it is not beyond acknowledged_seq.
// Errors: DataLoss, if the server has less than can be made up for; FailedPrecondition, if it has chunks that were
// never sent, or another writer sealed the trace: then the trace can be sent under another client_key only.
absl::StatusOr<uint64_t> WhereToGoOn(const v1::OpenResponse& response, const KeptChunks& kept);

// Whether the server's chunks are those that were sent: `chain` is the digest of ours up to the same place. Errors:
// DataLoss.
absl::Status CheckSameChunks(const v1::OpenResponse& response, const KeptChunks& kept, const Digest& chain);

// What is to be said where the server fell back: which chunks it had acknowledged and has no more.
std::string LostData(const v1::OpenResponse& response, const KeptChunks& kept);

}  // namespace sandglass::collectors

#endif  // SANDGLASS_COLLECTORS_STREAM_WHERE_TO_GO_ON_H_
