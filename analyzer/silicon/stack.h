// The software between a model and a chip: what it costs to start operators, and what it says of running them.
//
// Plain values; how statements are weighed is in support.h.
#ifndef SANDGLASS_ANALYZER_SILICON_STACK_H_
#define SANDGLASS_ANALYZER_SILICON_STACK_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "analyzer/ops/op_class.h"
#include "analyzer/ops/op_names.h"
#include "analyzer/silicon/figure.h"
#include "analyzer/trace/trace.h"

namespace sandglass::silicon {

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
  // Whether elementwise operators that read a product's result become part of its kernel.
  bool fuses_into_products = false;
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

}  // namespace sandglass::silicon

#endif  // SANDGLASS_ANALYZER_SILICON_STACK_H_
