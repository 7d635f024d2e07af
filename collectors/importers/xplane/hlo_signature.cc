#include "collectors/importers/xplane/hlo_signature.h"

#include <cmath>
#include <map>
#include <optional>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "collectors/importers/xplane/matrix_flop.h"
#include "proto/plain_text.h"
#include "proto/trace_validator.h"

namespace sandglass::collectors::xplane {
namespace {

using hlo::HloComputationProto;
using hlo::HloInstructionProto;
using hlo::ShapeProto;
using hlo::WindowDimension;
using Integers = google::protobuf::RepeatedField<int64_t>;

// XLA's PrimitiveType.
constexpr int kOpaque = 14;
constexpr int kToken = 17;
// More than one device does: 100 PFLOP/s.
constexpr double kMostFlopPerSecond = 1e17;
constexpr double kMostFlop = 1e30;
constexpr size_t kMostTextBytes = 1024;
constexpr absl::string_view kNamespace = "hlo::";

std::string Text(absl::string_view text) { return PlainText(text.substr(0, kMostTextBytes)); }

void AddExtra(absl::string_view key, std::string value, v1::OpSignature& signature) {
  if (value.empty()) return;
  v1::Extra& extra = *signature.add_extras();
  extra.set_key(std::string(key));
  extra.set_value(std::move(value));
}

void AddIntegers(absl::string_view name, const Integers& values, v1::OpSignature& signature) {
  v1::Attribute& attribute = *signature.add_attributes();
  attribute.set_name(std::string(name));
  *attribute.mutable_integers()->mutable_values() = values;
}

void AddInteger(absl::string_view name, int64_t value, v1::OpSignature& signature) {
  v1::Attribute& attribute = *signature.add_attributes();
  attribute.set_name(std::string(name));
  attribute.set_integer(value);
}

// Adds the arrays of a shape, of which a tuple has several. Shapes are as deep as protobuf reads messages: a hundred.
void AddTensors(const ShapeProto& shape, uint32_t position, bool in_list,
                google::protobuf::RepeatedPtrField<v1::Tensor>& tensors) {
  if (!shape.tuple_shapes().empty()) {
    for (const ShapeProto& part : shape.tuple_shapes()) AddTensors(part, position, true, tensors);
    return;
  }
  // What has no elements: the order in which effects happen, a handle.
  if (shape.element_type() == kToken || shape.element_type() == kOpaque) return;
  v1::Tensor& tensor = *tensors.Add();
  tensor.set_dtype(ElementType(shape.element_type()));
  *tensor.mutable_dims() = shape.dimensions();
  tensor.set_shape_source(v1::SHAPE_SOURCE_COMPILER);
  tensor.set_position(position);
  tensor.set_in_list(in_list);
}

// The parts of a tuple that is a result are results one by one.
void AddOutputs(const ShapeProto& shape, v1::OpSignature& signature) {
  if (shape.tuple_shapes().empty()) return AddTensors(shape, 0, false, *signature.mutable_outputs());
  uint32_t position = 0;
  for (const ShapeProto& part : shape.tuple_shapes()) {
    AddTensors(part, position++, !part.tuple_shapes().empty(), *signature.mutable_outputs());
  }
}

void AddOperands(const HloProgram& program, const HloInstructionProto& instruction, v1::OpSignature& signature) {
  for (int i = 0; i < instruction.operand_ids_size(); ++i) {
    const HloInstructionProto* operand = program.Instruction(instruction.operand_ids(i));
    if (operand == nullptr || signature.inputs_size() > kMaxTensors) continue;
    AddTensors(operand->shape(), static_cast<uint32_t>(i), false, *signature.mutable_inputs());
  }
}

// The computation that a fusion is, or that a reduction applies; nullptr: there is none.
const HloComputationProto* Called(const HloProgram& program, const HloInstructionProto& instruction) {
  if (instruction.called_computation_ids().empty()) return nullptr;
  return program.Computation(instruction.called_computation_ids(0));
}

// What an instruction of a fused computation does, if it does something: a reduction by what it applies.
std::string Deed(const HloProgram& program, const HloInstructionProto& part) {
  for (const absl::string_view idle : {"parameter", "constant", "bitcast", "tuple", "get-tuple-element"}) {
    if (part.opcode() == idle) return "";
  }
  const HloComputationProto* applied = Called(program, part);
  const HloInstructionProto* root = applied == nullptr ? nullptr : program.Instruction(applied->root_id());
  return root == nullptr ? part.opcode() : absl::StrCat(part.opcode(), "(", root->opcode(), ")");
}

// "convert:2 divide:1".
std::string ContentOf(const HloProgram& program, const HloInstructionProto& fusion) {
  std::map<std::string, int> counts;
  const HloComputationProto* computation = Called(program, fusion);
  if (computation == nullptr) return "";
  for (const HloInstructionProto& part : computation->instructions()) ++counts[Deed(program, part)];
  counts.erase("");
  return Text(absl::StrJoin(counts, " ", absl::PairFormatter(":")));
}

using WindowMember = int64_t (WindowDimension::*)() const;

void AddWindow(const HloInstructionProto& instruction, v1::OpSignature& signature) {
  struct Member {
    const char* name;
    WindowMember value;
  };
  static constexpr Member kMembers[] = {
      {"window_size", &WindowDimension::size},
      {"window_stride", &WindowDimension::stride},
      {"padding_low", &WindowDimension::padding_low},
      {"padding_high", &WindowDimension::padding_high},
      {"window_dilation", &WindowDimension::window_dilation},
      {"base_dilation", &WindowDimension::base_dilation},
  };
  for (const Member& member : kMembers) {
    Integers values;
    for (const WindowDimension& axis : instruction.window().dimensions()) values.Add((axis.*member.value)());
    AddIntegers(member.name, values, signature);
  }
}

void AddConvolution(const HloInstructionProto& instruction, v1::OpSignature& signature) {
  const auto& axes = instruction.convolution_dimension_numbers();
  AddInteger("input_batch_dimension", axes.input_batch_dimension(), signature);
  AddInteger("input_feature_dimension", axes.input_feature_dimension(), signature);
  AddIntegers("input_spatial_dimensions", axes.input_spatial_dimensions(), signature);
  AddInteger("kernel_input_feature_dimension", axes.kernel_input_feature_dimension(), signature);
  AddInteger("kernel_output_feature_dimension", axes.kernel_output_feature_dimension(), signature);
  AddIntegers("kernel_spatial_dimensions", axes.kernel_spatial_dimensions(), signature);
  AddInteger("output_batch_dimension", axes.output_batch_dimension(), signature);
  AddInteger("output_feature_dimension", axes.output_feature_dimension(), signature);
  AddIntegers("output_spatial_dimensions", axes.output_spatial_dimensions(), signature);
  AddInteger("feature_group_count", instruction.feature_group_count(), signature);
  AddInteger("batch_group_count", instruction.batch_group_count(), signature);
}

void AddAttributes(const HloInstructionProto& instruction, v1::OpSignature& signature) {
  if (!instruction.custom_call_target().empty()) {
    v1::Attribute& target = *signature.add_attributes();
    target.set_name("custom_call_target");
    target.set_text(Text(instruction.custom_call_target()));
  }
  if (const auto axes = DotAxes(instruction)) {
    AddIntegers("lhs_contracting_dimensions", axes->lhs_contracting_dimensions(), signature);
    AddIntegers("rhs_contracting_dimensions", axes->rhs_contracting_dimensions(), signature);
    AddIntegers("lhs_batch_dimensions", axes->lhs_batch_dimensions(), signature);
    AddIntegers("rhs_batch_dimensions", axes->rhs_batch_dimensions(), signature);
  }
  if (instruction.has_window()) AddWindow(instruction, signature);
  if (instruction.has_convolution_dimension_numbers()) AddConvolution(instruction, signature);
  if (!instruction.dimensions().empty()) AddIntegers("dimensions", instruction.dimensions(), signature);
}

struct Collective {
  absl::string_view opcode;
  v1::Communication::Type type;
};

constexpr Collective kCollectives[] = {
    {"all-reduce", v1::Communication::TYPE_ALL_REDUCE},
    {"all-gather", v1::Communication::TYPE_ALL_GATHER},
    {"reduce-scatter", v1::Communication::TYPE_REDUCE_SCATTER},
    {"all-to-all", v1::Communication::TYPE_ALL_TO_ALL},
    {"ragged-all-to-all", v1::Communication::TYPE_ALL_TO_ALL},
    {"collective-broadcast", v1::Communication::TYPE_BROADCAST},
    {"collective-permute", v1::Communication::TYPE_OTHER},
};

std::optional<int64_t> ElementsOf(const google::protobuf::RepeatedPtrField<v1::Tensor>& tensors) {
  int64_t sum = 0;
  for (const v1::Tensor& tensor : tensors) {
    int64_t elements = 1;
    for (const int64_t size : tensor.dims()) {
      if (size < 0 || __builtin_mul_overflow(elements, size, &elements)) return std::nullopt;
    }
    if (__builtin_add_overflow(sum, elements, &sum)) return std::nullopt;
  }
  return sum;
}

// A collective in two halves is moved by the first; the second waits.
void AddCommunication(absl::string_view opcode, v1::OpSignature& signature) {
  const bool is_start = absl::ConsumeSuffix(&opcode, "-start");
  for (const Collective& collective : kCollectives) {
    if (collective.opcode != opcode) continue;
    signature.set_kind(v1::OPERATOR_KIND_COLLECTIVE);
    v1::Communication& communication = *signature.mutable_communication();
    communication.set_type(collective.type);
    if (!signature.inputs().empty()) communication.set_dtype(signature.inputs(0).dtype());
    if (const auto given = ElementsOf(signature.inputs())) communication.set_input_elements(*given);
    // The first half's result holds its operands too.
    const auto received = ElementsOf(signature.outputs());
    if (received.has_value() && !is_start) communication.set_output_elements(*received);
  }
}

void AddFigure(double value, v1::Provenance provenance, v1::OpSignature& signature) {
  if (!std::isfinite(value) || value < 0 || value > kMostFlop) return;
  signature.mutable_flops_flop()->set_value(value);
  signature.mutable_flops_flop()->set_provenance(provenance);
}

// "loop_convert_fusion.3" without its number.
absl::string_view WithoutNumber(absl::string_view name) {
  const size_t dot = name.find_last_not_of("0123456789");
  const bool has_number = dot != absl::string_view::npos && dot > 0 && dot + 1 < name.size() && name[dot] == '.';
  return has_number ? name.substr(0, dot) : name;
}

}  // namespace

v1::DataType ElementType(int primitive_type) {
  // By XLA's number; its types of 16 bits and more that are not signed have no name here.
  static constexpr v1::DataType kTypes[] = {
      v1::DATA_TYPE_UNSPECIFIED, v1::DATA_TYPE_BOOL,        v1::DATA_TYPE_INT8,       v1::DATA_TYPE_INT16,
      v1::DATA_TYPE_INT32,       v1::DATA_TYPE_INT64,       v1::DATA_TYPE_UINT8,      v1::DATA_TYPE_OTHER,
      v1::DATA_TYPE_OTHER,       v1::DATA_TYPE_OTHER,       v1::DATA_TYPE_FLOAT16,    v1::DATA_TYPE_FLOAT32,
      v1::DATA_TYPE_FLOAT64,     v1::DATA_TYPE_OTHER,       v1::DATA_TYPE_OTHER,      v1::DATA_TYPE_COMPLEX64,
      v1::DATA_TYPE_BFLOAT16,    v1::DATA_TYPE_OTHER,       v1::DATA_TYPE_COMPLEX128, v1::DATA_TYPE_FLOAT8_E5M2,
      v1::DATA_TYPE_FLOAT8_E4M3, v1::DATA_TYPE_INT4,        v1::DATA_TYPE_OTHER,      v1::DATA_TYPE_OTHER,
      v1::DATA_TYPE_FLOAT8_E5M2, v1::DATA_TYPE_FLOAT8_E4M3, v1::DATA_TYPE_OTHER,      v1::DATA_TYPE_OTHER,
      v1::DATA_TYPE_FLOAT8_E4M3, v1::DATA_TYPE_OTHER,       v1::DATA_TYPE_OTHER,      v1::DATA_TYPE_OTHER,
      v1::DATA_TYPE_FLOAT4_E2M1,
  };
  const bool is_known = primitive_type >= 0 && primitive_type < static_cast<int>(std::size(kTypes));
  return is_known ? kTypes[primitive_type] : v1::DATA_TYPE_OTHER;
}

bool IsPlausible(double flop, int64_t duration_ps) {
  return std::isfinite(flop) && flop > 0 && flop <= static_cast<double>(duration_ps) * (kMostFlopPerSecond / 1e12);
}

v1::OpSignature SignatureOf(const HloOp& op, const HloProgram* program, const HloInstructionProto* instruction) {
  v1::OpSignature signature;
  signature.set_kind(v1::OPERATOR_KIND_HOST_OP);
  const bool is_known = program != nullptr && instruction != nullptr;
  const absl::string_view name = is_known ? absl::string_view(instruction->opcode()) : WithoutNumber(op.name);
  signature.set_name(absl::StrCat(kNamespace, Text(name)));
  AddExtra("hlo_op", Text(op.name), signature);
  AddExtra("hlo_module", Text(is_known ? absl::string_view(program->name()) : op.module), signature);
  const bool is_stated = op.flop.has_value() && IsPlausible(*op.flop, op.shortest_ps);
  if (is_stated) AddFigure(*op.flop, v1::PROVENANCE_COMPILER, signature);
  if (!is_known) return signature;
  AddExtra("op_name", Text(instruction->metadata().op_name()), signature);
  AddExtra("fusion_kind", Text(instruction->fusion_kind()), signature);
  if (instruction->opcode() == "fusion") AddExtra("holds", ContentOf(*program, *instruction), signature);
  AddOperands(*program, *instruction, signature);
  AddOutputs(instruction->shape(), signature);
  signature.set_outputs_recorded(true);
  AddAttributes(*instruction, signature);
  AddCommunication(instruction->opcode(), signature);
  if (const auto flop = MatrixFlop(*program, *instruction); flop.has_value() && !is_stated) {
    AddFigure(*flop, v1::PROVENANCE_FORMULA, signature);
  }
  return signature;
}

}  // namespace sandglass::collectors::xplane
