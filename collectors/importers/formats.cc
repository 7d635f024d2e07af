#include "collectors/importers/formats.h"

#include <algorithm>
#include <memory>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "collectors/importers/execution_trace/importer.h"
#include "collectors/importers/execution_trace/trace_reader.h"
#include "collectors/importers/format/byte_source.h"
#include "collectors/importers/kineto/importer.h"

namespace sandglass::collectors {
namespace {

// How much of a file `matches` wants to see.
constexpr size_t kBytesToDetect = 64 << 10;

// Whether it begins as a tar archive does: the mark stands within the header of its first member.
bool IsTar(absl::string_view start) { return start.substr(std::min<size_t>(start.size(), 257), 5) == "ustar"; }

}  // namespace

const std::vector<ImportFormat>& ImportFormats() {
  static const auto& kFormats = *new std::vector<ImportFormat>{
      {"kineto", "Chrome-trace JSON of PyTorch's profiler, plain or gzip", kineto::Matches, kineto::Import},
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
  for (const ImportFormat& format : ImportFormats()) {
    if (format.matches(start)) return &format;
  }
  if (IsTar(start)) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": is a tar archive: unpack it, and import the files in it"));
  }
  return absl::InvalidArgumentError(absl::StrCat(
      path, size == 0 ? ": the file is empty" : ": not a trace of a format that can be imported",
      "; there are: ", absl::StrJoin(ImportFormats(), ", ", [](std::string* out, const ImportFormat& format) {
        absl::StrAppend(out, format.name, " (", format.what, ")");
      })));
}

}  // namespace sandglass::collectors
