// Who may use a server: the file of --credentials, checked and ready to be asked.
//
// Immutable once loaded; safe for use by several threads at once.
#ifndef SANDGLASS_ANALYZER_SERVE_EDGE_CREDENTIALS_H_
#define SANDGLASS_ANALYZER_SERVE_EDGE_CREDENTIALS_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "proto/chain_digest.h"
#include "proto/credentials.pb.h"
#include "storage/quota.h"

namespace sandglass::serve {

// What a credential is good for.
struct Grant {
  // The tenant's number in the store.
  uint32_t tenant = 0;
  v1::Role role = v1::ROLE_UNSPECIFIED;
  absl::Time expires = absl::InfiniteFuture();
};

class Credentials {
 public:
  // Gives a tenant's number.
  using NumberOf = absl::FunctionRef<absl::StatusOr<uint32_t>(absl::string_view name)>;

  // Checks `text`, the contents of `file`, which is for messages. InvalidArgument: one line with the place, the value
  // and the rule; of a token or its digest only how long it is.
  static absl::StatusOr<v1::Credentials> Parse(const std::string& file, const std::string& text);

  // Reads and checks `file`. A tenant without a number is left out. Errors: those of Parse; InvalidArgument where it
  // cannot be read.
  static absl::StatusOr<std::shared_ptr<const Credentials>> Load(const std::string& file, NumberOf number_of);

  // What the token of that SHA-256 is good for, expired or not; null: it is unknown. How long this takes says nothing
  // about the tokens that there are.
  const Grant* FindToken(const Digest& digest) const;
  // What a certificate of that common name is good for; null: it is unknown.
  const Grant* FindCommonName(const std::string& name) const;

  // By the tenants' numbers; those without one are not limited.
  const std::map<uint32_t, storage::QuotaLimits>& quotas() const { return quotas_; }

  size_t tenants() const { return tenants_; }

  // Tenants whose callers are unknown because they have no number, with the error of `number_of`, one line each.
  const std::vector<std::string>& left_out() const { return left_out_; }
  // Whether somebody is known by a certificate.
  bool names_certificates() const { return !common_names_.empty(); }

 private:
  struct Token {
    Digest digest;
    Grant grant;
  };

  std::vector<Token> tokens_;
  std::map<std::string, Grant> common_names_;
  std::map<uint32_t, storage::QuotaLimits> quotas_;
  size_t tenants_ = 0;
  std::vector<std::string> left_out_;
};

}  // namespace sandglass::serve

#endif  // SANDGLASS_ANALYZER_SERVE_EDGE_CREDENTIALS_H_
