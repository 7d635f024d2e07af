// Which silicon class a device is, by what its driver says of it.
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_FORMAT_DEVICE_CLASS_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_FORMAT_DEVICE_CLASS_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace sandglass::collectors {

struct DeviceName {
  // Words that the name must hold, in this order.
  const char* words;
  // The class's name in the catalog of silicon classes.
  const char* silicon_class;
};

// Names, more particular ones first.
absl::Span<const DeviceName> DeviceNames();

// The class of a device of that name; empty: not known, or the name fits several classes ("", "AMD Radeon Graphics",
// "NVIDIA A100" without its memory).
std::string SiliconClassOf(absl::string_view raw_name);

// What drivers say beside the name; none: not said.
struct DeviceCounts {
  // Streaming multiprocessors, or compute units.
  std::optional<int64_t> units;
  std::optional<int64_t> memory_bytes;
  // "9.4" is that of AMD's gfx94x, "9.0" that of NVIDIA's Hopper and of gfx90x; threads of a warp tell the two apart.
  std::optional<int64_t> capability_major;
  std::optional<int64_t> capability_minor;
  std::optional<int64_t> warp_threads;
};

// Counts that only one product has.
struct CountedDevice {
  const char* silicon_class;
  int64_t units;
  int64_t capability_major;
  int64_t capability_minor;
  int64_t warp_threads;
  // What drivers report is a little less than what is sold, or the same.
  int64_t sold_gib;
};
absl::Span<const CountedDevice> CountedDevices();

// The class by name, or where the name says nothing ("", "AMD Radeon Graphics") by the counts, where those are of one
// product alone. A name that is not known is not overruled.
std::string SiliconClassOf(absl::string_view raw_name, const DeviceCounts& counts);

}  // namespace sandglass::collectors

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_FORMAT_DEVICE_CLASS_H_
