// Operators that serving stacks (vLLM's _C, AITER) have beside PyTorch's: one kernel each, which writes to arguments.
#include <algorithm>
#include <cstdint>

#include "analyzer/ops/formulas.h"

namespace sandglass::ops {
namespace {

using trace::Tensor;

// Rows that a core has under way: blocks of 1,024 threads.
constexpr int32_t kRowsACore = 2;

double Count(Account& account, const Tensor& tensor) { return static_cast<double>(account.Elements(tensor)); }

double RowLength(Account& account, const Tensor& input) {
  return input.dims.empty() ? 1 : static_cast<double>(account.Dim(input, -1));
}

// x·rsqrt(mean x²)·weight of each row: square and sum 2, two multiplications, and 8 a row. What is normalized is read
// again for the result; the weight is of a row.
void NormalizeRows(Account& account, const Tensor& input) {
  const double row = RowLength(account, input);
  const double rows = row > 0 ? Count(account, input) / row : 0;
  account.Vector(4 * Count(account, input) + kTranscendentalFlop * rows);
  account.Reread(input, rows, kRowsACore);
  account.ReadBytes(account.ElementBytes(input, row));
}

}  // namespace

// The parameter is the position of the input; the result is the argument before it, or returned.
void RmsNormRowsWork(Account& account) {
  const auto at = static_cast<uint32_t>(account.parameter());
  const Tensor& input = account.Need(at);
  if (!account.ok()) return;
  NormalizeRows(account, input);
  account.Read(input);
  if (at > 0) {
    account.Write(account.Need(at - 1));
  } else {
    account.WriteResults(input);
  }
}

// As RmsNormRowsWork of input + residual, which is written, too: an addition more. By the parameter 0: input, residual,
// both overwritten; 1: result, input, residual, their sum.
void AddRmsNormWork(Account& account) {
  const auto at = static_cast<uint32_t>(account.parameter());
  const Tensor& input = account.Need(at);
  const Tensor& residual = account.Need(at + 1);
  if (!account.ok()) return;
  account.Vector(Count(account, input));
  NormalizeRows(account, residual);
  for (const Tensor* operand : {&input, &residual}) {
    account.Read(*operand);
    account.Write(*operand);
  }
}

// result [.., d], input [.., 2 d]: a function of one half, times the other. The parameter: FLOP an element of the
// result.
void GatedActivationWork(Account& account) {
  const Tensor& result = account.Need(0);
  const Tensor& input = account.Need(1);
  if (!account.ok()) return;
  account.Vector(account.parameter() * Count(account, result));
  account.Read(input);
  account.Write(result);
}

// positions, query, key or none, head_size, cache [most positions, turned elements of a head], …: x·cos ∓ y·sin, 3 FLOP
// an element that is turned, in place; each position's sines and cosines are looked up.
void RotaryEmbeddingWork(Account& account) {
  const Tensor& positions = account.Need(0);
  const Tensor& query = account.Need(1);
  const Tensor& cache = account.NeedRank(4, 2, 2);
  if (!account.ok()) return;
  const auto turned = static_cast<double>(account.Dim(cache, 1));
  const auto head = static_cast<double>(account.Integer("head_size", 3).value_or(account.Dim(cache, 1)));
  const double share = head > turned ? turned / head : 1;
  for (const uint32_t at : {1U, 2U}) {
    const Tensor* tensor = at == 1 ? &query : account.Find(at);
    if (tensor == nullptr) continue;
    const double elements = share * Count(account, *tensor);
    account.Vector(3 * elements);
    account.Read(*tensor, share);
    account.WriteBytes(account.ElementBytes(*tensor, elements));
  }
  account.Read(positions);
  account.ReadBytes(account.ElementBytes(cache, turned * Count(account, positions)));
  account.Addressed(turned * Count(account, positions));
}

// key, value [tokens, heads, size], the cache of each, slots: each token's are written where its slot says, in the type
// of the cache.
void CacheWriteWork(Account& account) {
  const Tensor& slots = account.Need(4);
  const Tensor& keys = account.Need(0);
  if (!account.ok()) return;
  // Keys of positions that only fill up a batch have no slot.
  const double tokens = keys.dims.empty() ? 1 : static_cast<double>(account.Dim(keys, 0));
  const double share = tokens > 0 ? std::min(1.0, Count(account, slots) / tokens) : 1;
  for (const uint32_t at : {0U, 1U}) {
    const Tensor& given = account.Need(at);
    const Tensor& cache = account.Need(at + 2);
    if (!account.ok()) return;
    const double elements = share * Count(account, given);
    account.Read(given, share);
    account.Addressed(elements);
    account.WriteBytes(account.ElementBytes(cache, elements));
  }
  account.Read(slots);
}

}  // namespace sandglass::ops
