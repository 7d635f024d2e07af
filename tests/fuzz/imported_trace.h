// What every trace that an importer makes of any bytes must be: one that a store takes.
#ifndef SANDGLASS_TESTS_FUZZ_IMPORTED_TRACE_H_
#define SANDGLASS_TESTS_FUZZ_IMPORTED_TRACE_H_

#include "collectors/importers/format/keeping_sink.h"

namespace sandglass::fuzz {

// Ends the program, with the reason, if the trace that `sink` got is not sound.
void RequireSoundTrace(const collectors::KeepingSink& sink);

}  // namespace sandglass::fuzz

#endif  // SANDGLASS_TESTS_FUZZ_IMPORTED_TRACE_H_
