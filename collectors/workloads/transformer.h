// `transformer`: a pre-norm decoder with rotary positions, unfused causal attention and a SwiGLU feed-forward.
//
// Training reads `batch` sequences of `tokens`, takes the cross entropy of each next token, and steps AdamW. Prefill
// reads a prompt into the key-value cache and predicts its next token. Decode adds one token a step to a cache of
// `context` positions. Work is counted in tokens read (training, prefill) or written (decode).
#ifndef SANDGLASS_COLLECTORS_WORKLOADS_TRANSFORMER_H_
#define SANDGLASS_COLLECTORS_WORKLOADS_TRANSFORMER_H_

#include <memory>

#include "collectors/workloads/workload.h"

namespace sandglass::collectors {

// Errors of Prepare: InvalidArgument where sizes do not fit one another.
std::unique_ptr<Workload> MakeTransformer(const WorkloadOptions& options);

}  // namespace sandglass::collectors

#endif  // SANDGLASS_COLLECTORS_WORKLOADS_TRANSFORMER_H_
