// Operators of ONNX in ATen's words, so that one table and one set of formulas serve both.
//
// Internal to analyzer/ops. Pure; safe from any thread.
#ifndef SANDGLASS_ANALYZER_OPS_ATEN_WORDS_H_
#define SANDGLASS_ANALYZER_OPS_ATEN_WORDS_H_

#include <optional>

#include "analyzer/ops/op_names.h"
#include "analyzer/ops/op_table.h"
#include "analyzer/trace/trace.h"

namespace sandglass::ops {

struct AtenWords {
  // The entry of the row (op_table.h) that the signature is named after. Where the operator takes any number of
  // operands and that of ATen two, its parameter counts them all.
  OpEntry entry;
  trace::Signature signature;
};

// The signature of an operator "onnx::X" as that of the operator of ATen that does the same work on the same shapes:
// with arguments at its positions, and named after a row of the table that has work or is free. nullopt: it is none of
// ONNX, or there is no such operator, or attributes decide its work, which profiles of ONNX do not have.
//
// Requires: `traced` is TracedNameOf(signature.name).
//
// A runtime of ONNX has no views with strides: what only rearranges elements (Transpose, Slice) copies them. It packs
// constant operands of products into layouts of its own, and then does not list them: their shape follows from the
// other operand and the result. By the same way a product is told whether or not its operands are transposed.
std::optional<AtenWords> InAtenWords(const TracedName& traced, const trace::Signature& signature);

}  // namespace sandglass::ops

#endif  // SANDGLASS_ANALYZER_OPS_ATEN_WORDS_H_
