// The end of every import: the header as all formats have it, and the way of the operators into the sink.
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_FORMAT_SEND_TRACE_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_FORMAT_SEND_TRACE_H_

#include <cstdint>
#include <functional>
#include <optional>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "collectors/importers/format/device_class.h"
#include "collectors/importers/format/importer.h"
#include "collectors/trace_sink.h"
#include "proto/trace.pb.h"

namespace sandglass::collectors {

// A header of a measured run with what does not depend on the file's content.
v1::TraceHeader HeaderFor(const ImportOptions& options, absl::string_view format, absl::string_view generation);

// Adds a device that its driver calls `raw_name`. Its silicon class is the user's, or else what the name or the counts
// say, if that is one class.
void AddDevice(absl::string_view raw_name, std::optional<uint32_t> ordinal, const ImportOptions& options,
               v1::TraceHeader& header, const DeviceCounts& counts = {});

using TakeOperator = std::function<absl::Status(const v1::Operator&)>;
// Hands every operator to `take`, in the order of the trace, until that fails.
using WriteOperators = std::function<absl::Status(const TakeOperator& take)>;

// Hands `op` to `take` with a signature that is lent for the call, not copied: signatures are large and operators many.
inline absl::Status TakeWith(v1::OpSignature& signature, v1::Operator& op, const TakeOperator& take) {
  op.unsafe_arena_set_allocated_signature(&signature);
  absl::Status status = take(op);
  op.unsafe_arena_release_signature();
  return status;
}

// Sends the trace of report.header and seals it with `summary`, to which are added report.missing and the user's work
// done; sets report.manifest. After an error the sink was aborted.
absl::Status SendTrace(const WriteOperators& write, v1::TraceSummary summary, const ImportOptions& options,
                       TraceSink& sink, ImportReport& report);

}  // namespace sandglass::collectors

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_FORMAT_SEND_TRACE_H_
