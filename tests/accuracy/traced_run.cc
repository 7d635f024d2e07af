#include "tests/accuracy/traced_run.h"

#include "analyzer/serve/imported_trace.h"

namespace sandglass::accuracy {

absl::StatusOr<trace::Trace> ReadRun(const std::string& path) {
  const auto imported = serve::ImportedTrace::Import(path, {});
  if (!imported.ok()) return imported.status();
  return (*imported)->Decode();
}

}  // namespace sandglass::accuracy
