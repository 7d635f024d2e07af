// `moe`: a decoder whose feed-forward is a mixture of experts: each token goes to the `top_k` experts that a router
// scores highest, and their results are added by score.
//
// Tokens are sorted by expert, each expert works on its own run of them, and the results are scattered back; no token
// is dropped, so experts' batches are uneven. A shape run has no scores and gives every expert an equal share. Training
// takes the cross entropy of each next token; inference runs forward only. Work is counted in tokens.
#ifndef SANDGLASS_COLLECTORS_WORKLOADS_MOE_H_
#define SANDGLASS_COLLECTORS_WORKLOADS_MOE_H_

#include <memory>

#include "collectors/workloads/workload.h"

namespace sandglass::collectors {

// Errors of Prepare: InvalidArgument where sizes do not fit one another.
std::unique_ptr<Workload> MakeMoe(const WorkloadOptions& options);

}  // namespace sandglass::collectors

#endif  // SANDGLASS_COLLECTORS_WORKLOADS_MOE_H_
