// PyTorch's numbers of element types, as attributes of traces have them.
//
// Internal to analyzer/ops. Pure; safe from any thread.
#ifndef SANDGLASS_ANALYZER_OPS_SCALAR_TYPE_H_
#define SANDGLASS_ANALYZER_OPS_SCALAR_TYPE_H_

#include <cstdint>
#include <optional>

#include "analyzer/trace/trace.h"

namespace sandglass::ops {

// The element type that PyTorch's ScalarType counts as `number`; nullopt: none that is known here.
std::optional<trace::DataType> ScalarType(int64_t number);

}  // namespace sandglass::ops

#endif  // SANDGLASS_ANALYZER_OPS_SCALAR_TYPE_H_
