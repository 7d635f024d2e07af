// Traces whose operators follow from their numbers, so that what a store has can be told from the count alone.
//
// Pure functions.
#ifndef SANDGLASS_TESTS_FAULTS_NUMBERED_TRACE_H_
#define SANDGLASS_TESTS_FAULTS_NUMBERED_TRACE_H_

#include <cstdint>
#include <string>

#include "proto/trace.pb.h"

namespace sandglass::faults {

// Operator `id`, from 1 on. Traces of other `variant`s have other operators. With `bulky`, hardly two operators are of
// one signature, and a store grows by some 150 bytes with each.
v1::Operator NumberedOperator(uint64_t id, int variant = 0, bool bulky = false);
v1::TraceHeader NumberedHeader(const std::string& name = "numbered");
v1::TraceSummary OneStep();

}  // namespace sandglass::faults

#endif  // SANDGLASS_TESTS_FAULTS_NUMBERED_TRACE_H_
