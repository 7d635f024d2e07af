// Decides who may call what, by a credentials file that can be read anew while the server runs.
//
// A caller is known by its token or, where it sends none, by its certificate; the tenant comes from there alone. All
// who are refused for who they are hear the same. Safe for use by several threads at once.
#ifndef SANDGLASS_ANALYZER_SERVE_EDGE_AUTHORIZER_H_
#define SANDGLASS_ANALYZER_SERVE_EDGE_AUTHORIZER_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "analyzer/serve/edge/credentials.h"
#include "grpcpp/grpcpp.h"
#include "proto/chain_digest.h"
#include "storage/caller.h"
#include "storage/mutex.h"
#include "storage/quota.h"
#include "storage/trace_store.h"

namespace sandglass::serve {

// What a caller shows.
struct Presented {
  // The values of `authorization`.
  std::vector<std::string> authorization = {};
  // Of the certificate that it proved to hold; empty: none.
  std::string common_name = {};
  // Whether nobody between it and the server can read: TLS, or a connection within the machine.
  bool confidential = false;
};

// What the caller of a call shows.
Presented PresentedBy(const grpc::CallbackServerContext& context);

class Authorizer {
 public:
  // Whether clients are asked for certificates.
  enum class Certificates { kNone, kAsked };

  // Reads `file`; `store` gives tenants their numbers and must outlive the authorizer. Errors: those of
  // Credentials::Load; InvalidArgument where the file names certificates, and nobody is asked for one.
  static absl::StatusOr<std::unique_ptr<Authorizer>> Start(std::string file, storage::TraceStore& store,
                                                           Certificates certificates,
                                                           std::function<absl::Time()> now = absl::Now);

  // Reads the file anew. On an error what was read before stays.
  absl::Status Reload();

  // Tenants of the file that the store can give no number now, with why, one line each: their callers are unknown.
  std::vector<std::string> left_out() const;

  // Who calls `method`. Errors: Unauthenticated, PermissionDenied. The result must not outlive the authorizer.
  absl::StatusOr<storage::Caller> CallerOf(const Presented& presented, absl::string_view method) const;

  size_t tenants() const;

 private:
  // By which of the two a caller is known.
  struct Identity {
    std::optional<Digest> token;
    std::string common_name;
  };

  Authorizer(std::string file, storage::TraceStore& store, Certificates certificates, std::function<absl::Time()> now);

  std::shared_ptr<storage::Quota> QuotaOf(uint32_t tenant) const;
  absl::StatusOr<Grant> GrantOf(const Identity& identity, absl::string_view method) const;

  const std::string file_;
  storage::TraceStore& store_;
  const Certificates certificates_;
  const std::function<absl::Time()> now_;
  mutable storage::Mutex mutex_;
  std::shared_ptr<const Credentials> credentials_ ABSL_GUARDED_BY(mutex_);
  // Of each tenant that ever called; they outlast a reload.
  mutable std::map<uint32_t, std::shared_ptr<storage::Quota>> quotas_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace sandglass::serve

#endif  // SANDGLASS_ANALYZER_SERVE_EDGE_AUTHORIZER_H_
