// How a client proves who it is, and knows that the server is the right one.
//
// The functions may be called from several threads at once.
#ifndef SANDGLASS_PROTO_CLIENT_SECURITY_H_
#define SANDGLASS_PROTO_CLIENT_SECURITY_H_

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace sandglass {

// Paths of files; empty: none.
struct ClientSecurity {
  // Authorities whose servers are trusted, in PEM. With it connections are by TLS, without it in the clear.
  std::string ca_file = {};
  // The client's own certificate and its key, in PEM; both or neither.
  std::string certificate_file = {};
  std::string key_file = {};
  // A token, blanks around it aside. Read anew for each call, so that a new one can be put in its place.
  std::string token_file = {};
};

// Whether `address`, HOST:PORT, is this machine by its loopback: 127.0.0.0/8, [::1] or localhost.
bool IsLoopback(const std::string& address);

// `given`, with what is empty in it filled in from SANDGLASS_TLS_CA, SANDGLASS_TLS_CERT, SANDGLASS_TLS_KEY and
// SANDGLASS_TOKEN_FILE.
ClientSecurity WithEnvironment(ClientSecurity given);

// For a channel to `address`, HOST:PORT. Errors: InvalidArgument where a file cannot be read or lacks its counterpart,
// or a token would go in the clear to another machine.
absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> MakeCredentials(const ClientSecurity& security,
                                                                          const std::string& address);

}  // namespace sandglass

#endif  // SANDGLASS_PROTO_CLIENT_SECURITY_H_
