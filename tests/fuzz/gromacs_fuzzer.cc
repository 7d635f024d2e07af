// Bytes as a GROMACS log: they are refused, or what comes of them is a trace that a store takes.
#include "collectors/importers/gromacs/gromacs_text.h"
#include "collectors/importers/gromacs/importer.h"
#include "tests/fuzz/fuzzer.h"
#include "tests/fuzz/sound_import.h"

namespace sandglass::fuzz {

using collectors::gromacs::kLog;
using collectors::gromacs::kTimesWithMeshRank;

std::vector<std::string> Seeds() {
  const std::string log = kLog;
  return {log, log.substr(0, log.find("On 1 MPI rank")) + kTimesWithMeshRank,
          log.substr(0, log.find("M E G A")) + log.substr(log.find("GROMACS version"))};
}

}  // namespace sandglass::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  sandglass::fuzz::RequireSoundImport(sandglass::collectors::gromacs::Matches, sandglass::collectors::gromacs::Import,
                                      data, size);
  return 0;
}
