// What an importer makes of any bytes must be a trace that a store takes.
#ifndef SANDGLASS_TESTS_FUZZ_SOUND_IMPORT_H_
#define SANDGLASS_TESTS_FUZZ_SOUND_IMPORT_H_

#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"
#include "collectors/importers/format/importer.h"

namespace sandglass::fuzz {

// Asks whether the bytes match, and imports them, as the options say. Ends the process, with the rule that is broken,
// where they are taken and what comes of them is no sound trace.
void RequireSoundImport(bool (*matches)(absl::string_view), collectors::ImportFunction import, const uint8_t* data,
                        size_t size, collectors::ImportOptions options = {});

}  // namespace sandglass::fuzz

#endif  // SANDGLASS_TESTS_FUZZ_SOUND_IMPORT_H_
