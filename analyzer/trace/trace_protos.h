// The one place where a stored trace's protos become a trace::Trace.
//
// A sealed trace was validated when it was taken in, so errors here mean damage or a caller's mistake, and say which
// trace and where. Memory is linear in the trace. A decoder is used by one thread at a time.
#ifndef SANDGLASS_ANALYZER_TRACE_TRACE_PROTOS_H_
#define SANDGLASS_ANALYZER_TRACE_TRACE_PROTOS_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "analyzer/trace/trace.h"
#include "proto/operator_columns.h"
#include "proto/trace.pb.h"

namespace sandglass::trace {

// Ranks of each process group of the header, in its order.
using GroupSizes = std::vector<int64_t>;

// What is the same in every occurrence of an operator. Numbers of enums that this program does not know become kOther
// (element types) or kUnspecified (kinds).
Signature SignatureFromProto(const v1::OpSignature& proto, const GroupSizes& group_sizes = {});

// Makes a trace from its manifest, its signatures and, block after block in order, its operators.
class TraceDecoder {
 public:
  // `signatures` are those of the trace from number 0; blocks may bring more.
  TraceDecoder(const v1::TraceManifest& manifest, absl::Span<const v1::OpSignature> signatures);

  // Takes the next block. Errors: DataLoss, naming trace, operator and column, where the block contradicts itself or
  // refers to a signature that the trace does not have. After an error the decoder is of no more use.
  absl::Status Add(const v1::OperatorColumns& columns);

  // The trace, with parents and launchers resolved to indices; one that was not recorded becomes kNoParent. Errors:
  // DataLoss, where there are fewer or more operators than the manifest says, or parents form a circle.
  absl::StatusOr<Trace> Finish() &&;

 private:
  absl::Status AddRow(const OperatorRow& row);
  absl::Status ResolveIds();
  absl::Status CheckNoCircle() const;

  Trace trace_;
  uint64_t expected_operators_ = 0;
  GroupSizes group_sizes_;
  // Parent's and launcher's id of each operator; 0: none. `launcher_ids_` is as long as the last one needs.
  std::vector<uint64_t> parent_ids_;
  std::vector<uint64_t> launcher_ids_;
  bool ids_increase_ = true;
};

}  // namespace sandglass::trace

#endif  // SANDGLASS_ANALYZER_TRACE_TRACE_PROTOS_H_
