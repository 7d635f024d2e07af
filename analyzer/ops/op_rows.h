// The rows of the operator table (op_table.h): operators that share class, role, formula and parameter stand in one
// row.
//
// Names are separated by spaces; ATen's lose "aten::", the overload and the underscore of in-place forms. Internal.
#ifndef SANDGLASS_ANALYZER_OPS_OP_ROWS_H_
#define SANDGLASS_ANALYZER_OPS_OP_ROWS_H_

#include "absl/types/span.h"
#include "analyzer/ops/op_table.h"

namespace sandglass::ops {

struct OpRow {
  OpEntry entry;
  const char* names;
};

// All rows. No name stands in two. Lives forever.
absl::Span<const OpRow> OpRows();

}  // namespace sandglass::ops

#endif  // SANDGLASS_ANALYZER_OPS_OP_ROWS_H_
