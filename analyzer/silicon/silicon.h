// A silicon class as the models see it: numbers in SI units, each with what it rests on.
//
// Made from text protos by catalog.h, which has checked units, ranges and sources, so that models need not. Immutable
// and safe to read from any thread.
#ifndef SANDGLASS_ANALYZER_SILICON_SILICON_H_
#define SANDGLASS_ANALYZER_SILICON_SILICON_H_

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/strings/string_view.h"
#include "analyzer/silicon/figure.h"
#include "analyzer/silicon/stack.h"

namespace sandglass::silicon {

// Format in which a unit computes; the numbers are those of v1::ComputeFormat.
enum class Format : uint8_t {
  kUnspecified = 0,
  kFp64 = 1,
  kFp32 = 2,
  kTf32 = 3,
  kFp16 = 4,
  kBf16 = 5,
  kFp8 = 6,
  kFp4 = 7,
  kInt8 = 8,
};
inline constexpr int kFormatCount = static_cast<int>(Format::kInt8) + 1;

struct ComputeRate {
  Format format = Format::kUnspecified;
  Figure flop_per_s;
  Figure joule_per_flop;
};

struct Memory {
  Figure capacity_bytes;
  Figure bandwidth_bytes_per_s;
  // Share of the peak bandwidth that long streams reach.
  Figure efficiency;
  Figure joule_per_byte;
  std::optional<Figure> on_chip_bytes;
};

struct Power {
  Figure limit_w;
  Figure idle_w;
  Figure host_share_w;
  // Clock of the peaks and energies; nullopt: the clock does not follow the power.
  std::optional<Figure> clock_hz = {};
  // Highest clock of the design; nullopt: clock_hz.
  std::optional<Figure> top_clock_hz = {};
};

struct Link {
  Figure bytes_per_s;
  Figure latency_s;
  Figure max_chips;
  std::string topology;
  // Of each further message of a collective; nullopt: latency_s.
  std::optional<Figure> hop_s = {};
  // Share of the bandwidth that all-reduces reach in switches that reduce; nullopt: they do not.
  std::optional<Figure> switch_reduction = {};
};

struct GpuCores {
  Figure cores;
  Figure tile_rows;
  Figure tile_columns;
  std::optional<Figure> batch_tile_side = {};
  // A core's engines that copy tiles beside its threads.
  std::optional<Figure> copy_engines = {};
};
struct SystolicArrays {
  Figure arrays;
  Figure side;
  Figure clock_hz;
};
struct NeuronCores {
  Figure cores;
  Figure side;
  Figure clock_hz;
};
struct MatrixVectorEngines {
  Figure matrix_engines;
  Figure tile_rows;
  Figure tile_columns;
};
struct DataflowCores {
  Figure cores;
  Figure sram_bytes;
  Figure sram_bytes_per_s;
};
struct MdReference {
  Figure nodes;
  Figure atoms;
  // Simulated over real time, s/s.
  Figure rate;
  Figure step_s;
};
struct MdMachine {
  std::vector<MdReference> references;
  Figure max_nodes;
  Figure atoms_per_node;
};
struct CpuCores {
  Figure cores;
  Figure clock_hz;
};
using Chip =
    std::variant<GpuCores, SystolicArrays, NeuronCores, MatrixVectorEngines, DataflowCores, MdMachine, CpuCores>;

// The numbers are those of v1::PriceBasis.
enum class PriceBasis : uint8_t {
  kUnspecified = 0,
  kOnDemand = 1,
  kReserved = 2,
  kSpot = 3,
  kRentalMarket = 4,
  kPurchase = 5,
  kOwnCost = 6,
};

struct Price {
  PriceBasis basis = PriceBasis::kUnspecified;
  // USD an hour a chip, or USD a chip.
  Figure usd;
  std::string region;
  // YYYY-MM-DD, YYYY-MM or YYYY.
  std::string as_of;
};

// The numbers are those of v1::Generality.
enum class Generality : uint8_t { kUnspecified = 0, kGeneral = 1, kSpecialised = 2, kSinglePurpose = 3 };

// The way to the processor that drives the chip.
struct HostPath {
  Figure bytes_per_s;
  Figure sync_s;
  // Id of its class.
  std::string host_class;
};

struct SiliconClass {
  std::string id;
  std::string display_name;
  std::string vendor;
  std::vector<std::string> aliases;
  Generality generality = Generality::kUnspecified;
  std::vector<ComputeRate> matrix_rates;
  std::vector<ComputeRate> vector_rates;
  // Shares of the peaks that good kernels reach; absent with no such units.
  std::optional<Figure> matrix_efficiency;
  std::optional<Figure> vector_efficiency;
  std::optional<Memory> memory;
  Power power;
  std::optional<Link> link;
  Chip chip;
  // The first is the default; there is at least one.
  std::vector<Stack> stacks;
  std::vector<Price> prices;
  std::optional<HostPath> host;

  // The stack of that name, or the first where `name` is empty; nullptr: it has none of that name.
  const Stack* FindStack(absl::string_view name) const;
  // The rate in that format, or nullptr.
  const ComputeRate* MatrixRate(Format format) const;
  const ComputeRate* VectorRate(Format format) const;
};

// A class with the software and the host that a question is about.
struct Target {
  const SiliconClass* silicon = nullptr;
  // nullptr: the class has no stack of the name that was asked for.
  const Stack* stack = nullptr;
  // nullptr: none is known.
  const SiliconClass* host = {};
  // As if every operator that the units can compute had a kernel: what a port would reach.
  bool ported = false;
};

}  // namespace sandglass::silicon

#endif  // SANDGLASS_ANALYZER_SILICON_SILICON_H_
