#include "collectors/stream/channel.h"

#include <cstdint>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace sandglass::collectors {
namespace {

std::shared_ptr<grpc::Channel> Channel(const std::string& address,
                                       const std::shared_ptr<grpc::ChannelCredentials>& credentials) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 2000);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 2000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 20000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 10000);
  return grpc::CreateCustomChannel(address, credentials, arguments);
}

}  // namespace

absl::Status CheckAddress(const std::string& address) {
  const size_t colon = address.rfind(':');
  uint32_t port = 0;
  // A host with colons is IPv6 and stands in brackets.
  const bool sound = colon != std::string::npos && colon > 0 && absl::SimpleAtoi(address.substr(colon + 1), &port) &&
                     port >= 1 && port <= 65535 && address.find_first_of(" /\t\n") == std::string::npos &&
                     (address.find(':') == colon || (address[0] == '[' && address[colon - 1] == ']'));
  if (sound) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("'", absl::CEscape(address), "' is not HOST:PORT with a port from 1 to 65535, as 127.0.0.1:7443"));
}

std::shared_ptr<grpc::Channel> MakeChannel(const std::string& address) {
  return Channel(address, grpc::InsecureChannelCredentials());
}

absl::StatusOr<std::shared_ptr<grpc::Channel>> MakeChannel(const std::string& address, const ClientSecurity& security) {
  const auto credentials = MakeCredentials(security, address);
  if (!credentials.ok()) return credentials.status();
  return Channel(address, *credentials);
}

}  // namespace sandglass::collectors
