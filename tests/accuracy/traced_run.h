// A run that a profiler recorded, read as the product reads it.
#ifndef SANDGLASS_TESTS_ACCURACY_TRACED_RUN_H_
#define SANDGLASS_TESTS_ACCURACY_TRACED_RUN_H_

#include <string>

#include "absl/status/statusor.h"
#include "analyzer/trace/trace.h"

namespace sandglass::accuracy {

// Imports the file into a store of its own, which is gone afterwards, and decodes it. Errors: those of the import.
absl::StatusOr<trace::Trace> ReadRun(const std::string& path);

}  // namespace sandglass::accuracy

#endif  // SANDGLASS_TESTS_ACCURACY_TRACED_RUN_H_
