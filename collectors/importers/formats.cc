#include "collectors/importers/formats.h"

#include <algorithm>
#include <memory>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "collectors/importers/chakra/importer.h"
#include "collectors/importers/execution_trace/importer.h"
#include "collectors/importers/execution_trace/trace_reader.h"
#include "collectors/importers/format/byte_source.h"
#include "collectors/importers/gromacs/importer.h"
#include "collectors/importers/kineto/importer.h"
#include "collectors/importers/lammps/importer.h"
#include "collectors/importers/nsight/importer.h"
#include "collectors/importers/onnxruntime/importer.h"
#include "collectors/importers/rocprofv3/importer.h"
#include "collectors/importers/xplane/importer.h"

namespace sandglass::collectors {
namespace {

// How much of a file `matches` wants to see.
constexpr size_t kBytesToDetect = 64 << 10;

// Whether the file is a tar archive: its first member's header has a mark.
bool IsArchive(absl::string_view start) {
  constexpr size_t kMark = 257;
  return start.size() > kMark && absl::StartsWith(start.substr(kMark), "ustar");
}

}  // namespace

const std::vector<ImportFormat>& ImportFormats() {
  static const auto& kFormats = *new std::vector<ImportFormat>{
      {"kineto", "Chrome-trace JSON of PyTorch's profiler, plain or gzip", kineto::Matches, kineto::Import,
       /*takes_companions=*/true},
      {"onnxruntime", "ONNX Runtime's profile, plain or gzip", onnxruntime::Matches, onnxruntime::Import},
      {"rocprofv3", "JSON of AMD's rocprofv3, plain or gzip", rocprofv3::Matches, rocprofv3::Import},
      {"chakra", "Chakra execution trace (protobuf), plain or gzip", chakra::Matches, chakra::Import},
      {"xplane", ".xplane.pb of TensorFlow's and JAX's profiler, plain or gzip", xplane::Matches, xplane::Import},
      {"gromacs-log", "the log of a GROMACS run, plain or gzip", gromacs::Matches, gromacs::Import},
      {"lammps-log", "the log of LAMMPS runs, plain or gzip", lammps::Matches, lammps::Import},
      {"nsight", "an SQLite export of Nsight Systems, plain or gzip", nsight::Matches, nsight::Import},
      {execution_trace::kFormatName, "JSON of PyTorch's ExecutionTraceObserver, plain or gzip",
       execution_trace::Matches, execution_trace::Import},
  };
  return kFormats;
}

absl::StatusOr<const ImportFormat*> DetectFormat(const std::string& path) {
  const absl::StatusOr<std::unique_ptr<ByteSource>> source = OpenByteSource(path);
  if (!source.ok()) return source.status();
  std::string start(kBytesToDetect, '\0');
  size_t size = 0;
  while (size < start.size()) {
    const absl::StatusOr<size_t> count = (*source)->Read(start.data() + size, start.size() - size);
    // What could be unpacked before the damage may tell.
    if (!count.ok() && size > 0) break;
    if (!count.ok()) return absl::Status(count.status().code(), absl::StrCat(path, ": ", count.status().message()));
    if (*count == 0) break;
    size += *count;
  }
  start.resize(size);
  // First: the beginning of a member is not that of a file.
  if (IsArchive(start)) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": a tar archive: unpack it (tar xf ", path, ") and import the trace files in it"));
  }
  for (const ImportFormat& format : ImportFormats()) {
    if (format.matches(start)) return &format;
  }
  return absl::InvalidArgumentError(absl::StrCat(
      path, size == 0 ? ": the file is empty" : ": not a trace of a format that can be imported",
      "; there are: ", absl::StrJoin(ImportFormats(), ", ", [](std::string* out, const ImportFormat& format) {
        absl::StrAppend(out, format.name, " (", format.what, ")");
      })));
}

}  // namespace sandglass::collectors
