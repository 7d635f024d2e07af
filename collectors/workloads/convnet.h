// `convnet`: a small residual network for images (He et al. 2016): a stem, three stages of basic blocks at width,
// twice and four times the width, each half as large as the one before, and a linear classifier.
//
// Training takes the cross entropy of `batch` images' labels with batch normalization over the batch; inference uses
// running statistics. Work is counted in samples: images.
#ifndef SANDGLASS_COLLECTORS_WORKLOADS_CONVNET_H_
#define SANDGLASS_COLLECTORS_WORKLOADS_CONVNET_H_

#include <memory>

#include "collectors/workloads/workload.h"

namespace sandglass::collectors {

// Errors of Prepare: InvalidArgument where an option does not fit.
std::unique_ptr<Workload> MakeConvnet(const WorkloadOptions& options);

}  // namespace sandglass::collectors

#endif  // SANDGLASS_COLLECTORS_WORKLOADS_CONVNET_H_
