#include "analyzer/models/residency.h"

#include <algorithm>
#include <optional>
#include <variant>

namespace sandglass::models {
namespace {

// What a read from the last-level cache takes of one from memory.
constexpr double kCacheShare = 0.5;

// Rows that a chip with caches has under way; nullopt: its memory on chip is no cache.
std::optional<double> RowsUnderWay(const ops::Reread& reread, const silicon::Chip& chip) {
  const bool shared = reread.rows_a_core == 0;
  if (const auto* gpu = std::get_if<silicon::GpuCores>(&chip)) {
    return shared ? 1 : gpu->cores.value * reread.rows_a_core;
  }
  if (const auto* cpu = std::get_if<silicon::CpuCores>(&chip)) return shared ? 1 : cpu->cores.value;
  return std::nullopt;
}

// Whether what libraries' kernels hand each other is made in one.
bool InOneKernel(const ops::Reread& reread, const silicon::SiliconClass& silicon, const silicon::Stack& stack) {
  return reread.between_kernels && (stack.fuses || !std::holds_alternative<silicon::GpuCores>(silicon.chip));
}

}  // namespace

int KernelsOn(const ops::Work& work, const silicon::SiliconClass& silicon, const silicon::Stack& stack) {
  return std::max(1, work.kernels - (InOneKernel(work.reread, silicon, stack) ? 1 : 0));
}

ReadAgain ReadAgainOn(const ops::Reread& reread, const silicon::SiliconClass& silicon, const silicon::Stack& stack) {
  if (InOneKernel(reread, silicon, stack)) return {};
  const ReadAgain all = {reread.bytes, reread.bytes};
  if (reread.bytes <= Bytes() || !silicon.memory.has_value() || !silicon.memory->on_chip_bytes.has_value()) return all;
  const auto on_chip = Bytes::Of(silicon.memory->on_chip_bytes->value);
  const std::optional<double> rows = RowsUnderWay(reread, silicon.chip);
  if (!rows.has_value()) return reread.row <= on_chip ? ReadAgain() : all;
  if (std::min(reread.bytes, *rows * reread.row) > on_chip) return all;
  return {stack.fuses ? Bytes() : kCacheShare * reread.bytes, Bytes()};
}

}  // namespace sandglass::models
