#include "collectors/importers/format/device_class.h"

#include "absl/strings/ascii.h"

namespace sandglass::collectors {
namespace {

// As drivers print them: "NVIDIA H100 80GB HBM3" is the SXM module, "NVIDIA H100 PCIe" the card.
constexpr DeviceName kNames[] = {
    {"h100 pcie", "nvidia-h100-pcie"},
    {"h100 80gb hbm3", "nvidia-h100-sxm"},
    {"h100 sxm", "nvidia-h100-sxm"},
    {"h200", "nvidia-h200-sxm"},
    {"gb300", "nvidia-gb300"},
    {"gb200", "nvidia-gb200"},
    {"b300", "nvidia-b300-sxm"},
    {"b200", "nvidia-b200-sxm"},
    {"a100-sxm4-80gb", "nvidia-a100-sxm-80gb"},
    {"a100-sxm4-40gb", "nvidia-a100-sxm-40gb"},
    {"a100-sxm-80gb", "nvidia-a100-sxm-80gb"},
    {"a100-sxm-40gb", "nvidia-a100-sxm-40gb"},
    {"a100 80gb pcie", "nvidia-a100-pcie-80gb"},
    {"a100-pcie-80gb", "nvidia-a100-pcie-80gb"},
    {"a100-pcie-40gb", "nvidia-a100-pcie-40gb"},
    {"v100-sxm2-32gb", "nvidia-v100-sxm2-32gb"},
    {"p100-pcie", "nvidia-p100-pcie"},
    {"tesla p4", "nvidia-p4"},
    {"tesla t4", "nvidia-t4"},
    {"nvidia t4", "nvidia-t4"},
    {"nvidia l40s", "nvidia-l40s"},
    {"nvidia l4", "nvidia-l4"},
    {"nvidia a10g", "nvidia-a10g"},
    {"nvidia a40", "nvidia-a40"},
    {"rtx pro 6000", "nvidia-rtx-pro-6000"},
    {"mi355x", "amd-mi355x"},
    {"mi325x", "amd-mi325x"},
    {"mi300x", "amd-mi300x"},
    {"mi250x", "amd-mi250x"},
    {"mi210", "amd-mi210"},
    {"mi100", "amd-mi100"},
};

// From the makers' data sheets. Left out are products that share all of these with another: MI210 and half an MI250,
// cards and modules of one GPU (A100, V100, A40), H200 and GH200.
constexpr CountedDevice kCounted[] = {
    {"amd-mi355x", 256, 9, 5, 64, 288},      {"amd-mi325x", 304, 9, 4, 64, 256}, {"amd-mi300x", 304, 9, 4, 64, 192},
    {"amd-mi250x", 110, 9, 0, 64, 64},       {"amd-mi100", 120, 9, 0, 64, 32},   {"nvidia-h100-sxm", 132, 9, 0, 32, 80},
    {"nvidia-h100-pcie", 114, 9, 0, 32, 80}, {"nvidia-l4", 58, 8, 9, 32, 24},    {"nvidia-t4", 40, 7, 5, 32, 16},
};

// Of what is sold, what drivers keep for themselves: error correction on older memories takes a sixteenth.
constexpr double kLeastReported = 0.9;

bool Fits(const CountedDevice& device, const DeviceCounts& counts) {
  if (counts.units != device.units || counts.warp_threads != device.warp_threads) return false;
  if (counts.capability_major != device.capability_major) return false;
  if (counts.capability_minor != device.capability_minor || !counts.memory_bytes.has_value()) return false;
  const double share = static_cast<double>(*counts.memory_bytes) / static_cast<double>(device.sold_gib << 30);
  return share > kLeastReported && share <= 1.0;
}

// Whether a name is what drivers give where they do not know the product.
bool SaysNothing(absl::string_view lower_name) { return lower_name.empty() || lower_name == "amd radeon graphics"; }

// Whether `words` stand in `name` as whole words: "nvidia l4" is not in "nvidia l40", nor "h200" in "gh200".
bool HoldsWords(absl::string_view name, absl::string_view words) {
  const auto is_word = [&](size_t at) {
    return at < name.size() && absl::ascii_isalnum(static_cast<unsigned char>(name[at]));
  };
  const size_t at = name.find(words);
  return at != absl::string_view::npos && !(at > 0 && is_word(at - 1)) && !is_word(at + words.size());
}

}  // namespace

absl::Span<const DeviceName> DeviceNames() { return kNames; }

std::string SiliconClassOf(absl::string_view raw_name) {
  const std::string name = absl::AsciiStrToLower(raw_name);
  for (const DeviceName& known : kNames) {
    if (HoldsWords(name, known.words)) return known.silicon_class;
  }
  return "";
}

absl::Span<const CountedDevice> CountedDevices() { return kCounted; }

std::string SiliconClassOf(absl::string_view raw_name, const DeviceCounts& counts) {
  if (!SaysNothing(absl::AsciiStrToLower(raw_name))) return SiliconClassOf(raw_name);
  for (const CountedDevice& device : kCounted) {
    if (Fits(device, counts)) return device.silicon_class;
  }
  return "";
}

}  // namespace sandglass::collectors
