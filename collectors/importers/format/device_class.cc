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

// Whether `words` stand in `name` as whole words: "nvidia l4" is not in "nvidia l40".
bool HoldsWords(absl::string_view name, absl::string_view words) {
  const size_t at = name.find(words);
  if (at == absl::string_view::npos) return false;
  const size_t end = at + words.size();
  return end == name.size() || !absl::ascii_isalnum(static_cast<unsigned char>(name[end]));
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

}  // namespace sandglass::collectors
