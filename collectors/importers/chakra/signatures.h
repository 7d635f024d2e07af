// The signature of a node: all of it that is the same each time it occurs.
//
// Used by one thread at a time.
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_CHAKRA_SIGNATURES_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_CHAKRA_SIGNATURES_H_

#include <cstdint>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "collectors/importers/chakra/attributes.h"
#include "collectors/importers/format/importer.h"
#include "proto/chakra.pb.h"
#include "proto/operator_columns.h"
#include "proto/trace.pb.h"

namespace sandglass::collectors::chakra {

// What a node is. Who wrote an export of ours said so. Otherwise: work is a device's unless "is_cpu_op" says that it is
// the host's, as ASTRA-sim's reader has it; a collective of the host that says nothing of what moves is the call of
// one, whose transfer is another node.
v1::OperatorKind KindOf(chakra_et::NodeType type, absl::string_view name, const NodeAttributes& attributes);

inline bool IsCommunication(v1::OperatorKind kind) {
  return kind == v1::OPERATOR_KIND_COLLECTIVE || kind == v1::OPERATOR_KIND_POINT_TO_POINT;
}

// What a node's own messages say, apart from its place in the graph.
struct NodeSignature {
  uint32_t number = 0;
  // Of its tensors, inputs first; 0: not recorded. Empty: none recorded.
  std::vector<uint64_t> storages;
};

class Signatures {
 public:
  // `name` is the node's, or what it is called without a mark of its writer's. Later parts of an operator have no
  // arguments: those are the first part's.
  NodeSignature Get(const chakra_et::Node& node, const NodeAttributes& attributes, absl::string_view name,
                    bool is_later_part);

  std::vector<v1::OpSignature> Take() && { return std::move(signatures_); }
  // What could not be taken, by reason.
  const Counts& missing() const { return missing_; }

 private:
  void AddArguments(const chakra_et::Node& node, const NodeAttributes& attributes, v1::OpSignature& signature,
                    std::vector<uint64_t>& storages);

  SignatureInterner interner_;
  std::vector<v1::OpSignature> signatures_;
  Counts missing_;
};

}  // namespace sandglass::collectors::chakra

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_CHAKRA_SIGNATURES_H_
