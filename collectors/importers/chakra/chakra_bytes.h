// Chakra files for tests, put together node by node.
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_CHAKRA_CHAKRA_BYTES_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_CHAKRA_CHAKRA_BYTES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "proto/chakra.pb.h"

namespace sandglass::collectors::chakra {

// A message's bytes with their number before them.
inline std::string Framed(const std::string& bytes) {
  std::string framed;
  size_t size = bytes.size();
  for (; size > 127; size >>= 7) framed.push_back(static_cast<char>((size & 127) | 128));
  framed.push_back(static_cast<char>(size));
  return framed + bytes;
}

inline chakra_et::Attribute& AddAttribute(absl::string_view name, chakra_et::Node& node) {
  chakra_et::Attribute& attribute = *node.add_attr();
  attribute.set_name(std::string(name));
  return attribute;
}

inline chakra_et::Node ChakraNode(uint64_t id, absl::string_view name, chakra_et::NodeType type, bool on_host) {
  chakra_et::Node node;
  node.set_id(id);
  node.set_name(std::string(name));
  node.set_type(type);
  AddAttribute("is_cpu_op", node).set_bool_val(on_host);
  return node;
}

inline chakra_et::Node AllReduce(int64_t bytes) {
  chakra_et::Node node = ChakraNode(0, "all_reduce", chakra_et::NODE_TYPE_COMM_COLL, false);
  AddAttribute("comm_type", node).set_int64_val(chakra_et::COLLECTIVE_TYPE_ALL_REDUCE);
  AddAttribute("comm_size", node).set_int64_val(bytes);
  return node;
}

// One of PyTorch's operators on the host.
inline chakra_et::Node TorchOperator(uint64_t id, absl::string_view name, int64_t rf_id) {
  chakra_et::Node node = ChakraNode(id, name, chakra_et::NODE_TYPE_COMP, true);
  AddAttribute("rf_id", node).set_int64_val(rf_id);
  AddAttribute("tid", node).set_int64_val(1);
  AddAttribute("fw_parent", node).set_int64_val(0);
  return node;
}

// A file of those nodes. Of a version, or else made of PyTorch's execution trace.
inline std::string ChakraFile(const std::vector<chakra_et::Node>& nodes, absl::string_view version = "0.0.4") {
  chakra_et::GlobalMetadata metadata;
  metadata.set_version(std::string(version));
  if (version.empty()) {
    chakra_et::Attribute& schema = *metadata.add_attr();
    schema.set_name("schema");
    schema.set_string_val("1.0.1");
  }
  std::string file = Framed(metadata.SerializeAsString());
  for (const chakra_et::Node& node : nodes) file += Framed(node.SerializeAsString());
  return file;
}

}  // namespace sandglass::collectors::chakra

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_CHAKRA_CHAKRA_BYTES_H_
