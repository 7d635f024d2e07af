// The attributes of a node that have a meaning here, whatever type their writer gave them.
//
// Pure; safe from any thread.
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_CHAKRA_ATTRIBUTES_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_CHAKRA_ATTRIBUTES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "google/protobuf/repeated_ptr_field.h"
#include "proto/chakra.pb.h"

namespace sandglass::collectors::chakra {

using AttributeList = google::protobuf::RepeatedPtrField<chakra_et::Attribute>;

// A number; nullopt: the attribute is no number, or none of 63 bits and a sign.
std::optional<int64_t> IntegerOf(const chakra_et::Attribute& attribute);

// The value for people: numbers and truth values, lists of them, texts.
std::string TextOf(const chakra_et::Attribute& attribute);

// nullopt: the node does not say.
struct NodeAttributes {
  std::optional<bool> is_cpu_op;
  // Work.
  std::optional<int64_t> num_ops;
  std::optional<int64_t> tensor_size;
  // Communication; comm_size in bytes.
  std::optional<int64_t> comm_type;
  std::optional<int64_t> comm_size;
  std::optional<int64_t> comm_src;
  std::optional<int64_t> comm_dst;
  std::string pg_name;
  // Of PyTorch's operators.
  std::optional<int64_t> rf_id;
  std::optional<int64_t> seq_id;
  std::optional<int64_t> tid;
  std::optional<int64_t> stream;
  std::string op_schema;
  // What an export of Sandglass calls it.
  std::string sandglass_kind;
  // All others by name; of PyTorch's, those that say nothing of the operator are left out.
  std::vector<std::pair<std::string, std::string>> others;
  // How many had a value of a type that its name cannot have.
  int not_understood = 0;

  bool moves() const {
    return comm_type.has_value() || comm_size.has_value() || comm_src.has_value() || comm_dst.has_value();
  }
};

NodeAttributes ReadAttributes(const AttributeList& attributes);

}  // namespace sandglass::collectors::chakra

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_CHAKRA_ATTRIBUTES_H_
