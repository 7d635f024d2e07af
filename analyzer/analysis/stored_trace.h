// A sealed trace of a store, decoded.
#ifndef SANDGLASS_ANALYZER_ANALYSIS_STORED_TRACE_H_
#define SANDGLASS_ANALYZER_ANALYSIS_STORED_TRACE_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "analyzer/trace/trace.h"
#include "proto/trace.pb.h"
#include "storage/trace_store.h"

namespace sandglass::analysis {

// Errors: those of reading the store; DataLoss, where what is stored contradicts itself.
absl::StatusOr<trace::Trace> ReadTrace(const storage::TraceStore& store, uint32_t tenant,
                                       const v1::TraceManifest& manifest);

}  // namespace sandglass::analysis

#endif  // SANDGLASS_ANALYZER_ANALYSIS_STORED_TRACE_H_
