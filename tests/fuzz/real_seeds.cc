#include "tests/fuzz/real_seeds.h"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "collectors/importers/format/byte_source.h"
#include "collectors/importers/format/read_whole.h"
#include "tests/fuzz/fuzzer.h"

namespace sandglass::fuzz {
namespace {

constexpr uint64_t kMostSeedBytes = uint64_t{1} << 30;

void RequireRead(const absl::Status& status) {
  if (status.ok()) return;
  std::fprintf(stderr, "a real trace cannot be read: %s\n", status.ToString().c_str());
  std::abort();
}

}  // namespace

std::vector<std::string> WithRealTraces(std::vector<std::string> seeds, const std::vector<std::string>& paths) {
  const char* data = std::getenv("SANDGLASS_DATA");
  const std::string traces = absl::StrCat(data == nullptr ? "" : data, "/traces/");
  const bool are_there = data != nullptr && std::filesystem::exists(traces);
  real_traces = are_there ? RealTraces::kRead : RealTraces::kAbsent;
  for (const std::string& path : are_there ? paths : std::vector<std::string>()) {
    const auto source = collectors::OpenByteSource(traces + path);
    RequireRead(source.status());
    absl::StatusOr<std::string> seed = collectors::ReadWhole(**source, kMostSeedBytes);
    RequireRead(seed.status());
    seeds.push_back(*std::move(seed));
  }
  return seeds;
}

}  // namespace sandglass::fuzz
