// The content digest of a trace: a SHA-256 that depends on what the trace says, and not on how it came or is kept.
//
// Operators are hashed one by one in fixed fields, with the SHA-256 of their signature in place of its number, so
// chunks, payload forms, the numbering of signatures and the division into blocks do not matter. See FORMAT.md.
// Not safe for use by several threads at once.
#ifndef SANDGLASS_STORAGE_CONTENT_DIGEST_H_
#define SANDGLASS_STORAGE_CONTENT_DIGEST_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "proto/chain_digest.h"
#include "proto/operator_columns.h"
#include "proto/trace.pb.h"

namespace sandglass::storage {

class ContentDigest {
 public:
  // `signatures` are all that the trace has, by number.
  explicit ContentDigest(absl::Span<const v1::OpSignature> signatures);

  // Adds the next operators. InvalidArgument if the columns are not sound or refer to unknown signatures.
  absl::Status Add(const v1::OperatorColumns& columns);

  // How many operators were added.
  uint64_t operators() const { return operators_; }

  // The digest of the trace. To be called once, last.
  Digest Finish(const v1::TraceHeader& header, const v1::TraceSummary& summary);

 private:
  void Add(const OperatorRow& row);

  std::vector<Digest> signatures_;
  Sha256Stream stream_;
  std::string buffer_;
  uint64_t operators_ = 0;
};

// The serialized form that digests are taken of: fields in order of their numbers, defaults left out.
std::string CanonicalBytes(const google::protobuf::MessageLite& message);

}  // namespace sandglass::storage

#endif  // SANDGLASS_STORAGE_CONTENT_DIGEST_H_
