// A silicon class as the models see it: numbers in SI units, each with what it rests on.
//
// Made from text protos by catalog.h, which has checked units, ranges and sources, so that models need not. Immutable
// and safe to read from any thread.
#ifndef SANDGLASS_ANALYZER_SILICON_SILICON_H_
#define SANDGLASS_ANALYZER_SILICON_SILICON_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "analyzer/ops/op_class.h"
#include "analyzer/ops/op_names.h"
#include "analyzer/quantities/quantities.h"
#include "analyzer/trace/trace.h"

namespace sandglass::silicon {

// What a number rests on; the numbers are those of v1::FigureBasis.
enum class Basis : uint8_t { kUnspecified = 0, kMeasured = 1, kDatasheet = 2, kDerived = 3, kAssumed = 4 };

// How much a number is trusted; the numbers are those of v1::Confidence.
enum class Confidence : uint8_t { kUnspecified = 0, kLow = 1, kMedium = 2, kHigh = 3 };

// A number of the catalog, in SI units (or USD, USD/h, a ratio, a count).
struct Figure {
  double value = 0;
  // Its range, as wide as the catalog gives; equal to value where it gives none.
  double low = 0;
  double high = 0;
  Basis basis = Basis::kUnspecified;
  Confidence confidence = Confidence::kUnspecified;
  // Where it stands in the class: "memory.bandwidth".
  std::string path;
  // Source title and locator, one line.
  std::string source;
};

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
};

struct Link {
  Figure bytes_per_s;
  Figure latency_s;
  Figure max_chips;
  std::string topology;
};

struct GpuCores {
  Figure cores;
  Figure tile_rows;
  Figure tile_columns;
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

// How a class runs an operator; the numbers are those of v1::Support.
enum class Support : uint8_t {
  kUnspecified = 0,
  kNative = 1,
  kDecomposed = 2,
  kEmulated = 3,
  kHostFallback = 4,
  kUnsupported = 5,
  kUnknown = 6,
};

// What a statement on support rests on, the strongest first; the numbers are those of v1::EvidenceKind.
enum class Evidence : uint8_t {
  kUnspecified = 0,
  kMeasured = 1,
  kKernelLibrary = 2,
  kOperatorList = 3,
  kDocumented = 4,
  kAbsentFromList = 5,
};

struct OperatorSupport {
  Support support = Support::kUnknown;
  Evidence evidence = Evidence::kUnspecified;
  // Source title and locator, one line.
  std::string source = {};
  std::string note = {};
  // Share of native speed that is kept, where it is known for this operator.
  std::optional<Figure> retained = {};
};

// A bound on one dimension of one input; a negative dimension counts from the end.
struct SizeLimit {
  uint32_t input = 0;
  int32_t dimension = 0;
  int64_t at_most = 0;
};

// What a stack says of some operators; see support.h for how statements are weighed.
struct SupportStatement {
  // nullopt: of all classes.
  std::optional<ops::OpClass> op_class;
  // Of all classes of molecular dynamics ("md_*").
  bool molecular_dynamics = false;
  // Only these operators (ops::OpKey); empty: any.
  std::vector<std::string> names;
  // Only with an operand of one of these types; empty: any.
  std::vector<trace::DataType> element_types;
  std::vector<SizeLimit> limits;
  OperatorSupport support;
};

// Names of operators that a stack runs, as published.
struct OperatorList {
  std::string id;
  ops::NameSpace name_space = ops::NameSpace::kAten;
  absl::flat_hash_map<std::string, Support> names;
  Evidence evidence = Evidence::kOperatorList;
  // What becomes of the others; kUnknown: the list says nothing of them.
  Support absent = Support::kUnknown;
  std::string absent_note;
  // Source title and locator, one line.
  std::string source;
};

// The numbers are those of v1::DynamicShapes.
enum class DynamicShapes : uint8_t { kUnspecified = 0, kAny = 1, kRecompile = 2, kStatic = 3 };

struct Stack {
  std::string name;
  // Host time to dispatch one operator.
  Figure dispatch_s;
  // Least time of one operator on the device.
  Figure operator_floor_s;
  // Host time to start a whole compiled step; absent: operators are dispatched one by one.
  std::optional<Figure> step_launch_s;
  // Time of one turn of a sequential loop beyond its operators.
  Figure loop_turn_s;
  bool fuses = false;
  // "CUDA"; empty: users cannot write kernels.
  std::string kernel_language;
  DynamicShapes dynamic_shapes = DynamicShapes::kUnspecified;
  // What it does with 64-bit floating point.
  Support fp64 = Support::kUnknown;
  // What the two above rest on, one line.
  std::string traits_source;
  // Share of native speed that a decomposed operator keeps where nothing better is known.
  std::optional<Figure> decomposed_retained;
  // Time to compile a step of a new shape.
  std::optional<Figure> compile_s;
  // What it says of operators, in the order of the spec.
  std::vector<SupportStatement> statements;
  // Shared among the classes that use the stack.
  std::vector<std::shared_ptr<const OperatorList>> lists;
};

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
};

}  // namespace sandglass::silicon

#endif  // SANDGLASS_ANALYZER_SILICON_SILICON_H_
