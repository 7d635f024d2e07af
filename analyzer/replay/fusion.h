// Which operators a fusing compiler joins into one kernel: chains in which each reads what the one before, or one
// before that, wrote.
//
// A chain is a run of operators in the order of the trace that go over their elements one by one or row by row
// (elementwise, copies, random numbers, sums, softmax, normalization but over batches), all over equally many elements,
// with nothing of unknown work between them. Inside it a result is read from registers, however often its reader would
// have read it, and what several read from outside is read once. A result is written only where something reads it
// later, which is known where operators carry storages; a view of a part of what was written is no such reading. Where
// they do not, a chain is of neighbours of which one reads a tensor of the size that the other wrote; then results stay
// inside in inference, and are written where gradients may read them.
//
// A chain may begin with a product or a convolution, for compilers that join to it what goes over its result one by one
// (elementwise, copies, random numbers, no rows): then that result is read where it is made. What attention could do at
// its own end is left out. Deterministic; safe from any thread.
#ifndef SANDGLASS_ANALYZER_REPLAY_FUSION_H_
#define SANDGLASS_ANALYZER_REPLAY_FUSION_H_

#include <cstdint>
#include <vector>

#include "analyzer/ops/work.h"
#include "analyzer/replay/precision.h"
#include "analyzer/replay/work_list.h"
#include "analyzer/trace/trace.h"

namespace sandglass::replay {

// One kind of chain, which may occur often.
struct Chain {
  // Of its operators, in order; two at least.
  std::vector<uint32_t> signatures;
  // Of all of them as one kernel.
  ops::Work work;
  // Of the product at its head, or else of the operator that moves most.
  uint32_t main_signature = 0;
};

// Where chains begin: at any operator that goes over elements; or also at products, for compilers that fuse into them.
enum class ChainHeads : uint8_t { kElements, kProductsToo };

struct Chains {
  std::vector<Chain> kinds;
  // For each costed operator, the index in `kinds` of the chain that begins there; kNone: none does.
  std::vector<uint32_t> beginning;
  // Whether storages said what reads what, of every chain.
  bool by_storage = true;

  static constexpr uint32_t kNone = 0xffffffffu;
};

Chains FindChains(const trace::Trace& trace, const WorkList& list, Precision precision,
                  ChainHeads heads = ChainHeads::kElements);

}  // namespace sandglass::replay

#endif  // SANDGLASS_ANALYZER_REPLAY_FUSION_H_
