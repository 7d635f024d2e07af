// What every fuzzer here defines. Under --config=fuzz libFuzzer drives it; otherwise mutation_main.cc does, as a test.
#ifndef SANDGLASS_TESTS_FUZZ_FUZZER_H_
#define SANDGLASS_TESTS_FUZZ_FUZZER_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

// Takes any bytes; must neither crash nor break a law (it aborts if it does).
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace sandglass::fuzz {

// Good inputs to begin from.
std::vector<std::string> Seeds();

// What became of the real traces, of those that are not kept in the repository, that Seeds() asked for.
enum class RealTraces { kNotAsked, kRead, kAbsent };
inline RealTraces real_traces = RealTraces::kNotAsked;

}  // namespace sandglass::fuzz

#endif  // SANDGLASS_TESTS_FUZZ_FUZZER_H_
