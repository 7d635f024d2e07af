// Where a trace goes: a server, or a store that this process opens itself.
//
// A store is reached through the same ingest service as a server's, in this process, so that both ways check, digest
// and seal alike. Not safe for use by several threads at once; the stub is.
#ifndef SANDGLASS_COLLECTORS_MAIN_DESTINATION_H_
#define SANDGLASS_COLLECTORS_MAIN_DESTINATION_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "proto/client_security.h"
#include "proto/ingest_service.grpc.pb.h"

namespace sandglass::collectors {

// The value of an environment variable; empty: not set.
using Environment = std::function<std::string(const char* name)>;
std::string ProcessEnvironment(const char* name);

// `path` as the user meant it: under `bazel run` the working folder is another than the user's, which
// BUILD_WORKING_DIRECTORY has.
std::string UserPath(const std::string& path, const Environment& environment);

// A server or a store, by its address or directory; exactly one of them is not empty.
struct Target {
  std::string to;
  std::string store;
};

// What the user gave, or else SANDGLASS_SERVER or SANDGLASS_STORE. The directory is absolute, the same however the user
// writes it, for whoever takes a spooled trace up may stand in another folder. Errors: InvalidArgument, if there is
// none, or more than one, or an address that cannot be one.
absl::StatusOr<Target> ResolveTarget(const std::string& to, const std::string& store, const Environment& environment);

// The folder of the spool that the user gave, or else SANDGLASS_SPOOL, found as a store's; empty: there is none.
std::string ResolveSpool(const std::string& spool, const Environment& environment);

// What the user gave, or else the environment (proto/client_security.h), each file found as a store's directory.
// InvalidArgument: the user says how to reach a server, and `target` is a store.
absl::StatusOr<ClientSecurity> ResolveSecurity(const ClientSecurity& given, const Target& target,
                                               const Environment& environment);

class Destination {
 public:
  // Opens the store, or makes a channel to the server without connecting, with the TLS and the token of `security`.
  // Errors: those of TraceStore::Open and MakeCredentials.
  static absl::StatusOr<std::unique_ptr<Destination>> Open(const Target& target, const ClientSecurity& security = {});
  virtual ~Destination() = default;

  virtual v1::IngestService::StubInterface& stub() = 0;
  // How errors call it, and what a user can do when it does not answer.
  virtual std::string name() const = 0;
  virtual std::string mend() const = 0;
};

}  // namespace sandglass::collectors

#endif  // SANDGLASS_COLLECTORS_MAIN_DESTINATION_H_
