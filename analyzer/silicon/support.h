// How a software stack runs one operator, and on what evidence.
//
// Statements are weighed by what they rest on: measured, then kernel library, then operator list, then documented
// rules, then absence from a list, then nothing (unknown). Among equals, those that name the operator come before those
// that name its class, and earlier ones before later ones. A statement on all operators ("*") is the stack's general
// rule: it holds only where nothing else is said. Lists speak by name: the operator's own in its framework's lists, and
// by the table of op_names.h in others'; of what has no name there, and of operators that users register, they say
// nothing. Last, 64-bit floating point runs at best as the stack runs it in general.
//
// Pure; safe from any thread.
#ifndef SANDGLASS_ANALYZER_SILICON_SUPPORT_H_
#define SANDGLASS_ANALYZER_SILICON_SUPPORT_H_

#include "analyzer/ops/op_class.h"
#include "analyzer/silicon/silicon.h"
#include "analyzer/trace/trace.h"

namespace sandglass::silicon {

// How `stack` runs an operator of that signature, which is of class `op_class`. Support::kUnknown without evidence.
OperatorSupport SupportOf(const Stack& stack, const trace::Signature& signature, ops::OpClass op_class);

// Whether `a` serves worse than `b`: native, decomposed, emulated, host fallback, unsupported, unknown.
bool IsWorse(Support a, Support b);

}  // namespace sandglass::silicon

#endif  // SANDGLASS_ANALYZER_SILICON_SUPPORT_H_
