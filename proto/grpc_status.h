// absl's statuses as gRPC's and back: the codes have the same numbers. Pure; safe from any thread.
#ifndef SANDGLASS_PROTO_GRPC_STATUS_H_
#define SANDGLASS_PROTO_GRPC_STATUS_H_

#include <grpcpp/support/status.h>

#include "absl/status/status.h"

namespace sandglass {

// What a stranger wrote into a call may stand in an error, so it goes out as one line of plain text, and no longer than
// gRPC's metadata may be. RESOURCE_EXHAUSTED and UNAVAILABLE say when to try again.
grpc::Status ToGrpc(const absl::Status& status);

absl::Status FromGrpc(const grpc::Status& status);

}  // namespace sandglass

#endif  // SANDGLASS_PROTO_GRPC_STATUS_H_
