// The entry of the operator table for one signature, and the signature in the words of its row.
//
// Internal to analyzer/ops. Pure functions over static tables; safe from any thread.
#ifndef SANDGLASS_ANALYZER_OPS_OP_ENTRY_H_
#define SANDGLASS_ANALYZER_OPS_OP_ENTRY_H_

#include <optional>

#include "analyzer/ops/op_table.h"
#include "analyzer/trace/trace.h"

namespace sandglass::ops {

struct FoundEntry {
  OpEntry entry;
  // What the entry's formula is to read in the signature's place, where the entry is that of an operator of ATen for
  // one of ONNX (aten_words.h); nullopt: the signature itself.
  std::optional<trace::Signature> words = std::nullopt;
};

// The entry for a signature: by kind, then by name, then by what the producer states. Always has a role.
FoundEntry EntryFor(const trace::Signature& signature);

}  // namespace sandglass::ops

#endif  // SANDGLASS_ANALYZER_OPS_OP_ENTRY_H_
