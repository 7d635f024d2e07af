// Writes libtorch's values, the arguments and results of operators, into events.
//
// Safe from any thread, with a writer of its own. What libtorch throws comes through.
#ifndef SANDGLASS_COLLECTORS_TORCH_VALUE_WRITER_H_
#define SANDGLASS_COLLECTORS_TORCH_VALUE_WRITER_H_

#include <ATen/core/ivalue.h>

#include <cstdint>

#include "collectors/torch/event.h"

namespace sandglass::collectors {

// Writes the value at that position among the arguments, or among the results, element by element if it is a list.
void WriteValue(EventWriter& writer, uint16_t position, const c10::IValue& value);

}  // namespace sandglass::collectors

#endif  // SANDGLASS_COLLECTORS_TORCH_VALUE_WRITER_H_
