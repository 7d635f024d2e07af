// Causal depthwise convolutions over a sequence, as state space models have them before their recurrence.
#include <cmath>
#include <cstdint>

#include "absl/strings/str_cat.h"
#include "analyzer/ops/formulas.h"

namespace sandglass::ops {
namespace {

using trace::Tensor;

// Channels are the second axis of x and the first of the weight.
void CheckChannels(Account& account, const Tensor& input, const Tensor& weight) {
  if (account.Dim(input, 1) == account.Dim(weight, 0)) return;
  account.Invalid(absl::StrCat(account.Path(weight), ".dims: ", account.Dim(weight, 0), " channels, x has ",
                               account.Dim(input, 1)));
}

double CausalFlop(Account& account, const Tensor& weight) {
  return 2.0 * static_cast<double>(account.Dim(weight, 1)) + 2 * kTranscendentalFlop + 2;
}

}  // namespace

// Causal depthwise convolution of the causal-conv1d library: x [batch, channels, length], weight [channels, taps], bias
// [channels]; a multiply-add for each tap, the bias, and silu (exp 8, 1 + e 1, division 8): 2·taps + 18. A thread loads
// 16 bytes of one channel at a time, in blocks of 128.
void CausalConvolutionWork(Account& account) {
  constexpr double kThreads = 128;
  constexpr double kVectorBytes = 16;
  const Tensor& input = account.NeedRank(0, 3, 3);
  const Tensor& weight = account.NeedRank(1, 2, 2);
  if (!account.ok()) return;
  CheckChannels(account, input, weight);
  const auto elements = static_cast<double>(account.Elements(input));
  account.Vector(elements * CausalFlop(account, weight));
  const double row_bytes = account.ElementBytes(input, static_cast<double>(account.Dim(input, 2)));
  const double rows = static_cast<double>(account.Dim(input, 0)) * static_cast<double>(account.Dim(input, 1));
  account.ThreadTurns(rows * std::ceil(row_bytes / (kThreads * kVectorBytes)) * kThreads);
  for (const uint32_t position : {0U, 1U, 2U, 4U}) account.ReadIfGiven(position);
  account.Write(input);
}

// One step of it while decoding: x [batch, channels] or [batch, channels, steps], state [slots, channels, taps],
// weight, bias. States are read and written, in threads of a channel each.
void CausalConvolutionStepWork(Account& account) {
  const Tensor& input = account.NeedRank(0, 2, 3);
  const Tensor& state = account.NeedRank(1, 3, 3);
  const Tensor& weight = account.NeedRank(2, 2, 2);
  if (!account.ok()) return;
  CheckChannels(account, input, weight);
  account.Vector(static_cast<double>(account.Elements(input)) * CausalFlop(account, weight));
  const double channels = static_cast<double>(account.Dim(input, 0)) * static_cast<double>(account.Dim(input, 1));
  account.ThreadTurns(channels);
  const double states = account.ElementBytes(state, channels * static_cast<double>(account.Dim(state, 2)));
  account.ReadBytes(states);
  account.WriteBytes(states);
  for (const uint32_t position : {0U, 2U, 3U}) account.ReadIfGiven(position);
  account.Write(input);
}

}  // namespace sandglass::ops
