// The door of the store: every header, signature, operator and summary is checked here once, and trusted inside.
//
// Errors are InvalidArgument and name the field path, the value and the rule; the caller adds which operator. The
// functions are pure and may be called from several threads at once.
#ifndef SANDGLASS_PROTO_TRACE_VALIDATOR_H_
#define SANDGLASS_PROTO_TRACE_VALIDATOR_H_

#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"
#include "proto/operator_columns.h"
#include "proto/trace.pb.h"

namespace sandglass {

// Caps on what one trace may hold. They are far above what models need, and keep a hostile producer from making
// readers do unbounded work on one record.
inline constexpr size_t kMaxNameBytes = 4096;
inline constexpr size_t kMaxTraceNameBytes = 200;
inline constexpr size_t kMaxTextBytes = 64 << 10;
inline constexpr size_t kMaxSignatureBytes = 512 << 10;
inline constexpr int kMaxDims = 64;
inline constexpr int kMaxTensors = 16384;
inline constexpr int kMaxListEntries = 65536;
inline constexpr uint32_t kMaxSignatures = 1 << 20;
inline constexpr uint64_t kMaxSignatureTotalBytes = 64 << 20;

// What operators of a trace may refer to.
struct TraceLimits {
  uint32_t devices = 0;
  uint32_t process_groups = 0;

  static TraceLimits Of(const v1::TraceHeader& header);
};

// A name of letters, digits, '.', '_', '-' and '/', not empty, that does not look like a trace id; counts and lengths
// under their caps; rank below world_size; nothing negative.
absl::Status ValidateHeader(const v1::TraceHeader& header);

// Work in units that are known, each once, finite and above zero; a window that does not end before it begins.
// `rejected` must be empty: the store fills it.
absl::Status ValidateSummary(const v1::TraceSummary& summary);

// A kind and a name; figures that are finite, not negative and say how they came to be; sizes that are not negative
// and whose bytes fit in 63 bits. Attributes may be any number: a fill with minus infinity is legitimate.
absl::Status ValidateSignature(const v1::OpSignature& signature, const TraceLimits& limits);

// An id greater than `previous_id`, so that ids are unique and nothing needs to be remembered but the last; no
// reference to itself or to 0; durations and energy not negative; a time span that fits; as many storage ids as the
// signature has tensors, or fewer.
absl::Status ValidateRow(const OperatorRow& row, uint64_t previous_id, uint32_t signature_tensors,
                         const TraceLimits& limits);

}  // namespace sandglass

#endif  // SANDGLASS_PROTO_TRACE_VALIDATOR_H_
