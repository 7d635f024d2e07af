// The detail by which a server says when to try again: google.rpc.RetryInfo inside google.rpc.Status, which gRPC
// carries in the trailing metadata "grpc-status-details-bin". The functions may be called from several threads at once.
//
// The two messages are written by hand because Debian has no package of google.rpc's protos; they are small and frozen.
#ifndef SANDGLASS_PROTO_RETRY_INFO_H_
#define SANDGLASS_PROTO_RETRY_INFO_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace sandglass {

// Trailing metadata of an Append stream that ends with an error: the number of the last durable chunk, in decimal. gRPC
// does not promise that acknowledgements sent before an error arrive.
inline constexpr char kDurableSeqMetadata[] = "sandglass-durable-seq";

// A serialized google.rpc.Status with the code and message, and a RetryInfo of `delay`, which is cut to ns.
std::string EncodeRetryDetails(int code, absl::string_view message, absl::Duration delay);

// The delay of the first RetryInfo in a serialized google.rpc.Status; nothing if there is none, or it is not sound.
std::optional<absl::Duration> RetryDelay(const std::string& details);

}  // namespace sandglass

#endif  // SANDGLASS_PROTO_RETRY_INFO_H_
