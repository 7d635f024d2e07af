// For tests of this importer: text in, operators out.
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_EXECUTION_TRACE_IMPORT_TEXT_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_EXECUTION_TRACE_IMPORT_TEXT_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "collectors/importers/execution_trace/importer.h"
#include "collectors/importers/format/byte_source.h"
#include "collectors/importers/format/importer.h"
#include "collectors/importers/format/keeping_sink.h"

namespace sandglass::collectors::execution_trace {

inline absl::StatusOr<ImportReport> ImportText(const std::string& text, KeepingSink& sink, ImportOptions options = {}) {
  options.name = "test";
  const std::unique_ptr<ByteSource> source = MemoryByteSource(text);
  return Import(*source, options, sink);
}

}  // namespace sandglass::collectors::execution_trace

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_EXECUTION_TRACE_IMPORT_TEXT_H_
