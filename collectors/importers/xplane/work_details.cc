#include "collectors/importers/xplane/work_details.h"

#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"

namespace sandglass::collectors::xplane {
namespace {

// A thread of an AMD device has at most 512 vector and 256 accumulation registers; one of NVIDIA's, 255.
constexpr int64_t kMostRegisters = 1024;

// The text behind "key:"; empty: it is not there.
absl::string_view ValueOf(absl::string_view details, absl::string_view key) {
  for (const absl::string_view word : absl::StrSplit(details, ' ', absl::SkipEmpty())) {
    const size_t colon = word.find(':');
    if (colon != absl::string_view::npos && word.substr(0, colon) == key) return word.substr(colon + 1);
  }
  return {};
}

// A whole number that is not negative; nullopt: not said.
std::optional<int64_t> NumberOf(absl::string_view details, absl::string_view key) {
  int64_t number = 0;
  if (!absl::SimpleAtoi(ValueOf(details, key), &number) || number < 0) return std::nullopt;
  return number;
}

// Sizes along x, y, z; empty, if they are none.
std::vector<uint32_t> SizesOf(absl::string_view details, absl::string_view key) {
  std::vector<uint32_t> sizes;
  for (const absl::string_view part : absl::StrSplit(ValueOf(details, key), ',')) {
    uint32_t size = 0;
    if (!absl::SimpleAtoi(part, &size) || sizes.size() == 3) return {};
    sizes.push_back(size);
  }
  return sizes;
}

}  // namespace

LaunchDetails ParseKernelDetails(absl::string_view details) {
  LaunchDetails parsed;
  for (const uint32_t size : SizesOf(details, "grid")) parsed.launch.add_grid(size);
  for (const uint32_t size : SizesOf(details, "block")) parsed.launch.add_block(size);
  const std::optional<int64_t> registers = NumberOf(details, "regs");
  parsed.implausible = registers.value_or(0) > kMostRegisters;
  if (parsed.implausible) return parsed;
  if (registers.has_value()) parsed.launch.set_registers_per_thread(static_cast<int32_t>(*registers));
  // ROCm's name for it, or CUDA's two parts.
  if (const std::optional<int64_t> group = NumberOf(details, "group_mem")) {
    parsed.launch.set_shared_memory_bytes(*group);
  } else if (const std::optional<int64_t> fixed = NumberOf(details, "static_shared")) {
    int64_t bytes = 0;
    const int64_t dynamic = NumberOf(details, "dynamic_shared").value_or(0);
    if (!__builtin_add_overflow(*fixed, dynamic, &bytes)) parsed.launch.set_shared_memory_bytes(bytes);
  }
  return parsed;
}

std::optional<int64_t> ParseSize(absl::string_view details) {
  const std::optional<int64_t> size = NumberOf(details, "size");
  return size.value_or(0) > 0 ? size : std::nullopt;
}

}  // namespace sandglass::collectors::xplane
