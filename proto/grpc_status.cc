#include "proto/grpc_status.h"

#include <cstddef>
#include <string>

#include "absl/time/time.h"
#include "proto/plain_text.h"
#include "proto/retry_info.h"

namespace sandglass {
namespace {

constexpr size_t kMostBytes = 1500;
constexpr absl::Duration kRetryUnavailable = absl::Milliseconds(200);
constexpr absl::Duration kRetryExhausted = absl::Seconds(5);

}  // namespace

grpc::Status ToGrpc(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  std::string message = PlainText(status.message().substr(0, kMostBytes));
  if (status.message().size() > kMostBytes) message += " …";
  const auto code = static_cast<grpc::StatusCode>(status.code());
  if (absl::IsResourceExhausted(status)) return {code, message, EncodeRetryDetails(code, message, kRetryExhausted)};
  if (absl::IsUnavailable(status)) return {code, message, EncodeRetryDetails(code, message, kRetryUnavailable)};
  return {code, message};
}

absl::Status FromGrpc(const grpc::Status& status) {
  return {static_cast<absl::StatusCode>(status.error_code()), status.error_message()};
}

}  // namespace sandglass
