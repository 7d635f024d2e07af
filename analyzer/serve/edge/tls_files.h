// The certificate, the key and the client authority of a server, checked before they are used: gRPC itself would only
// say that it cannot listen.
//
// Pure; safe from any thread.
#ifndef SANDGLASS_ANALYZER_SERVE_EDGE_TLS_FILES_H_
#define SANDGLASS_ANALYZER_SERVE_EDGE_TLS_FILES_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "grpcpp/grpcpp.h"

namespace sandglass::serve {

// Paths; empty: none.
struct TlsFiles {
  // In PEM: the server's certificate, followed by those up to its authority.
  std::string certificate = {};
  std::string key = {};
  // Authorities of clients' certificates. With it, clients without such a certificate are refused.
  std::string client_ca = {};
};

// For listening; connections in the clear where no file is given. InvalidArgument: a file cannot be read, is not PEM,
// or does not fit the others.
absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> MakeServerCredentials(const TlsFiles& files);

}  // namespace sandglass::serve

#endif  // SANDGLASS_ANALYZER_SERVE_EDGE_TLS_FILES_H_
