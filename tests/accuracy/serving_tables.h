// What tables of serving stacks have in common, and how they were timed.
#ifndef SANDGLASS_TESTS_ACCURACY_SERVING_TABLES_H_
#define SANDGLASS_TESTS_ACCURACY_SERVING_TABLES_H_

#include "analyzer/quantities/quantities.h"

namespace sandglass::accuracy {

// The column that names the kernels which a call went to; some tables lack it.
inline constexpr char kKernelColumn[] = "kernel_source";

// Tables without a column of power were timed in loops so short that products below about a millisecond ran at full
// clock: on all four systems the rate of larger ones falls there, and in tables with power it does not depend on their
// size.
inline constexpr auto kServingPowerWindow = Seconds::Of(1e-3);

}  // namespace sandglass::accuracy

#endif  // SANDGLASS_TESTS_ACCURACY_SERVING_TABLES_H_
