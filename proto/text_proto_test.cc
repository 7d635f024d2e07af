#include "proto/text_proto.h"

#include <gtest/gtest.h>

#include "proto/credentials.pb.h"

namespace sandglass {
namespace {

TEST(TextProtoTest, ReadsAMessage) {
  v1::Credentials message;
  ASSERT_TRUE(ParseTextProto("f", "tenants { name: 'acme' }", message).ok());
  EXPECT_EQ(message.tenants(0).name(), "acme");
}

TEST(TextProtoTest, NamesTheFirstMistakeByItsPlace) {
  v1::Credentials message;
  EXPECT_EQ(
      ParseTextProto("f", "tenants {\n  nme: 'a' nme: 'b'\n}", message),
      absl::InvalidArgumentError("f:2:6: Message type \"sandglass.v1.TenantCredentials\" has no field named \"nme\"."));
}

TEST(TextProtoTest, KeepsASecretToItself) {
  for (const char* text : {"secret", "tenants { secret: 'x' }", "tenants { name: secret }", "tenants { name: 'secret",
                           "tenants { tokens { role: secret } }", "secret { }", "tenants { name: 'a' } }secret"}) {
    v1::Credentials message;
    const absl::Status status = ParseTextProto("f", text, message, "is wrong here");
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << text;
    EXPECT_EQ(status.message().find("secret"), absl::string_view::npos) << status;
    EXPECT_EQ(status.message().substr(0, 4), "f:1:") << status;
    EXPECT_NE(status.message().find(": is wrong here"), absl::string_view::npos) << status;
  }
}

}  // namespace
}  // namespace sandglass
