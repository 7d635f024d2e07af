#include "analyzer/models/product_time.h"

#include <type_traits>
#include <variant>

#include "analyzer/models/matrix_time.h"

namespace sandglass::models {
namespace {

using silicon::SiliconClass;

constexpr int kBitsOfUnknownElement = 32;

double ElementBytes(const ops::Work& work) {
  return trace::ElementBits(work.matrix_dtype).value_or(kBitsOfUnknownElement) / 8.0;
}

}  // namespace

BytesPerSecond ReachedBandwidth(const silicon::Memory& memory) {
  return BytesPerSecond::Of(memory.bandwidth_bytes_per_s.value) * memory.efficiency.value;
}

ProductTime OnMatrixUnits(const ops::Work& work, const SiliconClass& silicon, const UnitSpeed& speed) {
  if (!work.problem.has_value()) return {.time = work.matrix / speed.reached(), .flop = work.matrix, .moved = {}};
  const auto* gpu = std::get_if<silicon::GpuCores>(&silicon.chip);
  if (gpu != nullptr && work.convolution != nullptr && silicon.memory.has_value()) {
    return ConvolutionOnMatrixUnits(*gpu, *work.convolution, ElementBytes(work), speed,
                                    ReachedBandwidth(*silicon.memory));
  }
  const Seconds time = std::visit(
      [&](const auto& chip) -> Seconds {
        if constexpr (std::is_same_v<std::decay_t<decltype(chip)>, silicon::MdMachine>) {
          return Seconds();
        } else {
          const Seconds first = MatrixTime(chip, *work.problem, speed);
          if (!work.second_problem.has_value()) return first;
          return first + static_cast<double>(work.second_turns) * MatrixTime(chip, *work.second_problem, speed);
        }
      },
      silicon.chip);
  return {.time = time, .flop = work.matrix, .moved = {}};
}

ProductTime OnVectorUnits(const ops::Work& work, const SiliconClass& silicon, const UnitSpeed& speed) {
  const auto* gpu = std::get_if<silicon::GpuCores>(&silicon.chip);
  const auto* cpu = std::get_if<silicon::CpuCores>(&silicon.chip);
  if ((gpu == nullptr && cpu == nullptr) || !work.problem.has_value()) {
    return {.time = work.matrix / speed.reached(), .flop = work.matrix, .moved = {}};
  }
  if (gpu != nullptr && work.convolution != nullptr && silicon.memory.has_value()) {
    return ConvolutionOnLanes(*gpu, *work.convolution, ElementBytes(work), speed, ReachedBandwidth(*silicon.memory));
  }
  const auto on_lanes = [&](const ops::MatrixProblem& problem) {
    return gpu != nullptr ? VectorLaneTime(*gpu, problem, speed) : MatrixTime(*cpu, problem, speed);
  };
  Seconds time = on_lanes(*work.problem);
  if (work.second_problem.has_value()) {
    time += static_cast<double>(work.second_turns) * on_lanes(*work.second_problem);
  }
  return {.time = time, .flop = work.matrix, .moved = {}};
}

}  // namespace sandglass::models
