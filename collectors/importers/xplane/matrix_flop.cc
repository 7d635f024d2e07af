#include "collectors/importers/xplane/matrix_flop.h"

#include <simdjson.h>

#include <cstdint>
#include <string_view>

#include "absl/strings/match.h"
#include "collectors/importers/format/json_values.h"

namespace sandglass::collectors::xplane {
namespace {

using hlo::DotDimensionNumbers;
using hlo::HloComputationProto;
using hlo::HloInstructionProto;
using hlo::ShapeProto;
using Axes = google::protobuf::RepeatedField<int64_t>;

// Fusions within fusions: more than any compiler makes.
constexpr int kMostDepth = 8;
// Instructions of a fusion and what it holds: a hostile program could repeat them without end.
constexpr int kMostParts = 1 << 20;

// A custom call's result comes with the memory that it works in.
const ShapeProto& ArrayOf(const ShapeProto& shape) {
  return shape.tuple_shapes().empty() ? shape : shape.tuple_shapes(0);
}

const ShapeProto* OperandShape(const HloProgram& program, const HloInstructionProto& instruction, int index) {
  if (index >= instruction.operand_ids_size()) return nullptr;
  const HloInstructionProto* operand = program.Instruction(instruction.operand_ids(index));
  return operand == nullptr ? nullptr : &ArrayOf(operand->shape());
}

double Elements(const ShapeProto& shape) {
  double elements = 1;
  for (const int64_t size : shape.dimensions()) elements *= static_cast<double>(size);
  return elements;
}

std::optional<double> SizeOf(const ShapeProto& shape, int64_t axis) {
  if (axis < 0 || axis >= shape.dimensions_size()) return std::nullopt;
  return static_cast<double>(shape.dimensions(static_cast<int>(axis)));
}

// A list of whole numbers, which JSON of protobuf has as texts, and leaves out where it is empty. False: it is none.
bool ReadAxes(const simdjson::dom::element& json, std::string_view key, Axes& axes) {
  simdjson::dom::element value;
  if (json[key].get(value) != simdjson::SUCCESS) return true;
  simdjson::dom::array list;
  if (value.get(list) != simdjson::SUCCESS) return false;
  for (const simdjson::dom::element entry : list) {
    const std::optional<int64_t> number = IntegerOf(entry);
    if (!number.has_value()) return false;
    axes.Add(*number);
  }
  return true;
}

std::optional<DotDimensionNumbers> AxesInConfiguration(const std::string& json) {
  simdjson::dom::parser parser;
  simdjson::dom::element numbers;
  const auto parsed = parser.parse(json)["gemm_backend_config"]["dot_dimension_numbers"];
  if (parsed.get(numbers) != simdjson::SUCCESS) return std::nullopt;
  DotDimensionNumbers axes;
  const bool is_read = ReadAxes(numbers, "lhs_contracting_dimensions", *axes.mutable_lhs_contracting_dimensions()) &&
                       ReadAxes(numbers, "rhs_contracting_dimensions", *axes.mutable_rhs_contracting_dimensions()) &&
                       ReadAxes(numbers, "lhs_batch_dimensions", *axes.mutable_lhs_batch_dimensions()) &&
                       ReadAxes(numbers, "rhs_batch_dimensions", *axes.mutable_rhs_batch_dimensions());
  // A library's product always adds up over something.
  const bool is_product = is_read && !axes.lhs_contracting_dimensions().empty();
  return is_product ? std::optional(axes) : std::nullopt;
}

// How many elements are multiplied and added up for one of the result; nullopt: the axes are not the array's.
std::optional<double> Contracted(const ShapeProto& shape, const Axes& axes) {
  double elements = 1;
  for (const int64_t axis : axes) {
    const std::optional<double> size = SizeOf(shape, axis);
    if (!size.has_value()) return std::nullopt;
    elements *= *size;
  }
  return elements;
}

std::optional<double> DotFlop(const HloProgram& program, const HloInstructionProto& instruction,
                              const DotDimensionNumbers& axes) {
  const ShapeProto* left = OperandShape(program, instruction, 0);
  const ShapeProto* right = OperandShape(program, instruction, 1);
  if (left == nullptr || right == nullptr) return std::nullopt;
  const std::optional<double> contracted = Contracted(*left, axes.lhs_contracting_dimensions());
  // Of the two operands the same elements meet.
  if (!contracted.has_value() || contracted != Contracted(*right, axes.rhs_contracting_dimensions())) {
    return std::nullopt;
  }
  return 2 * Elements(ArrayOf(instruction.shape())) * *contracted;
}

// The array that has the places to compute, and the kernel. Calls of cuDNN for gradients bear the axes of the forward
// convolution.
struct ConvolutionArrays {
  const ShapeProto* result = nullptr;
  const ShapeProto* kernel = nullptr;
};

ConvolutionArrays ArraysOf(const HloProgram& program, const HloInstructionProto& instruction) {
  const ShapeProto* result = &ArrayOf(instruction.shape());
  if (instruction.custom_call_target() == "__cudnn$convBackwardInput") {
    return {OperandShape(program, instruction, 0), OperandShape(program, instruction, 1)};
  }
  if (instruction.custom_call_target() == "__cudnn$convBackwardFilter") {
    return {OperandShape(program, instruction, 1), result};
  }
  return {result, OperandShape(program, instruction, 1)};
}

std::optional<double> ConvolutionFlop(const HloProgram& program, const HloInstructionProto& instruction) {
  if (!instruction.has_convolution_dimension_numbers() || instruction.batch_group_count() > 1) return std::nullopt;
  for (const auto& axis : instruction.window().dimensions()) {
    if (axis.base_dilation() > 1) return std::nullopt;
  }
  const ConvolutionArrays arrays = ArraysOf(program, instruction);
  if (arrays.result == nullptr || arrays.kernel == nullptr) return std::nullopt;
  const auto channels =
      SizeOf(*arrays.kernel, instruction.convolution_dimension_numbers().kernel_output_feature_dimension());
  if (channels.value_or(0) <= 0) return std::nullopt;
  // What is left of the kernel is taps and input channels of one group.
  return 2 * Elements(*arrays.result) * (Elements(*arrays.kernel) / *channels);
}

// Adds up what an instruction holds.
class FlopSum {
 public:
  explicit FlopSum(const HloProgram& program) : program_(program) {}

  void Add(const HloInstructionProto& instruction, int depth = 0) {
    if (instruction.opcode() == "fusion") return AddParts(instruction, depth);
    const std::optional<DotDimensionNumbers> axes = DotAxes(instruction);
    if (!axes.has_value() && !instruction.has_convolution_dimension_numbers()) return;
    const std::optional<double> flop =
        axes.has_value() ? DotFlop(program_, instruction, *axes) : ConvolutionFlop(program_, instruction);
    found_ = true;
    countable_ &= flop.has_value();
    sum_ += flop.value_or(0);
  }

  std::optional<double> Result() const { return found_ && countable_ ? std::optional<double>(sum_) : std::nullopt; }

 private:
  void AddParts(const HloInstructionProto& fusion, int depth) {
    for (const int64_t id : fusion.called_computation_ids()) {
      const HloComputationProto* computation = program_.Computation(id);
      if (computation == nullptr) continue;
      for (const HloInstructionProto& part : computation->instructions()) {
        countable_ &= depth < kMostDepth && ++parts_ <= kMostParts;
        if (!countable_) return;
        Add(part, depth + 1);
      }
    }
  }

  const HloProgram& program_;
  double sum_ = 0;
  int parts_ = 0;
  bool found_ = false;
  bool countable_ = true;
};

}  // namespace

std::optional<DotDimensionNumbers> DotAxes(const HloInstructionProto& instruction) {
  if (instruction.has_dot_dimension_numbers()) return instruction.dot_dimension_numbers();
  if (!absl::StartsWith(instruction.custom_call_target(), "__cublas$")) return std::nullopt;
  return AxesInConfiguration(instruction.backend_config());
}

std::optional<double> MatrixFlop(const HloProgram& program, const HloInstructionProto& instruction) {
  FlopSum sum(program);
  sum.Add(instruction);
  return sum.Result();
}

}  // namespace sandglass::collectors::xplane
