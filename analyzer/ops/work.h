// The work of one operator: what any machine must do for it, whatever the machine.
//
// FLOP counts a multiply-add as 2. Bytes are compulsory traffic: each distinct input element once, each output element
// once; what usual kernels read again (normalization, softmax) stands apart, because chips keep some of it near.
// Formulas stand beside each function in *_work.cc, with hand-worked values in work_test.cc. All size arithmetic is
// checked in 128 bits. Pure; safe from any thread.
#ifndef SANDGLASS_ANALYZER_OPS_WORK_H_
#define SANDGLASS_ANALYZER_OPS_WORK_H_

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "analyzer/ops/flop_charges.h"
#include "analyzer/ops/op_class.h"
#include "analyzer/quantities/quantities.h"
#include "analyzer/trace/trace.h"

namespace sandglass::ops {

// `batch` independent products of [m, k] by [k, n].
struct MatrixProblem {
  int64_t batch = 1;
  int64_t m = 0;
  int64_t n = 0;
  int64_t k = 0;
  // Whether its kernels leave the depth whole, where others cut it in parts for cores that would be idle.
  bool whole_depth = false;
};

inline Flop FlopOf(const MatrixProblem& problem) {
  return Flop::Of(2.0 * static_cast<double>(problem.batch) * static_cast<double>(problem.m) *
                  static_cast<double>(problem.n) * static_cast<double>(problem.k));
}

enum class ConvolutionPass : uint8_t { kResult, kInputGradient, kWeightGradient };

// One of a convolution's products.
struct ConvolvedProduct {
  ConvolutionPass pass = ConvolutionPass::kResult;
  // Implicit: positions by output channels, over input channels times taps; for the gradient of inputs positions by
  // input channels, over output channels times taps; for that of weights input channels times taps by output channels,
  // over positions.
  MatrixProblem problem;
  // Channels that a load takes side by side: those of the depth, or of the rows where positions are the depth.
  int64_t channels = 1;
  // Elements of those of its two operands whose channels do not lie side by side in memory.
  double channels_first_elements = 0;
  // The same by Winograd's algorithm, in tiles of 4 × 4 results: a product for each element of a transformed tile, and
  // the elements of all operands transformed. nullopt: taps are no square of 3 or 5, or have strides or gaps.
  std::optional<MatrixProblem> transformed;
  double transformed_elements = 0;
  // Taps along a side, where it is set.
  int32_t tap_side = 0;
};

struct ConvolutionProblem {
  // Of them `count` are computed, one after the other: two where both gradients are wanted.
  std::array<ConvolvedProduct, 2> products;
  int32_t count = 1;
};

// Fused attention of queries over keys, in `heads` of keys and values (of the whole batch).
struct AttentionProblem {
  int64_t heads = 1;
  // Heads of queries that share one of keys and values.
  int64_t sharing = 1;
  // Positions.
  int64_t queries = 0;
  int64_t keys = 0;
  // Whether a query sees only the keys up to its own: about half of them, rounded up.
  bool causal = false;
  // Whether its kernels leave loads and products to units that run beside the threads, on chips that have such.
  bool beside_threads = false;

  // Query rows times the keys that each sees.
  double pairs() const {
    return static_cast<double>(heads) * static_cast<double>(sharing) * static_cast<double>(queries) *
           static_cast<double>(causal ? keys / 2 + keys % 2 : keys);
  }
};

// Linear recurrences of a state of [key_size, value_size] (Mamba-2, gated delta networks), which kernels compute in
// chunks of positions: products inside a chunk, and from chunk to chunk the state.
struct RecurrenceProblem {
  // Heads of all sequences: one state each.
  int64_t heads = 1;
  // Chunks of one sequence, and positions of one.
  int64_t chunks = 1;
  int64_t chunk = 1;
  // Kernels that each go over all chunks.
  int32_t passes = 1;
};

// What the usual kernel reads a second time, row by row: for moments or a maximum first, then for the result. Or what
// libraries' kernels hand each other, where a compiler makes one.
struct Reread {
  Bytes bytes;
  // Of one row: what must stay near until it is read again.
  Bytes row;
  // Rows that a GPU's core has under way; 0: one that all cores share.
  int32_t rows_a_core = 1;
  // Operations for vector units that are done again with it.
  Flop vector;
  // Whether it is read by one more kernel, of a GPU's library.
  bool between_kernels = false;
};

// A sequential loop inside one operator (a scan over time): its length, and how many primitive vector operators each
// turn would take on a machine that has no kernel for the whole.
struct SerialLoop {
  int64_t steps = 1;
  int32_t operators_per_step = 0;
};

// What a collective or a transfer moves: `bytes` is the whole of what is reduced, gathered, scattered, or sent.
struct Transfer {
  trace::TransferType type = trace::TransferType::kUnspecified;
  Bytes bytes;
  // Ranks that take part; 2 for a send and a receive.
  int64_t ranks = 0;
};

// What every estimate asks for comes first, because replays go through many.
struct Work {
  OpClass op_class = OpClass::kUnknown;
  // Element type of the matrix work's operands.
  trace::DataType matrix_dtype = trace::DataType::kUnspecified;
  // Element type of the vector work.
  trace::DataType vector_dtype = trace::DataType::kUnspecified;
  // Kernels that the operator takes where it runs natively; more for composite passes (sort).
  int32_t kernels = 1;
  // Operations that matrix units can do: 2·batch·m·n·k of `problem` and of all turns of `second_problem`, where those
  // are set; less of groups, whose rows are rounded up there.
  Flop matrix;
  // Operations for vector units (a transcendental function counts as kTranscendentalFlop).
  Flop vector;
  Bytes read;
  Bytes written;
  Reread reread;
  // Elements whose places in the operands must be computed one by one, because no one axis runs through all of them:
  // operands that broadcast, are transposed or have gaps, rows that are looked up.
  double addressed = 0;
  // Turns of all threads in which a thread of the usual kernel loads no more than one vector of 16 bytes, computes, and
  // stores; 0: kernels load ahead.
  double thread_turns = 0;
  // What goes over links; nullopt: nothing.
  std::optional<Transfer> transfer;
  // Of recurrences in chunks; `problem` then has the products of a chunk laid out as one.
  std::optional<RecurrenceProblem> recurrence;
  // The shape of the matrix work, for padding to a machine's units; two where products of two shapes follow each other.
  std::optional<MatrixProblem> problem;
  std::optional<MatrixProblem> second_problem;
  // How often the second product runs, each time after the one before.
  int64_t second_turns = 1;
  // Of convolutions; the problems are then its products. nullptr: of no convolution.
  std::shared_ptr<const ConvolutionProblem> convolution;
  // Of fused attention; `problem` then has its products laid out as one.
  std::optional<AttentionProblem> attention;
  // Dependent steps inside the operator; nullopt: none.
  std::optional<SerialLoop> loop;
};

// The work of one occurrence.
//
// Requires: Classify(signature).role == Role::kWork.
// Errors: InvalidArgument, naming the field, where shapes contradict the operator or their product overflows;
// FailedPrecondition, naming what is missing ("inputs[1] has no shape"), where the work cannot be derived. Both mean:
// unknown, and never zero.
absl::StatusOr<Work> WorkOf(const trace::Signature& signature);

// The same, and what of `read` is of each of the signature's inputs, in bytes.
struct WorkAndReads {
  Work work;
  // 0: not read, or not as a whole. Empty where an operator's inputs stand for others.
  std::vector<double> reads;
};
absl::StatusOr<WorkAndReads> WorkAndReadsOf(const trace::Signature& signature);

}  // namespace sandglass::ops

#endif  // SANDGLASS_ANALYZER_OPS_WORK_H_
