#include "collectors/importers/xplane/matrix_flop.h"

#include <simdjson.h>

#include <cstdint>
#include <string_view>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"

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

// A list of whole numbers, which JSON of protobuf has as texts.
void ReadAxes(const simdjson::dom::element& json, std::string_view key, Axes& axes) {
  simdjson::dom::array list;
  if (json[key].get(list) != simdjson::SUCCESS) return;
  for (const simdjson::dom::element entry : list) {
    std::string_view text;
    int64_t number = 0;
    if (entry.get(text) == simdjson::SUCCESS &&
        !absl::SimpleAtoi(absl::string_view(text.data(), text.size()), &number)) {
      continue;
    }
    if (text.empty() && entry.get(number) != simdjson::SUCCESS) continue;
    axes.Add(number);
  }
}

std::optional<DotDimensionNumbers> AxesInConfiguration(const std::string& json) {
  simdjson::dom::parser parser;
  simdjson::dom::element numbers;
  const auto parsed = parser.parse(json)["gemm_backend_config"]["dot_dimension_numbers"];
  if (parsed.get(numbers) != simdjson::SUCCESS) return std::nullopt;
  DotDimensionNumbers axes;
  ReadAxes(numbers, "lhs_contracting_dimensions", *axes.mutable_lhs_contracting_dimensions());
  ReadAxes(numbers, "rhs_contracting_dimensions", *axes.mutable_rhs_contracting_dimensions());
  ReadAxes(numbers, "lhs_batch_dimensions", *axes.mutable_lhs_batch_dimensions());
  ReadAxes(numbers, "rhs_batch_dimensions", *axes.mutable_rhs_batch_dimensions());
  return axes;
}

std::optional<double> DotFlop(const HloProgram& program, const HloInstructionProto& instruction) {
  const std::optional<DotDimensionNumbers> axes = DotAxes(instruction);
  const ShapeProto* left = OperandShape(program, instruction, 0);
  if (!axes.has_value() || left == nullptr) return std::nullopt;
  double flop = 2 * Elements(ArrayOf(instruction.shape()));
  for (const int64_t axis : axes->lhs_contracting_dimensions()) {
    const std::optional<double> size = SizeOf(*left, axis);
    if (!size.has_value()) return std::nullopt;
    flop *= *size;
  }
  return flop;
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

bool IsMatrixWork(const HloInstructionProto& instruction) {
  return DotAxes(instruction).has_value() || instruction.has_convolution_dimension_numbers();
}

// Adds up what an instruction holds.
class FlopSum {
 public:
  explicit FlopSum(const HloProgram& program) : program_(program) {}

  void Add(const HloInstructionProto& instruction, int depth = 0) {
    if (instruction.opcode() == "fusion") return AddParts(instruction, depth);
    if (!IsMatrixWork(instruction)) return;
    std::optional<double> flop = DotFlop(program_, instruction);
    if (!flop.has_value()) flop = ConvolutionFlop(program_, instruction);
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
