#include "storage/content_digest.h"

#include "absl/strings/str_cat.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"

namespace sandglass::storage {
namespace {

// The digest's first bytes: another way to compute it gets another number.
constexpr char kDomain[] = "sandglass content 1\n";
// Hashing wants long pieces; this is about two hundred operators.
constexpr size_t kFlushBytes = 48 << 10;

void AppendLittleEndian(std::string& out, uint64_t value, int bytes) {
  char buffer[8];
  for (int i = 0; i < bytes; ++i) buffer[i] = static_cast<char>(value >> (8 * i));
  out.append(buffer, static_cast<size_t>(bytes));
}

void AppendMessage(std::string& out, const google::protobuf::MessageLite& message) {
  const std::string bytes = CanonicalBytes(message);
  AppendLittleEndian(out, bytes.size(), 8);
  out += bytes;
}

}  // namespace

std::string CanonicalBytes(const google::protobuf::MessageLite& message) {
  std::string bytes;
  google::protobuf::io::StringOutputStream stream(&bytes);
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.SetSerializationDeterministic(true);
  message.SerializeToCodedStream(&coded);
  coded.Trim();
  return bytes;
}

ContentDigest::ContentDigest(absl::Span<const v1::OpSignature> signatures) {
  signatures_.reserve(signatures.size());
  for (const v1::OpSignature& signature : signatures) signatures_.push_back(Sha256(CanonicalBytes(signature)));
  buffer_.reserve(kFlushBytes + 1024);
}

absl::Status ContentDigest::Add(const v1::OperatorColumns& columns) {
  return ForEachRow(columns, [this](const OperatorRow& row) {
    if (row.signature >= signatures_.size()) {
      return absl::InvalidArgumentError(
          absl::StrCat("operators.signature: ", row.signature, " of ", signatures_.size()));
    }
    Add(row);
    return absl::OkStatus();
  });
}

void ContentDigest::Add(const OperatorRow& row) {
  const Digest& signature = signatures_[row.signature];
  buffer_.append(reinterpret_cast<const char*>(signature.data()), signature.size());
  AppendLittleEndian(buffer_, row.present, 4);
  for (uint64_t value : row.values) AppendLittleEndian(buffer_, value, 8);
  for (const auto& list : row.lists) {
    AppendLittleEndian(buffer_, list.size(), 4);
    for (uint64_t value : list) AppendLittleEndian(buffer_, value, 8);
  }
  ++operators_;
  if (buffer_.size() < kFlushBytes) return;
  stream_.Update(buffer_);
  buffer_.clear();
}

Digest ContentDigest::Finish(const v1::TraceHeader& header, const v1::TraceSummary& summary) {
  stream_.Update(buffer_);
  std::string bytes = kDomain;
  AppendMessage(bytes, header);
  AppendMessage(bytes, summary);
  AppendLittleEndian(bytes, operators_, 8);
  bytes += DigestBytes(stream_.Finish());
  return Sha256(bytes);
}

}  // namespace sandglass::storage
