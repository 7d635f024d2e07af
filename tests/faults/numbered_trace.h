// A trace whose operators follow from their numbers, so that any process can make it and any can check it.
//
// Pure functions.
#ifndef SANDGLASS_TESTS_FAULTS_NUMBERED_TRACE_H_
#define SANDGLASS_TESTS_FAULTS_NUMBERED_TRACE_H_

#include <cstdint>

#include "proto/trace.pb.h"

namespace sandglass::faults {

v1::TraceHeader NumberedHeader();
// Of id `id`, from 1.
v1::Operator NumberedOperator(uint64_t id);
v1::TraceSummary NumberedSummary();

}  // namespace sandglass::faults

#endif  // SANDGLASS_TESTS_FAULTS_NUMBERED_TRACE_H_
