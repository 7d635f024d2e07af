#include "analyzer/analysis/remote.h"

#include <chrono>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "grpcpp/grpcpp.h"
#include "proto/grpc_status.h"

namespace sandglass::analysis {
namespace {

// Signatures of a large trace come in one message.
constexpr int kMostMessageBytes = 256 << 20;
// Long enough for the largest replay; a server that stopped answering is noticed by the channel's keepalive sooner.
constexpr auto kCallDeadline = std::chrono::minutes(30);

void SetDeadline(grpc::ClientContext& context) {
  context.set_deadline(std::chrono::system_clock::now() + kCallDeadline);
}

bool WaitUntilReady(grpc::Channel& channel, std::chrono::system_clock::time_point deadline) {
  grpc_connectivity_state state = channel.GetState(/*try_to_connect=*/true);
  while (state != GRPC_CHANNEL_READY) {
    // The first refusal is enough: to try again is for the user, who sees the message.
    if (state == GRPC_CHANNEL_TRANSIENT_FAILURE || state == GRPC_CHANNEL_SHUTDOWN) return false;
    if (!channel.WaitForStateChange(state, deadline)) return false;
    state = channel.GetState(true);
  }
  return true;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Remote>> Remote::Connect(const std::string& address, absl::Duration deadline,
                                                        const ClientSecurity& security) {
  const auto credentials = MakeCredentials(security, address);
  if (!credentials.ok()) return credentials.status();
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMostMessageBytes);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 20000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 10000);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  const auto channel = grpc::CreateCustomChannel(address, *credentials, arguments);
  if (!WaitUntilReady(*channel, std::chrono::system_clock::now() + absl::ToChronoMilliseconds(deadline))) {
    return absl::UnavailableError(
        absl::StrCat("server ", address,
                     " cannot be reached: check the address, start it with `sandglass serve`, or "
                     "read a store with --store",
                     security.ca_file.empty() ? "; if it speaks TLS, give --tls-ca"
                                              : "; it must speak TLS with a certificate for this address from an "
                                                "authority of --tls-ca, and may want --tls-cert and --tls-key"));
  }
  return std::make_unique<Remote>(address, v1::AnalysisService::NewStub(channel));
}

Remote::Remote(std::string address, std::unique_ptr<v1::AnalysisService::StubInterface> stub)
    : address_(std::move(address)), stub_(std::move(stub)) {}

absl::Status Remote::Failed(const grpc::Status& status) const {
  if (status.error_code() != grpc::StatusCode::UNAVAILABLE) return FromGrpc(status);
  return absl::UnavailableError(absl::StrCat("server ", address_, " stopped answering: ", status.error_message()));
}

template <typename Request, typename Response>
absl::StatusOr<Response> Remote::Ask(grpc::Status (Stub::*call)(grpc::ClientContext*, const Request&, Response*),
                                     const Request& request) const {
  grpc::ClientContext context;
  SetDeadline(context);
  Response response;
  const grpc::Status status = ((*stub_).*call)(&context, request, &response);
  if (!status.ok()) return Failed(status);
  return response;
}

absl::StatusOr<v1::ListTracesResponse> Remote::ListTraces(const v1::ListTracesRequest& request) {
  return Ask(&Stub::ListTraces, request);
}

absl::StatusOr<v1::GetTraceResponse> Remote::GetTrace(const v1::GetTraceRequest& request) {
  return Ask(&Stub::GetTrace, request);
}

absl::StatusOr<v1::ListOperatorsResponse> Remote::ListOperators(const v1::ListOperatorsRequest& request) {
  return Ask(&Stub::ListOperators, request);
}

absl::StatusOr<v1::ReplayReport> Remote::Replay(const v1::ReplayRequest& request, Progress progress) {
  grpc::ClientContext context;
  SetDeadline(context);
  const auto reader = stub_->Replay(&context, request);
  std::optional<v1::ReplayReport> report;
  bool go_on = true;
  v1::ReplayResponse response;
  while (reader->Read(&response)) {
    if (response.has_report()) {
      report = std::move(*response.mutable_report());
    } else if (go_on &&
               !progress(static_cast<int>(response.classes_done()), static_cast<int>(response.classes_total()))) {
      go_on = false;
      context.TryCancel();
    }
  }
  const grpc::Status status = reader->Finish();
  if (!status.ok()) return go_on ? Failed(status) : absl::CancelledError("replay was cancelled");
  if (!report.has_value()) {
    return absl::InternalError(absl::StrCat("server ", address_, " ended a replay without its report: ask again"));
  }
  return *std::move(report);
}

absl::StatusOr<v1::CompareResponse> Remote::Compare(const v1::CompareRequest& request) {
  return Ask(&Stub::Compare, request);
}

absl::StatusOr<v1::ExplainResponse> Remote::Explain(const v1::ExplainRequest& request) {
  return Ask(&Stub::Explain, request);
}

absl::StatusOr<v1::ProfileResponse> Remote::Profile(const v1::ProfileRequest& request) {
  return Ask(&Stub::Profile, request);
}

absl::StatusOr<v1::ScheduleResponse> Remote::Schedule(const v1::ScheduleRequest& request) {
  return Ask(&Stub::Schedule, request);
}

absl::StatusOr<v1::CoverageResponse> Remote::Coverage(const v1::CoverageRequest& request) {
  return Ask(&Stub::Coverage, request);
}

absl::StatusOr<v1::CostResponse> Remote::Cost(const v1::CostRequest& request) { return Ask(&Stub::Cost, request); }

absl::StatusOr<v1::MigrateResponse> Remote::Migrate(const v1::MigrateRequest& request) {
  return Ask(&Stub::Migrate, request);
}

absl::StatusOr<v1::LockInResponse> Remote::LockIn(const v1::LockInRequest& request) {
  return Ask(&Stub::LockIn, request);
}

absl::StatusOr<v1::ListSiliconResponse> Remote::ListSilicon(const v1::ListSiliconRequest& request) {
  return Ask(&Stub::ListSilicon, request);
}

}  // namespace sandglass::analysis
