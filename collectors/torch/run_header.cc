#include "collectors/torch/run_header.h"

#include <c10/core/Device.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>
#include <torch/version.h>

#include <chrono>
#include <fstream>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace sandglass::collectors {
namespace {

std::string ProcessorName() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("model name")) continue;
    return std::string(absl::StripAsciiWhitespace(line.substr(line.find(':') + 1)));
  }
  return "";
}

}  // namespace

v1::TraceHeader HeaderOfRun(bool shapes_only) {
  v1::TraceHeader header;
  header.set_source_format("sandglass-torch");
  header.set_importer_version("1");
  header.add_producers("libtorch " TORCH_VERSION);
  if (shapes_only) {
    header.set_run_mode(v1::RUN_MODE_SHAPES_ONLY);
  } else {
    header.set_run_mode(v1::RUN_MODE_MEASURED);
    header.set_clock_base("monotonic");
    v1::Device& device = *header.add_devices();
    device.set_raw_name(ProcessorName());
    device.set_ordinal(0);
  }
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  header.set_started_unix_ns(std::chrono::duration_cast<std::chrono::nanoseconds>(now).count());
  return header;
}

absl::Status CheckClockSeesWork() {
  for (const c10::DeviceType type : {c10::DeviceType::CUDA, c10::DeviceType::HIP, c10::DeviceType::XPU,
                                     c10::DeviceType::MPS, c10::DeviceType::XLA, c10::DeviceType::HPU}) {
    if (!c10::impl::hasDeviceGuardImpl(type) || c10::impl::getDeviceGuardImpl(type)->deviceCount() == 0) continue;
    return absl::FailedPreconditionError(
        absl::StrCat("libtorch has ", c10::DeviceTypeName(type, true), " devices here, and this process's clock does ",
                     "not see when they work: record with torch.profiler and bring its file in with ",
                     "`sandglass-collect import`, or record shapes only"));
  }
  return absl::OkStatus();
}

}  // namespace sandglass::collectors
