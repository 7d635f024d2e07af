// Runs a fuzzer without libFuzzer: on its seeds, on truncations of them, at every byte where they are not large, and on
// seeded random mutations. The same inputs each time, so that it serves as a test. Its argument says how many
// mutations. A fuzzer that asks for real traces and finds none skips a test case of that name.
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <random>

#include "tests/fuzz/fuzzer.h"

namespace {

constexpr int kMostChanges = 8;
// Of one seed; of a larger one they are evenly apart.
constexpr size_t kMostTruncations = 4096;

void RunOn(const std::string& input) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(input.data()), input.size());
}

std::string Mutate(std::string input, std::mt19937_64& random) {
  const auto below = [&](size_t n) { return static_cast<size_t>(random() % n); };
  for (size_t changes = 1 + below(kMostChanges); changes > 0 && !input.empty(); --changes) {
    const size_t at = below(input.size());
    switch (below(4)) {
      case 0:
        input[at] = static_cast<char>(random());
        break;
      case 1:
        input[at] = static_cast<char>(input[at] ^ (1 << below(8)));
        break;
      case 2:
        input.insert(at, 1, static_cast<char>(0xff));
        break;
      default:
        input.erase(at, 1 + below(4));
    }
  }
  return input;
}

// For whoever counts test cases, as Bazel asks for it.
bool WriteResults() {
  const char* path = std::getenv("XML_OUTPUT_FILE");
  if (path == nullptr) return true;
  std::ofstream xml(path);
  xml << "<testsuites><testsuite name=\"fuzzer\"><testcase name=\"inputs\"/>";
  if (sandglass::fuzz::real_traces != sandglass::fuzz::RealTraces::kNotAsked) {
    const bool absent = sandglass::fuzz::real_traces == sandglass::fuzz::RealTraces::kAbsent;
    xml << "<testcase name=\"real_traces\">" << (absent ? "<skipped/>" : "") << "</testcase>";
  }
  xml << "</testsuite></testsuites>\n";
  xml.close();
  return xml.good();
}

}  // namespace

int main(int argc, char** argv) {
  const int mutations = argc == 2 ? std::atoi(argv[1]) : 0;
  if (mutations <= 0) {
    std::fprintf(stderr, "how many mutations? give one number above 0\n");
    return 1;
  }
  const std::vector<std::string> seeds = sandglass::fuzz::Seeds();
  int inputs = 0;
  for (const std::string& seed : seeds) {
    const size_t step = 1 + seed.size() / kMostTruncations;
    for (size_t length = 0; length < seed.size(); length += step, ++inputs) RunOn(seed.substr(0, length));
    RunOn(seed);
    ++inputs;
  }
  std::mt19937_64 random(20261123);
  for (int i = 0; i < mutations; ++i, ++inputs) RunOn(Mutate(seeds[random() % seeds.size()], random));
  std::printf("%d inputs from %zu seeds\n", inputs, seeds.size());
  if (sandglass::fuzz::real_traces == sandglass::fuzz::RealTraces::kAbsent) {
    std::printf("skipped: real traces; set SANDGLASS_DATA to the folder that holds traces/MANIFEST.tsv\n");
  }
  return WriteResults() ? 0 : 1;
}
