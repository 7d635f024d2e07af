// `liquid`: networks of continuous-time neurons that learn to predict series.
//
// `ltc`: liquid time-constant cells (Hasani et al. 2021): each time step solves an ODE by `unfolds` semi-implicit Euler
// steps, each of which depends on the one before. `cfc`: closed-form continuous-time cells (Hasani et al. 2022), which
// replace the solver by one formula. Training takes `batch` series of `tokens` time steps and the squared error of the
// next value; inference runs forward only. Work is counted in tokens: time steps of a series.
#ifndef SANDGLASS_COLLECTORS_WORKLOADS_LIQUID_H_
#define SANDGLASS_COLLECTORS_WORKLOADS_LIQUID_H_

#include <memory>

#include "collectors/workloads/workload.h"

namespace sandglass::collectors {

// Errors of Prepare: InvalidArgument where an option does not fit.
std::unique_ptr<Workload> MakeLiquid(const WorkloadOptions& options);

}  // namespace sandglass::collectors

#endif  // SANDGLASS_COLLECTORS_WORKLOADS_LIQUID_H_
