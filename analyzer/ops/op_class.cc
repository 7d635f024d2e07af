#include "analyzer/ops/op_class.h"

#include "analyzer/ops/op_entry.h"

namespace sandglass::ops {

Classification Classify(const trace::Signature& signature) {
  const OpEntry entry = EntryFor(signature).entry;
  return {entry.op_class, entry.role};
}

}  // namespace sandglass::ops
