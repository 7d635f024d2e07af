#include "analyzer/analysis/stored_trace.h"

#include <utility>

#include "absl/status/status.h"
#include "analyzer/trace/trace_protos.h"
#include "proto/operator_columns.h"

namespace sandglass::analysis {

absl::StatusOr<trace::Trace> ReadTrace(const storage::TraceStore& store, uint32_t tenant,
                                       const v1::TraceManifest& manifest) {
  const auto signatures = store.ReadSignatures(tenant, manifest.trace_id());
  if (!signatures.ok()) return signatures.status();
  trace::TraceDecoder decoder(manifest, *signatures);
  const absl::Status read = store.ReadColumns(tenant, manifest.trace_id(), 0,
                                              [&](uint64_t, const v1::OperatorColumns& block) -> absl::StatusOr<bool> {
                                                if (absl::Status status = decoder.Add(block); !status.ok())
                                                  return status;
                                                return true;
                                              });
  if (!read.ok()) return read;
  return std::move(decoder).Finish();
}

}  // namespace sandglass::analysis
