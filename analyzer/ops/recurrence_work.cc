// Linear recurrences of a matrix-valued state, which kernels compute in chunks of positions.
//
// Gated delta rule (Yang et al. 2024, "Gated Delta Networks"), for each head of values, state S of [key size, value
// size]:
//   S[t] = a[t]·(S[t−1] − b[t]·k[t]·(k[t]ᵀ·S[t−1])) + b[t]·k[t]·v[t]ᵀ        o[t] = S[t]ᵀ·q[t]
// State spaces (Dao & Gu 2024, "Transformers are SSMs", the chunks of listing 1), state of [states, head size]:
//   S[t] = exp(dt[t]·A)·S[t−1] + dt[t]·B[t]·x[t]ᵀ                             y[t] = S[t]ᵀ·C[t] + D·x[t]
//
// Inputs are [batch, length, heads, size]. Queries and keys may have fewer heads than values and share them. Sequences
// of several lengths come packed, as a batch of one with a list of where they end; they are taken to be equally long.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>

#include "absl/strings/str_cat.h"
#include "analyzer/ops/formulas.h"

namespace sandglass::ops {
namespace {

using trace::Tensor;

// Positions of a chunk of the delta rule's kernels.
constexpr int64_t kDeltaRuleChunk = 64;
// Scores of keys, their triangle's inverse, transformed keys and values, states, and results: a kernel each.
constexpr int32_t kDeltaRuleKernels = 5;
// Where no kernel has it, the published loops run: 18 operators for each chunk, and before them the inverse of all
// triangles, a row at a time, of 6 operators each.
constexpr int32_t kDeltaRuleOperatorsPerChunk = 18;
constexpr int32_t kInverseOperatorsPerRow = 6;
// A position at a time: decay and its product, Sᵀ·k and its sum, the difference, its product with b, the outer product,
// the addition, Sᵀ·q and its sum.
constexpr int32_t kDeltaRuleOperatorsPerStep = 10;
// Running sums, states of chunks, states passed on, scores, and results; running sums have no tiles.
constexpr int32_t kStateSpaceKernels = 5;
constexpr int64_t kStateSpaceChunk = 256;

constexpr double kFloat32Bytes = 4;

struct RecurrenceShape {
  // Sequences, and positions of one.
  int64_t batch = 0;
  int64_t length = 0;
  // Of values, each with a state.
  int64_t heads = 0;
  int64_t key_size = 0;
  int64_t value_size = 0;

  double sequences() const { return static_cast<double>(batch) * static_cast<double>(heads); }
  double state() const { return static_cast<double>(key_size) * static_cast<double>(value_size); }
};

int64_t Chunks(int64_t length, int64_t chunk) { return length / chunk + (length % chunk > 0 ? 1 : 0); }

// Takes a batch of one apart into its sequences, which begin and end at the places that the tensor at `position` lists.
void Unpack(const Account& account, uint32_t position, RecurrenceShape& shape) {
  const Tensor* ends = account.Find(position);
  if (shape.batch != 1 || ends == nullptr || ends->dims.size() != 1 || ends->dims[0] < 2) return;
  shape.batch = ends->dims[0] - 1;
  shape.length = Chunks(shape.length, shape.batch);
}

// Queries, keys and values are the first three arguments, decays the fourth and factors of the delta rule the fifth,
// [batch, length, heads]; others of that name (without the delta rule, or with decays of elements) have other arguments
// there.
RecurrenceShape DeltaRuleShape(Account& account) {
  const Tensor& query = account.NeedRank(0, 4, 4);
  const Tensor& key = account.NeedRank(1, 4, 4);
  const Tensor& value = account.NeedRank(2, 4, 4);
  account.NeedRank(4, 3, 3);
  RecurrenceShape shape;
  if (!account.ok()) return shape;
  shape = {account.Dim(value, 0), account.Dim(value, 1), account.Dim(value, 2), account.Dim(key, 3),
           account.Dim(value, 3)};
  for (int64_t axis = 0; axis < 4; ++axis) {
    if (account.Dim(query, axis) != account.Dim(key, axis)) {
      account.Invalid(absl::StrCat(account.Path(key), ".dims: not those of queries"));
    }
  }
  for (int64_t axis = 0; axis < 2; ++axis) {
    if (account.Dim(key, axis) != account.Dim(value, axis)) {
      account.Invalid(absl::StrCat(account.Path(value), ".dims: ", account.Dim(value, axis), " along axis ", axis,
                                   ", keys have ", account.Dim(key, axis)));
    }
  }
  const int64_t shared = account.Dim(key, 2);
  if (account.ok() && (shared == 0 || shape.heads % shared != 0)) {
    account.Invalid(
        absl::StrCat(account.Path(key), ".dims: ", shared, " heads do not divide the ", shape.heads, " of values"));
  }
  Unpack(account, 8, shape);
  return shape;
}

// Enters what one pass over all states takes. States come and go in a pool, which may hold more than these.
void StatesWork(Account& account, const RecurrenceShape& shape) {
  const double states = shape.sequences() * shape.state();
  bool given = false;
  for (const Tensor* operand : account.operands()) {
    if (operand->dims.size() < 4 || operand->position <= 2) {
      account.Read(*operand);
      continue;
    }
    account.ReadBytes(std::min(account.TensorBytes(*operand), account.ElementBytes(*operand, states)));
    account.WriteBytes(account.ElementBytes(*operand, states));
    given = true;
  }
  if (!given && account.Boolean("output_final_state", 7).value_or(false)) account.WriteBytes(kFloat32Bytes * states);
}

struct ChunkedShape {
  // Heads of all sequences, chunks of one sequence, and positions of one chunk.
  int64_t heads = 0;
  int64_t chunks = 0;
  int64_t rows = 0;
  // Of all heads.
  int64_t all_chunks = 0;
};

// `value`: whose axes say how many there are, in errors.
ChunkedShape InChunks(Account& account, const RecurrenceShape& shape, int64_t chunk, const Tensor& value) {
  ChunkedShape chunked = {.heads = account.Product({shape.batch, shape.heads}, account.Path(value) + ".dims"),
                          .chunks = Chunks(shape.length, chunk),
                          .rows = std::min(shape.length, chunk),
                          .all_chunks = 0};
  chunked.all_chunks = account.Product({chunked.heads, chunked.chunks}, account.Path(value) + ".dims");
  return chunked;
}

// Enters the products of all chunks, `flop` in each of them, laid out as one product each whose result has a row for
// each position and a column for each element of a value, in kernels of which `passes` have tiles.
void ChunkProducts(Account& account, const ChunkedShape& chunked, int64_t columns, double flop, int32_t passes,
                   trace::DataType dtype) {
  constexpr double kDeepest = 1e15;
  const double depth = std::ceil(flop / (2 * static_cast<double>(chunked.rows) * static_cast<double>(columns)));
  if (depth > kDeepest) {
    account.Invalid(absl::StrCat("inputs: products of a chunk of a depth of ", depth));
    return;
  }
  account.Matrix({.batch = chunked.all_chunks, .m = chunked.rows, .n = columns, .k = static_cast<int64_t>(depth)},
                 dtype);
  account.Recurrence({.heads = chunked.heads, .chunks = chunked.chunks, .chunk = chunked.rows, .passes = passes});
}

}  // namespace

// A chunk of c positions of a head, key size k, value size v. Products: k·kᵀ 2c²k, the triangle's inverse c³/3, its
// products with keys and values 2c²(k + v), w·S and kᵀ·(new v) and q·S 2ckv each, q·kᵀ 2c²k and its product with new
// values 2c²v. Vector: in two triangles a decay (exp 8, product 1) a pair: 9c²; the state's decay kv; factors of
// queries, keys twice and values, and new values c(3k + 2v); sums of decays 2c.
// Between kernels go scores in FP32, their inverse, w and u, new values, and the state before each chunk; keys are read
// four times.
void DeltaRuleChunksWork(Account& account) {
  const RecurrenceShape shape = DeltaRuleShape(account);
  if (!account.ok() || shape.batch == 0 || shape.length == 0 || shape.heads == 0 || shape.state() == 0) {
    if (account.ok()) account.Invalid("inputs: an axis of no length");
    return;
  }
  const Tensor& value = account.Need(2);
  const ChunkedShape chunked = InChunks(account, shape, kDeltaRuleChunk, value);
  const auto all = static_cast<double>(chunked.all_chunks);
  const auto c = static_cast<double>(chunked.rows);
  const auto k = static_cast<double>(shape.key_size);
  const auto v = static_cast<double>(shape.value_size);
  ChunkProducts(account, chunked, shape.value_size, c * c * (6 * k + 4 * v) + 6 * c * k * v + c * c * c / 3,
                kDeltaRuleKernels, value.dtype);
  account.Vector(all * ((kTranscendentalFlop + 1) * c * c + k * v + c * (3 * k + 2 * v + 2)));
  account.Kernels(kDeltaRuleKernels);
  account.Loop(chunked.chunks + (kDeltaRuleChunk - 1) * kInverseOperatorsPerRow / kDeltaRuleOperatorsPerChunk,
               kDeltaRuleOperatorsPerChunk);
  const double between = all * (kFloat32Bytes * c * c + account.ElementBytes(value, c * c + c * (k + 2 * v) + k * v));
  account.WriteBytes(between);
  account.ReadBytes(between + all * account.ElementBytes(value, 3 * c * k));
  StatesWork(account, shape);
  account.WriteResults(MakeTensor(value.dtype, value.dims));
}

// A step of a head: the state's decay kv, Sᵀ·k, its outer product and Sᵀ·q 2kv each: 7kv; the difference and its
// product with b 2v, and exp of the decay 8. A thread keeps a column of a state.
void DeltaRuleStepsWork(Account& account) {
  const RecurrenceShape shape = DeltaRuleShape(account);
  if (!account.ok()) return;
  const Tensor& value = account.Need(2);
  const double steps = shape.sequences() * static_cast<double>(shape.length);
  account.Vector(steps * (7 * shape.state() + 2 * static_cast<double>(shape.value_size) + kTranscendentalFlop));
  account.VectorType(trace::DataType::kFloat32);
  account.Loop(shape.length, kDeltaRuleOperatorsPerStep);
  account.ThreadTurns(shape.sequences() * static_cast<double>(shape.value_size));
  StatesWork(account, shape);
  account.WriteResults(MakeTensor(value.dtype, value.dims));
}

// x [batch, length, heads, p], dt [batch, length, heads], A [heads], B and C [batch, length, groups, n], chunk size,
// then D, z, dt_bias, initial states and where packed sequences end (at 11). A chunk of c positions of a head: C·Bᵀ
// 2c²n for each group, its product with inputs 2c²p, states and C·S 2cnp each. Vector: in a triangle a decay (exp 8,
// products with scores and dt 2) a pair: 5c²; states decayed and added 2np; x·dt and D·x with its sum 3cp; z's gate
// (exp 8, 1 + e, division 8, product 2) 19cp. Between kernels go sums of decays and scores in FP32, and states twice.
void StateSpaceChunksWork(Account& account) {
  const Tensor& input = account.NeedRank(0, 4, 4);
  const Tensor& b = account.NeedRank(3, 4, 4);
  if (!account.ok()) return;
  RecurrenceShape shape = {account.Dim(input, 0), account.Dim(input, 1), account.Dim(input, 2), account.Dim(b, 3),
                           account.Dim(input, 3)};
  Unpack(account, 11, shape);
  const int64_t groups = account.Dim(b, 2);
  const int64_t chunk = account.Integer("chunk_size", 5).value_or(kStateSpaceChunk);
  if (chunk < 1 || groups < 1 || shape.heads % groups != 0 || shape.state() == 0 || account.Elements(input) == 0) {
    account.Invalid(absl::StrCat("inputs: chunks of ", chunk, ", ", groups, " groups of ", shape.heads,
                                 " heads, or an axis of no length"));
    return;
  }
  const ChunkedShape chunked = InChunks(account, shape, chunk, input);
  const auto all = static_cast<double>(chunked.all_chunks);
  const auto c = static_cast<double>(chunked.rows);
  const auto n = static_cast<double>(shape.key_size);
  const auto p = static_cast<double>(shape.value_size);
  const double grouped = static_cast<double>(groups) / static_cast<double>(shape.heads);
  ChunkProducts(account, chunked, shape.value_size, 2 * c * c * (n * grouped + p) + 4 * c * n * p,
                kStateSpaceKernels - 1, input.dtype);
  const double gate = account.Find(7) == nullptr ? 0 : 2 * kTranscendentalFlop + 3;
  account.Vector(all * ((kTranscendentalFlop + 2) / 2 * c * c + 2 * n * p + (3 + gate) * c * p));
  account.Kernels(kStateSpaceKernels);
  const double between = all * kFloat32Bytes * (c + c * c * grouped + 2 * n * p);
  account.WriteBytes(between);
  account.ReadBytes(between + account.TensorBytes(input));
  account.ReadOperands();
  account.WriteResults(MakeTensor(input.dtype, input.dims));
}

}  // namespace sandglass::ops
