// Bytes as a LAMMPS log: they are refused, or what comes of them is a trace that a store takes.
#include "collectors/importers/lammps/importer.h"
#include "collectors/importers/lammps/lammps_text.h"
#include "tests/fuzz/fuzzer.h"
#include "tests/fuzz/sound_import.h"

namespace sandglass::fuzz {

using collectors::lammps::kDumbBellsLog;
using collectors::lammps::kMeltLog;

std::vector<std::string> Seeds() { return {kMeltLog, kDumbBellsLog}; }

}  // namespace sandglass::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  sandglass::fuzz::RequireSoundImport(sandglass::collectors::lammps::Matches, sandglass::collectors::lammps::Import,
                                      data, size);
  return 0;
}
