#include "collectors/importers/kineto/file_members.h"

#include <utility>

#include "absl/strings/numbers.h"
#include "collectors/importers/kineto/decimal.h"

namespace sandglass::collectors::kineto {
namespace {

using simdjson::dom::array;
using simdjson::dom::element;

// Longer values (a whole configuration) are not what a reader of a report looks for.
constexpr size_t kMostExtraBytes = 1024;
// More than any writer has of one kind; a file that was made up may have more.
constexpr size_t kMostMembers = 1024;

std::optional<int64_t> Number(const element& members, const char* name) {
  int64_t number = 0;
  return members[name].get(number) == simdjson::SUCCESS ? std::optional<int64_t>(number) : std::nullopt;
}

std::optional<uint32_t> SmallNumber(const element& members, const char* name) {
  const std::optional<int64_t> number = Number(members, name);
  if (!number.has_value() || *number < 0 || *number > UINT32_MAX) return std::nullopt;
  return static_cast<uint32_t>(*number);
}

DeviceCounts CountsOf(const element& device) {
  return {.units = Number(device, "numSms"),
          .memory_bytes = Number(device, "totalGlobalMem"),
          .capability_major = Number(device, "computeMajor"),
          .capability_minor = Number(device, "computeMinor"),
          .warp_threads = Number(device, "warpSize")};
}

}  // namespace

void FileMembers::AddDevices(const element& list) {
  array devices;
  if (list.get(devices) != simdjson::SUCCESS) return;
  for (const element device : devices) {
    std::string_view name;
    const std::optional<uint32_t> ordinal = SmallNumber(device, "id");
    // An empty name is what some drivers give, and is kept.
    const bool is_named = device["name"].get(name) == simdjson::SUCCESS && name.size() <= kMostExtraBytes;
    if (!is_named || !ordinal.has_value() || found_.devices.size() == kMostMembers) continue;
    found_.devices.push_back({.name = std::string(name), .ordinal = *ordinal, .counts = CountsOf(device)});
  }
}

void FileMembers::AddDistributed(const element& members) {
  found_.rank = SmallNumber(members, "rank");
  found_.world_size = SmallNumber(members, "world_size");
  // Which of the two is wrong cannot be known.
  if (found_.rank.has_value() && found_.world_size.has_value() && *found_.rank >= *found_.world_size) {
    found_.rank.reset();
    found_.world_size.reset();
    ++found_.dropped["members_not_understood"];
  }
  std::string_view backend;
  const bool is_short = members["backend"].get(backend) == simdjson::SUCCESS && backend.size() <= kMostExtraBytes;
  if (is_short) found_.extras["backend"] = std::string(backend);
}

void FileMembers::Add(absl::string_view key, absl::string_view json) {
  element value;
  if (parser_.parse(json.data(), json.size()).get(value) != simdjson::SUCCESS) {
    ++found_.dropped["members_not_understood"];
    return;
  }
  if (key == "deviceProperties") return AddDevices(value);
  if (key == "distributedInfo") return AddDistributed(value);
  if (key == "baseTimeNanoseconds") {
    int64_t base = 0;
    if (value.get(base) == simdjson::SUCCESS && base >= -kMostStartNs && base <= kMostStartNs) {
      found_.base_unix_ns = base;
    } else {
      ++found_.dropped["members_not_understood"];
    }
    return;
  }
  if (value.is_array() || value.is_object() || json.size() > kMostExtraBytes || key.size() > kMostExtraBytes) return;
  if (found_.extras.size() == kMostMembers || !simdjson::validate_utf8(key.data(), key.size())) return;
  std::string_view text;
  found_.extras[std::string(key)] = value.get(text) == simdjson::SUCCESS ? std::string(text) : std::string(json);
}

void FileMembers::MoveTo(Trace& trace) {
  trace.devices = std::move(found_.devices);
  trace.base_unix_ns = found_.base_unix_ns;
  trace.rank = found_.rank;
  trace.world_size = found_.world_size;
  trace.extras = std::move(found_.extras);
  for (const auto& [name, count] : found_.dropped) trace.dropped[name] += count;
}

}  // namespace sandglass::collectors::kineto
