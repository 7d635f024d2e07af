#include "proto/grpc_status.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/time/time.h"
#include "proto/retry_info.h"

namespace sandglass {
namespace {

TEST(GrpcStatusTest, SaysWhenToTryAgain) {
  EXPECT_TRUE(ToGrpc(absl::OkStatus()).ok());
  EXPECT_EQ(RetryDelay(ToGrpc(absl::UnavailableError("busy")).error_details()), absl::Milliseconds(200));
  EXPECT_EQ(RetryDelay(ToGrpc(absl::ResourceExhaustedError("full")).error_details()), absl::Seconds(5));
  EXPECT_TRUE(ToGrpc(absl::NotFoundError("none")).error_details().empty());
}

TEST(GrpcStatusTest, IsShortPlainText) {
  const grpc::Status status = ToGrpc(absl::NotFoundError("no\n\x1b[2J" + std::string(100000, 'x')));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(status.error_message().substr(0, 7), "no[2Jxx");
  EXPECT_LT(status.error_message().size(), 1510u);
  EXPECT_LT(ToGrpc(absl::UnavailableError(std::string(100000, 'x'))).error_details().size(), 2000u);
}

TEST(GrpcStatusTest, ComesBackAsItWent) {
  const absl::Status status = absl::DataLossError("it is damaged");
  EXPECT_EQ(FromGrpc(ToGrpc(status)), status);
  EXPECT_TRUE(FromGrpc(grpc::Status::OK).ok());
}

}  // namespace
}  // namespace sandglass
