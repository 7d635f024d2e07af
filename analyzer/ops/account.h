// The books of one operator while its work is added up: its arguments by position, checked sizes, and the entries.
//
// A formula reads arguments and makes entries in a straight line; the first error is kept and Finish returns it, so
// that formulas need no branches for errors. Sizes are multiplied in 128 bits and must fit 63. Internal to
// analyzer/ops. Not thread-safe; lives while its signature does.
#ifndef SANDGLASS_ANALYZER_OPS_ACCOUNT_H_
#define SANDGLASS_ANALYZER_OPS_ACCOUNT_H_

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "analyzer/ops/op_table.h"
#include "analyzer/ops/work.h"
#include "analyzer/trace/trace.h"

namespace sandglass::ops {

class Account {
 public:
  Account(const trace::Signature& signature, const OpEntry& entry);

  const trace::Signature& signature() const { return signature_; }
  // The table's number for this operator (Formula says what it means).
  int parameter() const { return entry_.parameter; }
  OpClass op_class() const { return entry_.op_class; }
  // Whether the name says that the first input is overwritten.
  bool in_place() const { return in_place_; }

  // Tensor arguments that the operator reads: all but those of an out= form.
  const std::vector<const trace::Tensor*>& operands() const { return operands_; }
  // The tensor argument at a position of the operator's schema; nullptr if it is none, or absent.
  const trace::Tensor* Find(uint32_t position) const;
  // All tensors of the list at that position.
  std::vector<const trace::Tensor*> FindList(uint32_t position) const;
  // As Find; an error if it is missing, or its shape is not known.
  const trace::Tensor& Need(uint32_t position);
  // As Need; an error unless its rank is within [least, most].
  const trace::Tensor& NeedRank(uint32_t position, size_t least, size_t most);

  // Arguments that are not tensors, by name, or by position where the trace has no names; nullopt: not recorded, None,
  // or of another type. A single integer serves as a list of one.
  std::optional<int64_t> Integer(absl::string_view name, uint32_t position) const;
  std::optional<double> Real(absl::string_view name, uint32_t position) const;
  std::optional<bool> Boolean(absl::string_view name, uint32_t position) const;
  std::optional<std::vector<int64_t>> Integers(absl::string_view name, uint32_t position) const;

  // The result at a position as recorded, otherwise as inferred; an error if there is neither.
  const trace::Tensor& Result(uint32_t position, std::optional<trace::Tensor> inferred);

  // Size along an axis (negative: from the end); an error if there is no such axis.
  int64_t Dim(const trace::Tensor& tensor, int64_t axis);
  // Product of sizes; an error naming `path` if it overflows.
  int64_t Product(absl::Span<const int64_t> sizes, absl::string_view path);
  // Elements of a tensor, and those of them that have memory of their own (an expanded axis has one).
  int64_t Elements(const trace::Tensor& tensor);
  int64_t DistinctElements(const trace::Tensor& tensor);
  // Bytes of `elements` of that tensor's type.
  double ElementBytes(const trace::Tensor& tensor, double elements);
  // Bytes of its distinct elements, at most those of its storage.
  double TensorBytes(const trace::Tensor& tensor);

  // Entries. Reading a scalar (no axes) is free.
  void Read(const trace::Tensor& tensor, double share = 1);
  void ReadIfGiven(uint32_t position);
  void ReadOperands();
  // Enters that a tensor of so many rows is read again, row by row.
  void Reread(const trace::Tensor& tensor, double rows, int32_t rows_a_core, double flop = 0);
  // Enters that bytes which all cores share are read again so many times.
  void RereadShared(double bytes, double times);
  // The same by one more kernel.
  void RereadByKernel(double bytes, double times);
  void ReadBytes(double bytes) { work_.read += Bytes::Of(bytes); }
  void Write(const trace::Tensor& tensor);
  // Writes every recorded result, or else the inferred one; an error if there is neither.
  void WriteResults(std::optional<trace::Tensor> inferred);
  void WriteBytes(double bytes) { work_.written += Bytes::Of(bytes); }
  // Enters elements whose places are computed one by one.
  void Addressed(double elements) { work_.addressed += elements; }
  void Vector(double flop) { work_.vector += Flop::Of(flop); }
  // Enters 2·batch·m·n·k FLOP for matrix units, on elements of that type.
  void Matrix(const MatrixProblem& problem, trace::DataType dtype);
  // Groups share rows, which are rounded up in the problem: fewer FLOP. Second: of a product behind the first.
  void GroupedMatrix(const MatrixProblem& problem, double flop, trace::DataType dtype);
  void SecondGroupedMatrix(const MatrixProblem& problem, double flop);
  // The same where only their number is known.
  void StatedMatrix(double flop, trace::DataType dtype);
  // Of a product behind the first that runs so many times, each after the one before.
  void MatrixInTurns(const MatrixProblem& problem, int64_t turns);
  // Enters the products of a convolution; there is one at least.
  void Convolution(const ConvolutionProblem& convolution, trace::DataType dtype);
  // Says that the matrix work is fused attention's, whose softmax is computed in FP32 at least.
  void Attention(const AttentionProblem& problem);
  void Recurrence(const RecurrenceProblem& problem) { work_.recurrence = problem; }
  void ThreadTurns(double turns) { work_.thread_turns += turns; }
  void Loop(int64_t steps, int32_t operators_per_step) { work_.loop = SerialLoop{steps, operators_per_step}; }
  void Transfer(const ops::Transfer& transfer) { work_.transfer = transfer; }
  void Kernels(int32_t kernels) { work_.kernels = kernels; }
  void VectorType(trace::DataType dtype) { work_.vector_dtype = dtype; }

  // Keeps the first error. Messages begin with a field path and need not name the operator.
  void Invalid(absl::string_view message) { Fail(absl::StatusCode::kInvalidArgument, message); }
  void Missing(absl::string_view message) { Fail(absl::StatusCode::kFailedPrecondition, message); }
  bool ok() const { return status_.ok(); }
  // Where a tensor stands in the signature: "inputs[0]", "outputs[1]".
  std::string Path(const trace::Tensor& tensor) const;

  // Bytes read of each of the signature's inputs.
  const std::vector<double>& reads() const { return reads_; }

  // The work, or the first error. The type of vector work is that of the first floating-point result or operand
  // unless a formula said it.
  absl::StatusOr<Work> Finish();

 private:
  // Which of the inputs it is; nullopt: none of them.
  std::optional<size_t> InputOf(const trace::Tensor& tensor) const;
  void Fail(absl::StatusCode code, absl::string_view message);
  const trace::Attribute* FindAttribute(absl::string_view name, uint32_t position) const;
  trace::DataType UsualVectorType() const;

  const trace::Signature& signature_;
  const OpEntry entry_;
  const bool in_place_;
  std::vector<const trace::Tensor*> operands_;
  // Whether inputs carry their positions; otherwise their order stands for it.
  bool positions_known_ = true;
  std::deque<trace::Tensor> inferred_;
  std::vector<double> reads_;
  Work work_;
  absl::Status status_;
};

// A contiguous tensor of that type and shape.
trace::Tensor MakeTensor(trace::DataType dtype, std::vector<int64_t> dims);

}  // namespace sandglass::ops

#endif  // SANDGLASS_ANALYZER_OPS_ACCOUNT_H_
