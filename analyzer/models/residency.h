// What chips keep near of what is read a second time.
//
// A GPU's or a CPU's cores have rows under way, of which each goes once more through the last-level cache: rows that
// fit it together cost half of the time that memory takes, and nothing of its energy; others all of both. Kernels of
// compilers ask the caches to evict other data first, so that such rows cost nothing. Where software decides what stays
// on chip, one row has to fit, and costs nothing. A chip of which no on-chip memory is known keeps nothing.
//
// What a GPU's libraries hand from one kernel to the next is read again only there, and not on stacks that fuse.
//
//   under way = min(bytes, cores · rows of a core · row), or one row that all cores share; a CPU's core has one
//
// More cores have more rows under way: the one place where they can make an operator slower.
//
// The half is measured: normalizations of rows that fit move 2.3 to 2.7 times their elements on V100, T4, P4, MI100 and
// A100, others 3 (NOTES.md). Pure; safe from any thread.
#ifndef SANDGLASS_ANALYZER_MODELS_RESIDENCY_H_
#define SANDGLASS_ANALYZER_MODELS_RESIDENCY_H_

#include "analyzer/ops/work.h"
#include "analyzer/quantities/quantities.h"
#include "analyzer/silicon/silicon.h"

namespace sandglass::models {

struct ReadAgain {
  // As much as takes memory the time that it costs.
  Bytes in_time;
  // What memory reads.
  Bytes from_memory;
};

// Kernels that the work takes where it runs natively: one fewer where no library hands anything on.
int KernelsOn(const ops::Work& work, const silicon::SiliconClass& silicon, const silicon::Stack& stack);

ReadAgain ReadAgainOn(const ops::Reread& reread, const silicon::SiliconClass& silicon, const silicon::Stack& stack);

}  // namespace sandglass::models

#endif  // SANDGLASS_ANALYZER_MODELS_RESIDENCY_H_
