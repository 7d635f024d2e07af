#include "proto/retry_info.h"

#include <cstdint>

#include "google/protobuf/any.pb.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "google/protobuf/wire_format_lite.h"

namespace sandglass {
namespace {

using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedInputStream;
using google::protobuf::io::CodedOutputStream;

constexpr char kRetryInfoType[] = "type.googleapis.com/google.rpc.RetryInfo";
// google.rpc.Status: code = 1, message = 2, details = 3. google.rpc.RetryInfo: retry_delay = 1.
constexpr int kCode = 1;
constexpr int kMessage = 2;
constexpr int kDetails = 3;
constexpr int kRetryDelay = 1;

void WriteBytes(int field, const std::string& bytes, CodedOutputStream& out) {
  out.WriteTag(WireFormatLite::MakeTag(field, WireFormatLite::WIRETYPE_LENGTH_DELIMITED));
  out.WriteVarint32(static_cast<uint32_t>(bytes.size()));
  out.WriteString(bytes);
}

// The first length-delimited field of that number, from where `in` stands on.
std::optional<std::string> NextBytes(int field, CodedInputStream& in) {
  while (const uint32_t tag = in.ReadTag()) {
    if (tag != WireFormatLite::MakeTag(field, WireFormatLite::WIRETYPE_LENGTH_DELIMITED)) {
      if (!WireFormatLite::SkipField(&in, tag)) return std::nullopt;
      continue;
    }
    uint32_t size = 0;
    std::string bytes;
    if (!in.ReadVarint32(&size) || !in.ReadString(&bytes, static_cast<int>(size))) return std::nullopt;
    return bytes;
  }
  return std::nullopt;
}

std::optional<absl::Duration> DelayOf(const std::string& retry_info) {
  CodedInputStream in(reinterpret_cast<const uint8_t*>(retry_info.data()), static_cast<int>(retry_info.size()));
  const std::optional<std::string> bytes = NextBytes(kRetryDelay, in);
  google::protobuf::Duration duration;
  if (!bytes || !duration.ParseFromString(*bytes)) return std::nullopt;
  const absl::Duration delay = absl::Seconds(duration.seconds()) + absl::Nanoseconds(duration.nanos());
  if (delay < absl::ZeroDuration()) return std::nullopt;
  return delay;
}

}  // namespace

std::string EncodeRetryDetails(int code, absl::string_view message, absl::Duration delay) {
  google::protobuf::Duration duration;
  duration.set_seconds(absl::IDivDuration(delay, absl::Seconds(1), &delay));
  duration.set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(delay)));
  google::protobuf::Any any;
  any.set_type_url(kRetryInfoType);
  {
    google::protobuf::io::StringOutputStream stream(any.mutable_value());
    CodedOutputStream out(&stream);
    WriteBytes(kRetryDelay, duration.SerializeAsString(), out);
  }
  std::string details;
  {
    google::protobuf::io::StringOutputStream stream(&details);
    CodedOutputStream out(&stream);
    out.WriteTag(WireFormatLite::MakeTag(kCode, WireFormatLite::WIRETYPE_VARINT));
    out.WriteVarint32SignExtended(code);
    WriteBytes(kMessage, std::string(message), out);
    WriteBytes(kDetails, any.SerializeAsString(), out);
  }
  return details;
}

std::optional<absl::Duration> RetryDelay(const std::string& details) {
  CodedInputStream in(reinterpret_cast<const uint8_t*>(details.data()), static_cast<int>(details.size()));
  while (const std::optional<std::string> bytes = NextBytes(kDetails, in)) {
    google::protobuf::Any any;
    if (any.ParseFromString(*bytes) && any.type_url() == kRetryInfoType) return DelayOf(any.value());
  }
  return std::nullopt;
}

}  // namespace sandglass
