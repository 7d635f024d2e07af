// Traces and their operators as tables of plain text.
//
// Pure; safe from any thread. Names are sanitised; what is unknown is "?".
#ifndef SANDGLASS_ANALYZER_REPORT_TRACE_TABLE_H_
#define SANDGLASS_ANALYZER_REPORT_TRACE_TABLE_H_

#include <string>
#include <vector>

#include "absl/types/span.h"
#include "proto/trace.pb.h"

namespace sandglass::report {

// One line a trace.
std::string TraceList(absl::Span<const v1::TraceManifest> manifests);

// All that the manifest says.
std::string TraceText(const v1::TraceManifest& manifest);

// "f32[8,128,256]"; "?" where the shape is not known.
std::string TensorText(const v1::Tensor& tensor);

// Operators as a list, page by page.
class OperatorTable {
 public:
  // `signatures` are those of the trace and must outlive the table.
  explicit OperatorTable(absl::Span<const v1::OpSignature> signatures) : signatures_(signatures) {}

  // The header line.
  static std::string Header();

  // One line: id, parent, kind, duration, name, inputs -> outputs. `signature` is the number of its signature.
  std::string Line(const v1::Operator& op, uint32_t signature) const;

 private:
  absl::Span<const v1::OpSignature> signatures_;
};

}  // namespace sandglass::report

#endif  // SANDGLASS_ANALYZER_REPORT_TRACE_TABLE_H_
