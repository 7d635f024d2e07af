#include "analyzer/models/operator_model.h"

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <string>
#include <type_traits>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "analyzer/models/block_waiting.h"
#include "analyzer/models/link_time.h"
#include "analyzer/models/matrix_time.h"
#include "analyzer/models/product_time.h"
#include "analyzer/models/residency.h"

namespace sandglass::models {
namespace {

using silicon::ComputeRate;
using silicon::Figure;
using silicon::Format;
using silicon::SiliconClass;
using silicon::Stack;
using silicon::Support;
using trace::DataType;

// Elements read and written by one vector operation of a loop that runs primitive by primitive, and their size.
constexpr double kElementsPerLoopOperation = 3;
constexpr double kLoopElementBytes = 4;
// What it takes to find the places of one element in all operands, and how many lanes of a GPU's core do it: the lab
// book, "Elements that are looked up one by one".
constexpr double kInstructionsPerAddress = 40;
constexpr double kIntegerLanes = 64;
// Share of a stream's time that goes with the clock of the cores: the way through caches, and how many requests a core
// has under way (the lab book, "Streams at lower clocks").
constexpr double kMemoryAtCoreClock = 0.3;

// Work where it runs, with all that is known before its terms.
struct Placed {
  const ops::Work& work;
  const Rates& rates;
  const SiliconClass& silicon;
  const Stack& stack;
  int devices = 1;
  std::optional<AttentionLayout> attention;
};

absl::Status NoFormat(const ops::Work& work, const SiliconClass& silicon, absl::string_view unit) {
  return absl::UnimplementedError(absl::StrCat(ops::OpClassName(work.op_class), ": ", silicon.id, " has no ", unit,
                                               " rate for its element type; try another --precision"));
}

Seconds VectorTime(Flop flop, const ComputeRate& rate, const SiliconClass& silicon, const Stack& stack, int devices) {
  return flop / SpeedOf(rate, silicon.vector_efficiency, stack).reached() / devices;
}

// Fills the matrix terms, or moves the work to the vector units.
absl::Status AddMatrix(const Placed& placed, OperatorEstimate& estimate) {
  const auto& [work, rates, silicon, stack, devices, attention] = placed;
  if (work.matrix.value() <= 0) return absl::OkStatus();
  const std::optional<ProductTime> products = ProductsOf(work, rates, silicon, stack, attention);
  if (!products.has_value()) return NoFormat(work, silicon, "matrix or vector");
  if (rates.matrix != nullptr) {
    estimate.matrix = products->time / devices;
    estimate.matrix_energy = products->flop * JoulesPerFlop::Of(rates.matrix->joule_per_flop.value);
    estimate.matrix_format = rates.matrix->format;
  } else {
    estimate.vector += products->time / devices;
    estimate.vector_energy += products->flop * JoulesPerFlop::Of(rates.moved->joule_per_flop.value);
    estimate.vector_format = rates.moved->format;
  }
  estimate.floor += products->more_kernels * Seconds::Of(stack.operator_floor_s.value);
  if (silicon.memory.has_value()) {
    estimate.memory_energy += products->moved * JoulesPerByte::Of(silicon.memory->joule_per_byte.value);
  }
  return absl::OkStatus();
}

absl::Status AddVector(const Placed& placed, OperatorEstimate& estimate) {
  const auto& [work, rates, silicon, stack, devices, attention] = placed;
  estimate.addressing = AddressingTime(work, silicon) / devices;
  if (work.vector.value() <= 0) return absl::OkStatus();
  if (rates.vector == nullptr) return NoFormat(work, silicon, "vector");
  estimate.vector += attention.has_value()
                         ? attention->softmax / devices
                         : VectorTime(LaneWork(work, silicon), *rates.vector, silicon, stack, devices);
  estimate.vector_energy += VectorWork(work, silicon) * JoulesPerFlop::Of(rates.vector->joule_per_flop.value);
  if (estimate.vector_format == Format::kUnspecified) estimate.vector_format = rates.vector->format;
  return absl::OkStatus();
}

// Bytes that a loop moves when it runs primitive by primitive.
Bytes DecomposedTraffic(const ops::Work& work, const silicon::Memory& memory) {
  const double operations = work.vector.value();
  const double state = operations / static_cast<double>(work.loop->steps) / std::max(1, work.loop->operators_per_step) *
                       kLoopElementBytes;
  const double on_chip = memory.on_chip_bytes.has_value() ? memory.on_chip_bytes->value : 0;
  if (state <= on_chip) return Bytes();
  return Bytes::Of(operations * kElementsPerLoopOperation * kLoopElementBytes);
}

void AddMemory(const Traffic& traffic, const SiliconClass& silicon, int devices, OperatorEstimate& estimate) {
  if (!silicon.memory.has_value()) return;
  const silicon::Memory& memory = *silicon.memory;
  estimate.memory = traffic.in_time / ReachedBandwidth(memory) / devices;
  estimate.memory_energy += traffic.through_memory * JoulesPerByte::Of(memory.joule_per_byte.value);
}

absl::Status AddLink(const ops::Work& work, const SiliconClass& silicon, OperatorEstimate& estimate) {
  if (!work.transfer.has_value()) return absl::OkStatus();
  if (!silicon.link.has_value()) {
    return absl::FailedPreconditionError(
        absl::StrCat(ops::OpClassName(work.op_class), ": ", silicon.id, " has no link in the catalog"));
  }
  const absl::StatusOr<LinkEstimate> link = TransferTime(*work.transfer, silicon);
  if (!link.ok()) {
    return absl::Status(link.status().code(), absl::StrCat(ops::OpClassName(work.op_class), " on ", silicon.id, ": ",
                                                           link.status().message()));
  }
  estimate.link = link->total();
  return absl::OkStatus();
}

Seconds RootSumSquare(std::initializer_list<Seconds> times) {
  double sum = 0;
  for (const Seconds time : times) sum += time.value() * time.value();
  return Seconds::Of(std::sqrt(sum));
}

Seconds RootSumCube(std::initializer_list<Seconds> times) {
  double sum = 0;
  for (const Seconds time : times) sum += time.value() * time.value() * time.value();
  return Seconds::Of(std::cbrt(sum));
}

Seconds Together(Overlap overlap, Seconds matrix, Seconds vector, Seconds memory) {
  switch (overlap) {
    case Overlap::kPartial:
      return RootSumSquare({matrix, vector, memory});
    case Overlap::kTiled:
      return RootSumCube({matrix, vector, memory});
    case Overlap::kChained:
      return RootSumSquare({matrix + vector, memory});
    default:
      return std::max({matrix, vector, memory});
  }
}

void Combine(OperatorEstimate& estimate) {
  // Units in a chain take their sum, which the longer of them names.
  const bool chained = estimate.overlap == Overlap::kChained;
  const Seconds matrix =
      chained && estimate.matrix >= estimate.vector ? estimate.matrix + estimate.vector : estimate.matrix;
  const Seconds vector =
      (chained && estimate.vector > estimate.matrix ? estimate.matrix + estimate.vector : estimate.vector) +
      estimate.addressing;
  const double slower = 1 / estimate.retained;
  Seconds longest = slower * matrix;
  estimate.limit = Limit::kMatrix;
  // Of equal ones the first.
  const auto consider = [&](Seconds time, Limit limit) {
    if (!(longest < time)) return;
    longest = time;
    estimate.limit = limit;
  };
  consider(slower * estimate.memory, Limit::kMemory);
  consider(slower * vector, Limit::kVector);
  consider(estimate.serial, Limit::kSerial);
  consider(slower * estimate.waiting, Limit::kSerial);
  consider(estimate.link, Limit::kCommunication);
  consider(estimate.host + estimate.host_transfer, Limit::kHost);
  consider(estimate.floor, Limit::kLaunch);
  estimate.device = DeviceAt(estimate, 1);
}

absl::StatusOr<OperatorEstimate> OnHost(const ops::Work& work, const SiliconClass& silicon, const Stack& stack,
                                        const OperatorOptions& options) {
  if (options.host == nullptr || !silicon.host.has_value()) {
    return absl::FailedPreconditionError(absl::StrCat(ops::OpClassName(work.op_class), " runs on the host of ",
                                                      silicon.id, " with ", stack.name, ", of which nothing is known"));
  }
  const silicon::OperatorSupport native = {.support = Support::kNative};
  const absl::StatusOr<OperatorEstimate> there =
      EstimateOperator(work, native, *options.host, options.host->stacks.front(), {.allow_tf32 = options.allow_tf32});
  if (!there.ok()) return there.status();
  OperatorEstimate estimate;
  estimate.support = Support::kHostFallback;
  estimate.host = there->device;
  estimate.host_transfer = (work.read + work.written) / BytesPerSecond::Of(silicon.host->bytes_per_s.value) +
                           2 * Seconds::Of(silicon.host->sync_s.value);
  Combine(estimate);
  return estimate;
}

// `placed`: the work as its units see it.
absl::StatusOr<OperatorEstimate> OnDevice(const ops::Work& work, const ops::Work& placed,
                                          const silicon::OperatorSupport& support, const SiliconClass& silicon,
                                          const Stack& stack, const OperatorOptions& options) {
  OperatorEstimate estimate;
  estimate.support = support.support;
  estimate.overlap = OverlapOf(silicon.chip, work.op_class);
  const Figure* retained = RetainedFigure(work, support, stack);
  const bool as_loop = support.support == Support::kDecomposed && work.loop.has_value() && retained == nullptr;
  if (retained != nullptr) estimate.retained = retained->value;
  const Rates rates = RatesFor(placed, silicon, options.allow_tf32);
  const Placed on = {placed, rates, silicon, stack, options.devices, LayoutOfAttention(placed, rates, silicon, stack)};
  if (absl::Status status = AddMatrix(on, estimate); !status.ok()) return status;
  if (absl::Status status = AddVector(on, estimate); !status.ok()) return status;
  AddMemory(TrafficOf(placed, silicon, stack, as_loop), silicon, options.devices, estimate);
  if (absl::Status status = AddLink(work, silicon, estimate); !status.ok()) return status;
  const auto floor = Seconds::Of(stack.operator_floor_s.value);
  // Kernels are those of a native run.
  estimate.floor += floor * (as_loop ? 1 : KernelsOn(work, silicon, stack));
  if (as_loop) {
    estimate.serial = static_cast<double>(work.loop->steps) *
                      (work.loop->operators_per_step * floor + Seconds::Of(stack.loop_turn_s.value));
  }
  if (const auto* gpu = std::get_if<silicon::GpuCores>(&silicon.chip); gpu != nullptr && !as_loop) {
    estimate.waiting = WaitingTime(work, gpu->cores.value * options.devices);
  }
  Combine(estimate);
  return estimate;
}

}  // namespace

Seconds DeviceAt(const OperatorEstimate& estimate, double clock) {
  const double longer = 1 / clock;
  const Seconds matrix = longer * estimate.matrix;
  const Seconds vector = longer * (estimate.vector + estimate.addressing + estimate.waiting);
  const Seconds memory = (1 - kMemoryAtCoreClock + kMemoryAtCoreClock * longer) * estimate.memory;
  const Seconds units = Together(estimate.overlap, matrix, vector, memory);
  return estimate.floor + units / estimate.retained + estimate.serial + estimate.link + estimate.host +
         estimate.host_transfer;
}

Overlap OverlapOf(const silicon::Chip& chip, ops::OpClass op_class) {
  if (!std::holds_alternative<silicon::GpuCores>(chip)) return Overlap::kFull;
  if (op_class == ops::OpClass::kAttention) return Overlap::kChained;
  return op_class == ops::OpClass::kGemm ? Overlap::kTiled : Overlap::kPartial;
}

ops::Work PlacedWork(const ops::Work& work, Support support) {
  ops::Work placed = work;
  if (support == Support::kEmulated) {
    if (placed.vector_dtype == DataType::kUnspecified) placed.vector_dtype = placed.matrix_dtype;
    placed.vector += placed.matrix;
    placed.matrix = Flop();
  }
  return placed;
}

Seconds AddressingTime(const ops::Work& work, const SiliconClass& silicon) {
  const auto* gpu = std::get_if<silicon::GpuCores>(&silicon.chip);
  if (gpu == nullptr || !silicon.power.clock_hz.has_value()) return Seconds();
  const double per_second = gpu->cores.value * kIntegerLanes * silicon.power.clock_hz->value;
  return Seconds::Of(work.addressed * kInstructionsPerAddress / per_second);
}

Traffic TrafficOf(const ops::Work& work, const SiliconClass& silicon, const Stack& stack, bool runs_as_loop) {
  const ReadAgain again = ReadAgainOn(work.reread, silicon, stack);
  Traffic traffic = {work.read + work.written + again.in_time, work.read + work.written + again.from_memory};
  if (!runs_as_loop || !silicon.memory.has_value()) return traffic;
  const Bytes loop = DecomposedTraffic(work, *silicon.memory);
  return {std::max(traffic.in_time, loop), std::max(traffic.through_memory, loop)};
}

std::optional<AttentionLayout> LayoutOfAttention(const ops::Work& work, const Rates& rates, const SiliconClass& silicon,
                                                 const Stack& stack) {
  const auto* gpu = std::get_if<silicon::GpuCores>(&silicon.chip);
  const bool on_matrix = rates.matrix != nullptr;
  const ComputeRate* products = on_matrix ? rates.matrix : rates.moved;
  if (products == nullptr || rates.vector == nullptr || gpu == nullptr || !work.attention.has_value() ||
      work.attention->pairs() <= 0)
    return std::nullopt;
  const UnitSpeed speed = SpeedOf(*products, on_matrix ? silicon.matrix_efficiency : silicon.vector_efficiency, stack);
  return BestAttention(*work.attention, OfPair(work),
                       {.cores = gpu->cores.value,
                        .products = speed.reached(),
                        .softmax = SpeedOf(*rates.vector, silicon.vector_efficiency, stack).reached(),
                        .kernel_floor = speed.kernel_floor,
                        .beside_threads = on_matrix && gpu->copy_engines.has_value() && work.attention->beside_threads,
                        .cycle_ratio = PollingRatio(silicon)});
}

std::optional<ProductTime> ProductsOf(const ops::Work& work, const Rates& rates, const SiliconClass& silicon,
                                      const Stack& stack, const std::optional<AttentionLayout>& attention) {
  if (rates.matrix == nullptr && rates.moved == nullptr) return std::nullopt;
  if (attention.has_value()) return ProductTime{.time = attention->products, .flop = work.matrix, .moved = {}};
  if (rates.matrix != nullptr) {
    return OnMatrixUnits(work, silicon, MatrixSpeedOf(*rates.matrix, silicon, stack));
  }
  return OnVectorUnits(work, silicon, SpeedOf(*rates.moved, silicon.vector_efficiency, stack));
}

const Figure* RetainedFigure(const ops::Work& work, const silicon::OperatorSupport& support, const Stack& stack) {
  if (support.retained.has_value()) return &*support.retained;
  if (support.support != Support::kDecomposed || work.loop.has_value()) return nullptr;
  return stack.decomposed_retained.has_value() ? &*stack.decomposed_retained : nullptr;
}

absl::StatusOr<OperatorEstimate> EstimateOperator(const ops::Work& work, const silicon::OperatorSupport& support,
                                                  const SiliconClass& silicon, const Stack& stack,
                                                  const OperatorOptions& options) {
  switch (support.support) {
    case Support::kNative:
    case Support::kDecomposed:
      return OnDevice(work, work, support, silicon, stack, options);
    case Support::kEmulated:
      return OnDevice(work, PlacedWork(work, support.support), support, silicon, stack, options);
    case Support::kHostFallback:
      return OnHost(work, silicon, stack, options);
    case Support::kUnsupported:
      return absl::UnimplementedError(
          absl::StrCat(ops::OpClassName(work.op_class), " does not run on ", silicon.id, " with ", stack.name));
    default:
      return absl::FailedPreconditionError(absl::StrCat("nothing is known of ", ops::OpClassName(work.op_class), " on ",
                                                        silicon.id, " with ", stack.name));
  }
}

}  // namespace sandglass::models
