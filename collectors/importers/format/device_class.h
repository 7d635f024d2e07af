// Which silicon class a device is, by what its driver calls it.
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_FORMAT_DEVICE_CLASS_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_FORMAT_DEVICE_CLASS_H_

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

}  // namespace sandglass::collectors

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_FORMAT_DEVICE_CLASS_H_
