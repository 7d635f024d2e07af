#include "analyzer/models/residency.h"

#include <algorithm>
#include <variant>

namespace sandglass::models {
namespace {

// What a read from the last-level cache takes of one from memory.
constexpr double kCacheShare = 0.5;

}  // namespace

Bytes ReadFromMemoryAgain(const ops::Reread& reread, const silicon::SiliconClass& silicon,
                          const silicon::Stack& stack) {
  if (reread.bytes <= Bytes() || !silicon.memory.has_value() || !silicon.memory->on_chip_bytes.has_value()) {
    return reread.bytes;
  }
  const auto on_chip = Bytes::Of(silicon.memory->on_chip_bytes->value);
  const auto* gpu = std::get_if<silicon::GpuCores>(&silicon.chip);
  if (gpu == nullptr) return reread.row <= on_chip ? Bytes() : reread.bytes;
  const double rows = reread.rows_a_core > 0 ? gpu->cores.value * reread.rows_a_core : 1;
  const Bytes under_way = std::min(reread.bytes, rows * reread.row);
  if (under_way > on_chip) return reread.bytes;
  return stack.fuses ? Bytes() : kCacheShare * reread.bytes;
}

}  // namespace sandglass::models
