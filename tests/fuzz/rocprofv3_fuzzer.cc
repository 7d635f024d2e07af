// Bytes as a file of rocprofv3: they are refused, or what comes of them is a trace that a store takes.
#include "absl/strings/str_cat.h"
#include "collectors/importers/rocprofv3/capture_text.h"
#include "collectors/importers/rocprofv3/importer.h"
#include "tests/fuzz/fuzzer.h"
#include "tests/fuzz/sound_import.h"

namespace sandglass::fuzz {

using collectors::rocprofv3::CaptureFile;
using collectors::rocprofv3::CaptureProcess;
using collectors::rocprofv3::CopyRecord;
using collectors::rocprofv3::DispatchRecord;

std::vector<std::string> Seeds() {
  return {
      CaptureFile(CaptureProcess(absl::StrCat(DispatchRecord(2, 5000, 5400), ",", DispatchRecord(1, 3000, 5100, 41)),
                                 absl::StrCat(CopyRecord(10, 30, 39, 41, 4096), ",", CopyRecord(20, 30, 40, 39, 64)),
                                 R"({"a":1},{"b":2})")),
      CaptureFile(
          absl::StrCat(CaptureProcess(DispatchRecord(9, 1, 2, 99, "")), ",", CaptureProcess(DispatchRecord(1, 1, 2)))),
  };
}

}  // namespace sandglass::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  sandglass::fuzz::RequireSoundImport(sandglass::collectors::rocprofv3::Matches,
                                      sandglass::collectors::rocprofv3::Import, data, size);
  return 0;
}
