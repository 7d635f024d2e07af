// A connection to a server, and the form of its address.
//
// The functions may be called from several threads at once.
#ifndef SANDGLASS_COLLECTORS_STREAM_CHANNEL_H_
#define SANDGLASS_COLLECTORS_STREAM_CHANNEL_H_

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "proto/client_security.h"

namespace sandglass::collectors {

// Whether `address` is HOST:PORT, with a port from 1 to 65535. InvalidArgument otherwise.
absl::Status CheckAddress(const std::string& address);

// A channel that finds out within half a minute that its peer is gone, and looks for it again at least every two
// seconds. It does not connect before the first call. Requires: CheckAddress(address) is OK.
std::shared_ptr<grpc::Channel> MakeChannel(const std::string& address);

// The same, protected and known to the server as `security` says. Errors: those of MakeCredentials.
absl::StatusOr<std::shared_ptr<grpc::Channel>> MakeChannel(const std::string& address, const ClientSecurity& security);

}  // namespace sandglass::collectors

#endif  // SANDGLASS_COLLECTORS_STREAM_CHANNEL_H_
