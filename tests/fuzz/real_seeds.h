// Real traces of other people's runs, for fuzzers to begin from.
#ifndef SANDGLASS_TESTS_FUZZ_REAL_SEEDS_H_
#define SANDGLASS_TESTS_FUZZ_REAL_SEEDS_H_

#include <string>
#include <vector>

namespace sandglass::fuzz {

// Adds real files, unpacked, to the seeds: those paths below $SANDGLASS_DATA/traces; none, where that is not there, and
// `real_traces` says so.
std::vector<std::string> WithRealTraces(std::vector<std::string> seeds, const std::vector<std::string>& paths);

}  // namespace sandglass::fuzz

#endif  // SANDGLASS_TESTS_FUZZ_REAL_SEEDS_H_
