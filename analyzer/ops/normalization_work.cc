// Softmax and normalizations: reductions along rows, then an elementwise map of the same rows.
#include <algorithm>
#include <initializer_list>
#include <optional>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "analyzer/ops/formulas.h"

namespace sandglass::ops {
namespace {

using trace::Tensor;

// Eager kernels' rows. Softmax holds short ones in registers; longer ones have blocks of up to 1,024 threads, two of
// which a core has under way, and are gone through three times, for the maximum, the sum and the result; of the last
// two one counts, because both are of a row that the core has just read. Normalizations have blocks of 128 threads and
// go through a row for its moments and again for its result.
constexpr double kSoftmaxShortRow = 1024;
constexpr int32_t kSoftmaxRowsACore = 2;
constexpr int32_t kNormalizationRowsACore = 16;

double Count(Account& account, const Tensor& tensor) { return static_cast<double>(account.Elements(tensor)); }

// Rows along the axis at argument `position` (the last where it is not recorded).
double Rows(Account& account, const Tensor& tensor, uint32_t position) {
  if (!account.ok() || tensor.dims.empty()) return 1;
  const int64_t length = account.Dim(tensor, account.Integer("dim", position).value_or(-1));
  return length == 0 ? 0 : Count(account, tensor) / static_cast<double>(length);
}

// Gradients of input, weight and bias: as recorded, else one like each of these.
void WriteGradients(Account& account, const Tensor& input, const Tensor* weight) {
  if (account.signature().outputs_recorded) {
    account.WriteResults(std::nullopt);
    return;
  }
  account.Write(input);
  if (weight == nullptr) return;
  account.Write(*weight);
  account.Write(*weight);
}

bool IsShort(double elements, double rows) { return elements <= kSoftmaxShortRow * rows; }

// Groups are normalized by operators of this name, whose weight is of channels and not of a row, and their number is
// that argument.
constexpr absl::string_view kGroupNorm = "group_norm";
constexpr uint32_t kGroupsPosition = 6;

// As many as there are means, which are the second result; nullopt: no results are recorded.
std::optional<double> RecordedRows(Account& account) {
  for (const Tensor& output : account.signature().outputs) {
    if (output.position == 1) return Count(account, output);
  }
  return std::nullopt;
}

// Rows that a normalization makes of its input: those recorded; else what normalized_shape says at argument 1, or in
// ONNX the weight there; else the groups of each sample.
double NormalizedRows(Account& account, const Tensor& input) {
  if (const std::optional<double> rows = RecordedRows(account); rows.has_value()) return *rows;
  const std::optional<std::vector<int64_t>> shape = account.Integers("normalized_shape", 1);
  const Tensor* weight = absl::StrContains(account.signature().name, kGroupNorm) ? nullptr : account.Find(1);
  if (!shape.has_value() && (weight == nullptr || weight->dims.empty())) {
    return static_cast<double>(account.Dim(input, 0)) *
           static_cast<double>(std::max<int64_t>(1, account.Integer("group", kGroupsPosition).value_or(1)));
  }
  const int64_t row = shape.has_value() ? account.Product(*shape, "normalized_shape") : account.Elements(*weight);
  return row > 0 ? Count(account, input) / static_cast<double>(row) : 1;
}

// Reads all operands, and some of them again.
void ReadTwice(Account& account, std::initializer_list<const Tensor*> again, double rows) {
  for (const Tensor* operand : account.operands()) {
    account.Read(*operand);
    if (std::find(again.begin(), again.end(), operand) != again.end()) {
      account.Reread(*operand, rows, kNormalizationRowsACore);
    }
  }
}

// An element: x̂ = (x − mean)·rstd 2; Σ g·x̂ for the weight's gradient 2; Σ g for the bias's 1; g·weight 1; its sum 1 and
// its sum with x̂ 2; dx = rstd·(g − a − x̂·b) 4: 13, or 9 without a weight. A second kernel, where there is one, goes
// through gradient and input once more.
void Gradients(Account& account, bool second_kernel_without_weight) {
  const Tensor& grad = account.Need(0);
  const Tensor& input = account.Need(1);
  if (!account.ok()) return;
  const Tensor* weight = account.Find(static_cast<uint32_t>(account.parameter()));
  account.Vector((weight == nullptr ? 9 : 13) * Count(account, grad));
  account.ReadOperands();
  if (weight != nullptr || second_kernel_without_weight) {
    account.RereadByKernel(account.TensorBytes(grad) + account.TensorBytes(input), 1);
  }
  WriteGradients(account, input, weight);
}

}  // namespace

// An element: compare for the maximum 1, subtract it 1, exp 8, sum 1, scale 1 (or, of the logarithm, subtract): 12. A
// row: one reciprocal or logarithm, 8. Long rows are read again, and 9 done again for the result.
void SoftmaxWork(Account& account) {
  const Tensor& input = account.Need(0);
  if (!account.ok()) return;
  const double rows = Rows(account, input, 1);
  const double elements = Count(account, input);
  account.Vector((kTranscendentalFlop + 4) * elements + kTranscendentalFlop * rows);
  account.Read(input);
  if (!IsShort(elements, rows)) {
    account.Reread(input, rows, kSoftmaxRowsACore, (kTranscendentalFlop + 1) * elements);
  }
  for (const Tensor* operand : account.operands()) {
    if (operand != &input) account.Read(*operand);
  }
  account.WriteResults(input);
}

// y·(g − Σ g·y): multiply, sum, subtract, multiply: 4 an element. By two kernels: the first writes g·y, which the
// second reads with y: three more passes of a tensor. A mask is read, too.
void SoftmaxBackwardWork(Account& account) {
  const Tensor& grad = account.Need(0);
  const Tensor& output = account.Need(1);
  if (!account.ok()) return;
  account.Vector(4 * Count(account, grad));
  account.Read(grad);
  account.Read(output);
  account.ReadIfGiven(2);
  account.WriteResults(grad);
  account.RereadByKernel(2 * account.TensorBytes(output), 1.5);
}

// Of the logarithm, g − exp(y)·Σ g: exp 8, sum, multiply, subtract: 11. Long rows of the gradient are read for the sum
// and again.
void LogSoftmaxBackwardWork(Account& account) {
  const Tensor& grad = account.Need(0);
  const Tensor& output = account.Need(1);
  if (!account.ok()) return;
  const double rows = Rows(account, output, 2);
  account.Vector((kTranscendentalFlop + 3) * Count(account, grad));
  account.Read(grad);
  if (!IsShort(Count(account, output), rows)) account.Reread(grad, rows, kSoftmaxRowsACore);
  account.Read(output);
  account.WriteResults(grad);
}

// An element: mean 1, variance 3 (subtract, multiply, add), normalize 2, and 1 each for weight and bias. A row: an
// inverse square root, 8. The input is read again for the result; mean and inverse deviation of each row are results
// (those of a trace without results are left out: 8 bytes a row).
void LayerNormWork(Account& account) {
  const Tensor& input = account.Need(0);
  if (!account.ok()) return;
  const double affine = static_cast<double>(account.operands().size()) - 1;
  account.Vector((6 + affine) * Count(account, input));
  account.Vector(kTranscendentalFlop * RecordedRows(account).value_or(0));
  ReadTwice(account, {&input}, NormalizedRows(account, input));
  account.WriteResults(input);
}

// An element: square and sum 2, normalize 1, and 1 for the weight. A row: an inverse square root, 8. The input is read
// again for the result; inverse deviations are results where they are recorded.
void RmsNormWork(Account& account) {
  const Tensor& input = account.Need(0);
  if (!account.ok()) return;
  const double rows = NormalizedRows(account, input);
  account.Vector(4 * Count(account, input) + kTranscendentalFlop * rows);
  ReadTwice(account, {&input}, rows);
  account.WriteResults(input);
}

// A kernel goes through rows of gradient and input for the sums and for dx, of which the core keeps them; where there
// is a weight, another goes through both along columns for its gradient and the bias's.
void LayerNormBackwardWork(Account& account) { Gradients(account, /*second_kernel_without_weight=*/false); }

// A kernel sums gradient and input over each channel of a group, another makes dx of both; the weight's gradient and
// the bias's are of the sums.
void GroupNormBackwardWork(Account& account) { Gradients(account, /*second_kernel_without_weight=*/true); }

// native_batch_norm(input, weight, bias, running_mean, running_var, training, ...): training, as LayerNormWork with
// channels for rows, and the running statistics updated (3 a channel each, written). In inference scale and shift are
// folded a channel, and an element takes 2 FLOP and one pass.
void BatchNormWork(Account& account) {
  const Tensor& input = account.NeedRank(0, 2, 5);
  if (!account.ok()) return;
  const bool training = account.Boolean("training", 5).value_or(true);
  const double channels = static_cast<double>(account.Dim(input, 1));
  account.Vector((training ? 8 : 2) * Count(account, input));
  account.Vector((training ? kTranscendentalFlop + 6 : kTranscendentalFlop + 3) * channels);
  if (training) {
    ReadTwice(account, {&input}, channels);
  } else {
    account.ReadOperands();
  }
  for (const Tensor* operand : account.operands()) {
    // The running statistics are updated in place.
    const bool statistic = operand->position == 3 || operand->position == 4;
    if (training && statistic) account.Write(*operand);
  }
  account.WriteResults(input);
}

// native_batch_norm_backward(grad, input, weight, ...): as LayerNormBackwardWork. The bias has the weight's shape.
void BatchNormBackwardWork(Account& account) {
  const Tensor& grad = account.Need(0);
  const Tensor& input = account.Need(1);
  if (!account.ok()) return;
  account.Vector(13 * Count(account, grad));
  ReadTwice(account, {&grad, &input}, static_cast<double>(account.Dim(input, 1)));
  WriteGradients(account, input, account.Find(2));
}

}  // namespace sandglass::ops
