#include "storage/patient_call.h"

#include <chrono>

#include "storage/wait_until.h"

namespace sandglass::storage {

void Prepare(grpc::ClientContext& context) {
  context.set_wait_for_ready(true);
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::minutes(2));
}

grpc::Status Ask(const std::function<grpc::Status(grpc::ClientContext&)>& call) {
  grpc::Status status;
  WaitUntil(
      [&] {
        grpc::ClientContext context;
        Prepare(context);
        status = call(context);
        return status.error_code() != grpc::StatusCode::UNAVAILABLE;
      },
      "a server to answer");
  return status;
}

}  // namespace sandglass::storage
