// absl's statuses as gRPC's and back: the codes have the same numbers. Pure; safe from any thread.
#ifndef SANDGLASS_ANALYZER_ANALYSIS_GRPC_STATUS_H_
#define SANDGLASS_ANALYZER_ANALYSIS_GRPC_STATUS_H_

#include <string>

#include "absl/status/status.h"
#include "grpcpp/support/status.h"

namespace sandglass::analysis {

inline grpc::Status ToGrpc(const absl::Status& status) {
  return {static_cast<grpc::StatusCode>(status.code()), std::string(status.message())};
}

inline absl::Status FromGrpc(const grpc::Status& status) {
  return {static_cast<absl::StatusCode>(status.error_code()), status.error_message()};
}

}  // namespace sandglass::analysis

#endif  // SANDGLASS_ANALYZER_ANALYSIS_GRPC_STATUS_H_
