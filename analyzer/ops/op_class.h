// Which canonical class an operator belongs to, and its role: from its signature.
//
// Frameworks' names map onto the classes by one table (op_rows.cc). Pure functions over static tables; safe from any
// thread.
#ifndef SANDGLASS_ANALYZER_OPS_OP_CLASS_H_
#define SANDGLASS_ANALYZER_OPS_OP_CLASS_H_

#include "analyzer/ops/op_taxonomy.h"
#include "analyzer/trace/trace.h"

namespace sandglass::ops {

struct Classification {
  OpClass op_class = OpClass::kUnknown;
  Role role = Role::kUnknown;
};

// Looks at kind, the producer's own op_class, and the name, in that order.
Classification Classify(const trace::Signature& signature);

}  // namespace sandglass::ops

#endif  // SANDGLASS_ANALYZER_OPS_OP_CLASS_H_
