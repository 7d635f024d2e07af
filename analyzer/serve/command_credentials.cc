// sandglass credentials: tokens for callers of a server, and the file that names them.
#include <openssl/rand.h>

#include <array>
#include <memory>
#include <string>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "analyzer/serve/cli.h"
#include "analyzer/serve/edge/credentials.h"
#include "google/protobuf/text_format.h"
#include "proto/chain_digest.h"
#include "proto/credentials.pb.h"
#include "proto/file_text.h"

namespace sandglass::serve {
namespace {

// As hard to guess as its digest is to invert.
constexpr size_t kTokenBytes = 32;
// So that scanners of repositories and logs can find a token that got lost.
constexpr absl::string_view kTokenPrefix = "sandglass_";

struct NewTokenOptions {
  std::string tenant;
  std::string role;
  double days = 90;
};

absl::StatusOr<std::string> RandomToken() {
  std::array<unsigned char, kTokenBytes> bytes;
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) {
    return absl::UnavailableError("the system gives no random numbers: try again");
  }
  std::string text;
  absl::WebSafeBase64Escape(absl::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()), &text);
  return absl::StrCat(kTokenPrefix, text);
}

absl::StatusOr<int> NewToken(const NewTokenOptions& options) {
  const absl::StatusOr<std::string> token = RandomToken();
  if (!token.ok()) return token.status();
  v1::Credentials credentials;
  v1::TenantCredentials& tenant = *credentials.add_tenants();
  tenant.set_name(options.tenant);
  v1::TokenCredential& added = *tenant.add_tokens();
  added.set_sha256(DigestHex(Sha256(*token)));
  added.set_role(options.role == "reader"   ? v1::ROLE_READER
                 : options.role == "writer" ? v1::ROLE_WRITER
                                            : v1::ROLE_ADMIN);
  if (options.days > 0) {
    const absl::Time expires = absl::Now() + absl::Hours(24) * options.days;
    added.set_expires(absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", expires, absl::UTCTimeZone()));
  }
  google::protobuf::TextFormat::Printer printer;
  printer.SetSingleLineMode(true);
  std::string line;
  if (!printer.PrintToString(credentials, &line)) return absl::InternalError("the line cannot be written");
  // The tenant's name may break a rule.
  if (const auto sound = Credentials::Parse("--tenant", line); !sound.ok()) return sound.status();
  if (absl::Status status = Print(absl::StrCat(*token, "\n", line, "\n")); !status.ok()) return status;
  return kExitOk;
}

absl::StatusOr<int> Check(const std::string& file) {
  const absl::StatusOr<std::string> text = FileText("credentials", file);
  if (!text.ok()) return text.status();
  const absl::StatusOr<v1::Credentials> credentials = Credentials::Parse(file, *text);
  if (!credentials.ok()) return credentials.status();
  int tokens = 0;
  int certificates = 0;
  for (const v1::TenantCredentials& tenant : credentials->tenants()) {
    tokens += tenant.tokens_size();
    certificates += tenant.certificates_size();
  }
  if (absl::Status status =
          Print(absl::StrCat(file, ": sound: ", tokens, " tokens, ", certificates, " certificates\n"));
      !status.ok()) {
    return status;
  }
  return kExitOk;
}

}  // namespace

void AddCredentialsCommand(CLI::App& app, Action& action) {
  CLI::App* credentials =
      app.add_subcommand("credentials", "Tokens for callers of a server, and the file of `serve --credentials`.");
  credentials->require_subcommand(1);
  auto options = std::make_shared<NewTokenOptions>();
  CLI::App* add = credentials->add_subcommand(
      "new-token", "Print a new random token and, on a second line, what names it in the credentials file.");
  add->add_option("--tenant", options->tenant, "whose traces its holder sees")->type_name("NAME")->required();
  add->add_option("--role", options->role, "reader (questions), writer (traces in) or admin (both)")
      ->type_name("ROLE")
      ->check(CLI::IsMember({"reader", "writer", "admin"}))
      ->required();
  add->add_option("--days", options->days, "how long it is valid; 0: for ever")
      ->type_name("DAYS")
      ->check(CLI::Range(0.0, 36500.0))
      ->capture_default_str();
  add->footer("Only the digest is in the second line. Give the first to the holder, in a file of their own.");
  add->callback([options, &action] { action = [options] { return NewToken(*options); }; });
  auto file = std::make_shared<std::string>();
  CLI::App* check = credentials->add_subcommand("check", "Say whether a credentials file is sound.");
  check->add_option("FILE", *file, "the file")->required();
  check->callback([file, &action] { action = [file] { return Check(UserPath(*file)); }; });
}

}  // namespace sandglass::serve
