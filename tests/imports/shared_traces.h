// Real traces of other people's runs, for tests: $SANDGLASS_DATA/traces.
#ifndef SANDGLASS_TESTS_IMPORTS_SHARED_TRACES_H_
#define SANDGLASS_TESTS_IMPORTS_SHARED_TRACES_H_

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "collectors/importers/format/byte_source.h"
#include "collectors/importers/format/keeping_sink.h"
#include "collectors/importers/formats.h"

namespace sandglass::imports {

// Where the traces are; empty: nowhere.
inline std::string Traces() {
  const char* data = std::getenv("SANDGLASS_DATA");
  const std::string traces = absl::StrCat(data == nullptr ? "" : data, "/traces");
  return data != nullptr && std::filesystem::exists(traces) ? traces : "";
}

// For the beginning of a test that needs them.
#define SKIP_WITHOUT_TRACES() \
  if (Traces().empty()) GTEST_SKIP() << "set SANDGLASS_DATA to the folder that holds traces/MANIFEST.tsv"

// Imports a file into `sink`, by the format that it shows.
inline absl::StatusOr<collectors::ImportReport> ImportFile(const std::string& path, collectors::KeepingSink& sink) {
  const auto format = collectors::DetectFormat(path);
  if (!format.ok()) return format.status();
  const auto source = collectors::OpenByteSource(path);
  if (!source.ok()) return source.status();
  collectors::ImportOptions options;
  options.name = "shared";
  return (*format)->import(**source, options, sink);
}

// As ImportFile, for a path below Traces().
inline absl::StatusOr<collectors::ImportReport> ImportShared(const std::string& file, collectors::KeepingSink& sink) {
  return ImportFile(absl::StrCat(Traces(), "/", file), sink);
}

inline uint64_t At(const collectors::Counts& counts, const char* name) {
  const auto found = counts.find(name);
  return found == counts.end() ? 0 : found->second;
}

}  // namespace sandglass::imports

#endif  // SANDGLASS_TESTS_IMPORTS_SHARED_TRACES_H_
