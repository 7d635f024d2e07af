#include "storage/records.h"

#include <xxhash.h>

#include <utility>

#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "storage/byte_codec.h"

namespace sandglass::storage {
namespace {

constexpr uint8_t kVersion = 1;
constexpr size_t kFrameBytes = 1 + 8;

std::string Framed(ByteWriter writer) {
  const uint64_t checksum = XXH3_64bits(writer.bytes().data(), writer.bytes().size());
  writer.Put(checksum);
  return writer.Take();
}

ByteWriter Begin() {
  ByteWriter writer;
  writer.Put(kVersion);
  return writer;
}

// The content of a frame, if version and checksum are right.
std::optional<absl::string_view> Unframed(absl::string_view bytes) {
  if (bytes.size() < kFrameBytes || static_cast<uint8_t>(bytes[0]) != kVersion) return std::nullopt;
  const absl::string_view body = bytes.substr(0, bytes.size() - 8);
  ByteReader checksum(bytes.substr(body.size()));
  if (checksum.Get<uint64_t>() != XXH3_64bits(body.data(), body.size())) return std::nullopt;
  return body.substr(1);
}

}  // namespace

std::string EncodeHead(const TraceHead& head) {
  ByteWriter writer = Begin();
  writer.Put(static_cast<uint8_t>(head.state));
  writer.Put(static_cast<uint8_t>(head.validation));
  writer.Put(head.epoch);
  writer.Put(head.durable_seq);
  writer.Put(head.sent_operators);
  writer.Put(head.stored_operators);
  writer.Put(head.last_operator_id);
  writer.Put(head.signatures);
  writer.Put(head.signature_bytes);
  writer.Put(static_cast<uint8_t>(head.block_stream));
  writer.Put(head.blocks);
  writer.Put(head.stored_bytes);
  writer.PutArray(head.chain);
  writer.PutArray(head.client_key.bytes);
  writer.PutArray(head.summary_digest);
  writer.Put(static_cast<uint64_t>(head.written_unix_ns));
  return Framed(std::move(writer));
}

std::optional<TraceHead> DecodeHead(absl::string_view bytes) {
  const std::optional<absl::string_view> body = Unframed(bytes);
  if (!body) return std::nullopt;
  ByteReader reader(*body);
  TraceHead head;
  head.state = static_cast<v1::TraceState>(reader.Get<uint8_t>());
  head.validation = static_cast<v1::Validation>(reader.Get<uint8_t>());
  head.epoch = reader.Get<uint64_t>();
  head.durable_seq = reader.Get<uint64_t>();
  head.sent_operators = reader.Get<uint64_t>();
  head.stored_operators = reader.Get<uint64_t>();
  head.last_operator_id = reader.Get<uint64_t>();
  head.signatures = reader.Get<uint32_t>();
  head.signature_bytes = reader.Get<uint64_t>();
  head.block_stream = static_cast<Stream>(reader.Get<uint8_t>());
  head.blocks = reader.Get<uint32_t>();
  head.stored_bytes = reader.Get<uint64_t>();
  head.chain = reader.GetArray<Digest>();
  head.client_key.bytes = reader.GetArray<std::array<uint8_t, 16>>();
  head.summary_digest = reader.GetArray<Digest>();
  head.written_unix_ns = static_cast<int64_t>(reader.Get<uint64_t>());
  if (!reader.ok() || !reader.rest().empty()) return std::nullopt;
  return head;
}

std::string EncodeChunkRecord(const ChunkRecord& record) {
  ByteWriter writer = Begin();
  writer.PutArray(record.payload_digest);
  writer.PutArray(record.chain);
  writer.Put(record.first_operator);
  writer.Put(record.operators);
  v1::Completeness list;
  for (const v1::RejectedRange& range : record.rejected) *list.add_rejected() = range;
  writer.PutBytes(list.SerializeAsString());
  return Framed(std::move(writer));
}

std::optional<ChunkRecord> DecodeChunkRecord(absl::string_view bytes) {
  const std::optional<absl::string_view> body = Unframed(bytes);
  if (!body) return std::nullopt;
  ByteReader reader(*body);
  ChunkRecord record;
  record.payload_digest = reader.GetArray<Digest>();
  record.chain = reader.GetArray<Digest>();
  record.first_operator = reader.Get<uint64_t>();
  record.operators = reader.Get<uint32_t>();
  v1::Completeness list;
  if (!reader.ok() || !list.ParseFromArray(reader.rest().data(), static_cast<int>(reader.rest().size()))) {
    return std::nullopt;
  }
  record.rejected.assign(list.rejected().begin(), list.rejected().end());
  return record;
}

std::string EncodeMessage(const google::protobuf::MessageLite& message) {
  ByteWriter writer = Begin();
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    message.SerializeToCodedStream(&coded);
  }
  writer.PutBytes(bytes);
  return Framed(std::move(writer));
}

bool DecodeMessage(absl::string_view bytes, google::protobuf::MessageLite& message) {
  const std::optional<absl::string_view> body = Unframed(bytes);
  return body && message.ParseFromArray(body->data(), static_cast<int>(body->size()));
}

}  // namespace sandglass::storage
