// absl's statuses as gRPC's and back: the codes have the same numbers. Pure; safe from any thread.
//
// What a stranger wrote into a question may stand in an error, so it goes out as one line of plain text, and no longer
// than gRPC's metadata may be.
#ifndef SANDGLASS_ANALYZER_ANALYSIS_GRPC_STATUS_H_
#define SANDGLASS_ANALYZER_ANALYSIS_GRPC_STATUS_H_

#include <cstddef>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "analyzer/report/plain_text.h"
#include "grpcpp/support/status.h"

namespace sandglass::analysis {

inline grpc::Status ToGrpc(const absl::Status& status) {
  constexpr size_t kMostBytes = 1500;
  std::string text = report::PlainText(status.message().substr(0, kMostBytes));
  if (status.message().size() > kMostBytes) text += " …";
  return {static_cast<grpc::StatusCode>(status.code()), std::move(text)};
}

inline absl::Status FromGrpc(const grpc::Status& status) {
  return {static_cast<absl::StatusCode>(status.error_code()), status.error_message()};
}

}  // namespace sandglass::analysis

#endif  // SANDGLASS_ANALYZER_ANALYSIS_GRPC_STATUS_H_
