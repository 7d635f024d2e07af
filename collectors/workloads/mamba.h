// `mamba`: a language model of Mamba-1 blocks (Gu and Dao 2023): selective state spaces instead of attention.
//
// A block: input projection, causal depthwise convolution over time, SiLU, projections that make the scan's delta, B
// and C from the data, selective scan, gate, output projection. Training and prefill scan a whole sequence, as one
// operator or step by step (`scan`); decode carries convolution window and state from token to token, so its cost does
// not grow with the context. Work is counted in tokens, as for `transformer`.
#ifndef SANDGLASS_COLLECTORS_WORKLOADS_MAMBA_H_
#define SANDGLASS_COLLECTORS_WORKLOADS_MAMBA_H_

#include <memory>

#include "collectors/workloads/workload.h"

namespace sandglass::collectors {

// Errors of Prepare: InvalidArgument where an option does not fit.
std::unique_ptr<Workload> MakeMamba(const WorkloadOptions& options);

}  // namespace sandglass::collectors

#endif  // SANDGLASS_COLLECTORS_WORKLOADS_MAMBA_H_
