#include "analyzer/ops/account.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace sandglass::ops {
namespace {

using trace::Attribute;
using trace::DataType;
using trace::Tensor;

// What Need returns after an error; formulas go on with it and enter nothing of worth.
const Tensor& NoTensor() {
  static const Tensor* const kNone = new Tensor();
  return *kNone;
}

// How many of the last tensor arguments are where results go. By schema: the keyword arguments that are written to
// ("*, Tensor(a!) out"); else by name ("aten::add.out", "aten::add_out").
size_t OutArguments(const trace::Signature& signature) {
  const absl::string_view schema = signature.op_schema;
  if (!schema.empty()) {
    const absl::string_view arguments = schema.substr(0, schema.find(") ->"));
    const size_t keywords = arguments.find("*, ");
    if (keywords == absl::string_view::npos) return 0;
    return static_cast<size_t>(absl::c_count(arguments.substr(keywords), '!'));
  }
  if (!absl::EndsWith(signature.name, ".out") && !absl::EndsWith(signature.name, "_out")) return 0;
  return std::max<size_t>(1, signature.outputs.size());
}

// Positions that repeat outside of lists were never filled in.
bool PositionsKnown(const std::vector<Tensor>& inputs) {
  for (size_t i = 1; i < inputs.size(); ++i) {
    if (inputs[i].position < inputs[i - 1].position) return false;
    if (inputs[i].position == inputs[i - 1].position && !(inputs[i].in_list && inputs[i - 1].in_list)) return false;
  }
  return true;
}

}  // namespace

Tensor MakeTensor(DataType dtype, std::vector<int64_t> dims) {
  Tensor tensor;
  tensor.dtype = dtype;
  tensor.dims = std::move(dims);
  tensor.shape_known = true;
  return tensor;
}

Account::Account(const trace::Signature& signature, const OpEntry& entry)
    : signature_(signature),
      entry_(entry),
      in_place_(ParseOpName(signature.name).in_place),
      reads_(signature.inputs.size()) {
  const size_t count = signature.inputs.size() - std::min(signature.inputs.size(), OutArguments(signature));
  for (size_t i = 0; i < count; ++i) operands_.push_back(&signature.inputs[i]);
  positions_known_ = PositionsKnown(signature.inputs);
}

const Tensor* Account::Find(uint32_t position) const {
  if (!positions_known_) return position < operands_.size() ? operands_[position] : nullptr;
  for (const Tensor* operand : operands_) {
    if (operand->position == position) return operand;
  }
  return nullptr;
}

std::vector<const Tensor*> Account::FindList(uint32_t position) const {
  std::vector<const Tensor*> list;
  for (const Tensor* operand : operands_) {
    if (operand->position == position) list.push_back(operand);
  }
  return list;
}

const Tensor& Account::Need(uint32_t position) {
  const Tensor* tensor = Find(position);
  if (tensor == nullptr) {
    Missing(absl::StrCat("inputs: argument ", position, " is not among the recorded tensors"));
    return NoTensor();
  }
  if (!tensor->shape_known) {
    Missing(absl::StrCat(Path(*tensor), " has no shape"));
    return NoTensor();
  }
  return *tensor;
}

const Tensor& Account::NeedRank(uint32_t position, size_t least, size_t most) {
  const Tensor& tensor = Need(position);
  if (!ok()) return NoTensor();
  if (tensor.dims.size() < least || tensor.dims.size() > most) {
    Invalid(absl::StrCat(Path(tensor), ".dims: ", tensor.dims.size(), " axes, where the operator takes ", least,
                         least == most ? "" : absl::StrCat(" to ", most)));
    return NoTensor();
  }
  return tensor;
}

const Attribute* Account::FindAttribute(absl::string_view name, uint32_t position) const {
  for (const Attribute& attribute : signature_.attributes) {
    if (attribute.name.empty() ? attribute.position == position : attribute.name == name) return &attribute;
  }
  return nullptr;
}

std::optional<int64_t> Account::Integer(absl::string_view name, uint32_t position) const {
  const Attribute* attribute = FindAttribute(name, position);
  if (attribute == nullptr) return std::nullopt;
  if (const auto* value = std::get_if<int64_t>(&attribute->value)) return *value;
  return std::nullopt;
}

std::optional<double> Account::Real(absl::string_view name, uint32_t position) const {
  if (const std::optional<int64_t> integer = Integer(name, position)) return static_cast<double>(*integer);
  const Attribute* attribute = FindAttribute(name, position);
  if (attribute == nullptr) return std::nullopt;
  if (const auto* value = std::get_if<double>(&attribute->value)) return *value;
  return std::nullopt;
}

std::optional<bool> Account::Boolean(absl::string_view name, uint32_t position) const {
  const Attribute* attribute = FindAttribute(name, position);
  if (attribute == nullptr) return std::nullopt;
  if (const auto* value = std::get_if<bool>(&attribute->value)) return *value;
  return std::nullopt;
}

std::optional<std::vector<int64_t>> Account::Integers(absl::string_view name, uint32_t position) const {
  if (const std::optional<int64_t> integer = Integer(name, position)) return std::vector<int64_t>{*integer};
  const Attribute* attribute = FindAttribute(name, position);
  if (attribute == nullptr) return std::nullopt;
  if (const auto* value = std::get_if<std::vector<int64_t>>(&attribute->value)) return *value;
  return std::nullopt;
}

const Tensor& Account::Result(uint32_t position, std::optional<Tensor> inferred) {
  for (const Tensor& output : signature_.outputs) {
    if (output.position == position && output.shape_known) return output;
  }
  if (!inferred.has_value()) {
    Missing(absl::StrCat("outputs[", position, "]: not recorded, and not to be inferred from the inputs"));
    return NoTensor();
  }
  inferred_.push_back(*std::move(inferred));
  return inferred_.back();
}

int64_t Account::Dim(const Tensor& tensor, int64_t axis) {
  const int64_t rank = static_cast<int64_t>(tensor.dims.size());
  const int64_t index = axis < 0 ? rank + axis : axis;
  if (index < 0 || index >= rank) {
    Invalid(absl::StrCat(Path(tensor), ".dims: ", rank, " axes, and none at ", axis));
    return 0;
  }
  return tensor.dims[index];
}

int64_t Account::Product(absl::Span<const int64_t> sizes, absl::string_view path) {
  // An empty axis makes the whole empty, however large the others are.
  if (absl::c_linear_search(sizes, 0)) return 0;
  __int128 product = 1;
  for (const int64_t size : sizes) {
    if (size < 0) {
      Invalid(absl::StrCat(path, ": ", size, " is negative"));
      return 0;
    }
    product *= size;
    if (product > std::numeric_limits<int64_t>::max()) {
      Invalid(absl::StrCat(path, ": product overflows"));
      return 0;
    }
  }
  return static_cast<int64_t>(product);
}

int64_t Account::Elements(const Tensor& tensor) {
  if (!tensor.shape_known) {
    Missing(absl::StrCat(Path(tensor), " has no shape"));
    return 0;
  }
  return Product(tensor.dims, absl::StrCat(Path(tensor), ".dims"));
}

int64_t Account::DistinctElements(const Tensor& tensor) {
  const int64_t elements = Elements(tensor);
  if (elements == 0 || tensor.strides.size() != tensor.dims.size()) return elements;
  int64_t distinct = 1;
  for (size_t axis = 0; axis < tensor.dims.size(); ++axis) {
    if (tensor.strides[axis] != 0) distinct *= tensor.dims[axis];
  }
  return distinct;
}

double Account::ElementBytes(const Tensor& tensor, double elements) {
  const std::optional<int> bits = trace::ElementBits(tensor.dtype);
  if (!bits.has_value()) {
    Missing(absl::StrCat(Path(tensor), ".dtype: not known, so its bytes are not"));
    return 0;
  }
  return std::ceil(elements * *bits / 8);
}

double Account::TensorBytes(const Tensor& tensor) {
  const double bytes = ElementBytes(tensor, static_cast<double>(DistinctElements(tensor)));
  // Opaque tensors report a storage of no bytes.
  if (!tensor.storage_bytes.has_value() || *tensor.storage_bytes <= 0) return bytes;
  return std::min(bytes, static_cast<double>(*tensor.storage_bytes));
}

void Account::Read(const Tensor& tensor, double share) {
  if (tensor.shape_known && tensor.dims.empty()) return;
  const double bytes = share * TensorBytes(tensor);
  ReadBytes(bytes);
  if (const std::optional<size_t> input = InputOf(tensor); input.has_value()) reads_[*input] += bytes;
}

void Account::ReadIfGiven(uint32_t position) {
  const Tensor* tensor = Find(position);
  if (tensor != nullptr) Read(*tensor);
}

void Account::Reread(const Tensor& tensor, double rows, int32_t rows_a_core, double flop) {
  const Bytes bytes = Bytes::Of(TensorBytes(tensor));
  work_.reread.bytes += bytes;
  work_.reread.row += bytes / std::max(1.0, rows);
  work_.reread.rows_a_core = rows_a_core;
  work_.reread.vector += Flop::Of(flop);
}

void Account::RereadShared(double bytes, double times) {
  work_.reread.bytes += Bytes::Of(bytes * times);
  work_.reread.row += Bytes::Of(bytes);
  work_.reread.rows_a_core = 0;
}

void Account::RereadByKernel(double bytes, double times) {
  RereadShared(bytes, times);
  work_.reread.between_kernels = true;
  ++work_.kernels;
}

void Account::ReadOperands() {
  for (const Tensor* operand : operands_) Read(*operand);
}

void Account::Write(const Tensor& tensor) { WriteBytes(TensorBytes(tensor)); }

void Account::WriteResults(std::optional<Tensor> inferred) {
  if (signature_.outputs.empty()) {
    Write(Result(0, std::move(inferred)));
    return;
  }
  for (size_t i = 0; i < signature_.outputs.size(); ++i) {
    const Tensor& output = signature_.outputs[i];
    Write(output.shape_known || i > 0 ? output : Result(output.position, inferred));
  }
}

void Account::Matrix(const MatrixProblem& problem, DataType dtype) {
  work_.problem = problem;
  work_.matrix_dtype = dtype;
  work_.matrix += FlopOf(problem);
}

void Account::Convolution(const ConvolutionProblem& convolution, DataType dtype) {
  Matrix(convolution.products[0].problem, dtype);
  if (convolution.count > 1) {
    work_.second_problem = convolution.products[1].problem;
    work_.matrix += FlopOf(*work_.second_problem);
  }
  work_.convolution = std::make_shared<const ConvolutionProblem>(convolution);
}

void Account::GroupedMatrix(const MatrixProblem& problem, double flop, DataType dtype) {
  StatedMatrix(flop, dtype);
  if (flop > 0) work_.problem = problem;
}

void Account::SecondGroupedMatrix(const MatrixProblem& problem, double flop) {
  work_.matrix += Flop::Of(flop);
  if (flop > 0) work_.second_problem = problem;
}

void Account::MatrixInTurns(const MatrixProblem& problem, int64_t turns) {
  work_.matrix += static_cast<double>(turns) * FlopOf(problem);
  work_.second_problem = problem;
  work_.second_turns = turns;
}

void Account::StatedMatrix(double flop, DataType dtype) {
  work_.matrix_dtype = dtype;
  work_.matrix += Flop::Of(flop);
}

void Account::Attention(const AttentionProblem& problem) {
  work_.attention = problem;
  if (work_.matrix_dtype != DataType::kFloat64) work_.vector_dtype = DataType::kFloat32;
}

void Account::Fail(absl::StatusCode code, absl::string_view message) {
  if (status_.ok()) status_ = absl::Status(code, absl::StrCat(signature_.name, ": ", message));
}

std::optional<size_t> Account::InputOf(const Tensor& tensor) const {
  for (size_t i = 0; i < signature_.inputs.size(); ++i) {
    if (&signature_.inputs[i] == &tensor) return i;
  }
  return std::nullopt;
}

std::string Account::Path(const Tensor& tensor) const {
  if (const std::optional<size_t> input = InputOf(tensor); input.has_value()) {
    return absl::StrCat("inputs[", *input, "]");
  }
  for (size_t i = 0; i < signature_.outputs.size(); ++i) {
    if (&signature_.outputs[i] == &tensor) return absl::StrCat("outputs[", i, "]");
  }
  return "outputs[0] (inferred)";
}

DataType Account::UsualVectorType() const {
  for (const Tensor& output : signature_.outputs) {
    if (trace::IsFloatingPoint(output.dtype)) return output.dtype;
  }
  for (const Tensor* operand : operands_) {
    if (trace::IsFloatingPoint(operand->dtype)) return operand->dtype;
  }
  if (!operands_.empty()) return operands_.front()->dtype;
  return signature_.outputs.empty() ? DataType::kUnspecified : signature_.outputs.front().dtype;
}

absl::StatusOr<Work> Account::Finish() {
  if (!status_.ok()) return status_;
  work_.op_class = entry_.op_class;
  if (work_.vector.value() > 0 && work_.vector_dtype == DataType::kUnspecified) work_.vector_dtype = UsualVectorType();
  return work_;
}

}  // namespace sandglass::ops
