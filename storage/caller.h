// Who makes a call. For the gRPC skins of the store and of what asks it.
#ifndef SANDGLASS_STORAGE_CALLER_H_
#define SANDGLASS_STORAGE_CALLER_H_

#include <grpcpp/grpcpp.h>

#include <cstdint>
#include <functional>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "storage/quota.h"
#include "storage/trace_store.h"

namespace sandglass::storage {

struct Caller {
  uint32_t tenant = kDefaultTenant;
  // Kept as long as the call lasts; null: nobody counts it.
  std::shared_ptr<const void> pass = nullptr;
  // What the tenant may send; null: anything.
  std::shared_ptr<Quota> quota = nullptr;
  // For calls that last: an error ends them. Quick; may be called from any thread. Empty: the caller may always go on.
  std::function<absl::Status()> may_go_on = nullptr;
};

// Says by its credentials who makes a call of `method`, which is named as in "/sandglass.v1.IngestService/Open"; an
// error refuses the call. Quick; may be called from several threads at once. Empty: all are the default tenant.
using CallerOf = std::function<absl::StatusOr<Caller>(const grpc::CallbackServerContext&, absl::string_view method)>;

// `caller_of`, or what an empty one means.
inline CallerOf OrEverybody(CallerOf caller_of) {
  if (caller_of) return caller_of;
  return [](const grpc::CallbackServerContext&, absl::string_view) { return absl::StatusOr<Caller>(Caller()); };
}

}  // namespace sandglass::storage

#endif  // SANDGLASS_STORAGE_CALLER_H_
