#include "collectors/importers/chakra/signatures.h"

#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "collectors/importers/chakra/arguments.h"
#include "collectors/importers/format/sound_signature.h"
#include "proto/plain_text.h"
#include "proto/trace_validator.h"

namespace sandglass::collectors::chakra {
namespace {

using chakra_et::NodeType;

// Names are bytes in the file.
std::string NameOf(absl::string_view name, NodeType type) {
  std::string plain = PlainText(name);
  return plain.empty() ? absl::StrCat("chakra::node_type_", static_cast<int>(type)) : plain;
}

v1::ProducedFigure Stated(int64_t value) {
  v1::ProducedFigure figure;
  figure.set_value(static_cast<double>(value));
  figure.set_provenance(v1::PROVENANCE_STATED);
  return figure;
}

v1::Communication::Type TypeOf(const chakra_et::Node& node, const NodeAttributes& attributes) {
  if (node.type() == chakra_et::NODE_TYPE_COMM_SEND) return v1::Communication::TYPE_SEND;
  if (node.type() == chakra_et::NODE_TYPE_COMM_RECV) return v1::Communication::TYPE_RECEIVE;
  if (!attributes.comm_type.has_value()) return v1::Communication::TYPE_UNSPECIFIED;
  switch (*attributes.comm_type) {
    case chakra_et::COLLECTIVE_TYPE_ALL_REDUCE:
      return v1::Communication::TYPE_ALL_REDUCE;
    case chakra_et::COLLECTIVE_TYPE_REDUCE:
      return v1::Communication::TYPE_REDUCE;
    case chakra_et::COLLECTIVE_TYPE_ALL_GATHER:
      return v1::Communication::TYPE_ALL_GATHER;
    case chakra_et::COLLECTIVE_TYPE_BROADCAST:
      return v1::Communication::TYPE_BROADCAST;
    case chakra_et::COLLECTIVE_TYPE_ALL_TO_ALL:
      return v1::Communication::TYPE_ALL_TO_ALL;
    case chakra_et::COLLECTIVE_TYPE_REDUCE_SCATTER:
    case chakra_et::COLLECTIVE_TYPE_REDUCE_SCATTER_BLOCK:
      return v1::Communication::TYPE_REDUCE_SCATTER;
    case chakra_et::COLLECTIVE_TYPE_BARRIER:
      return v1::Communication::TYPE_BARRIER;
    default:
      // Gather and scatter among them.
      return v1::Communication::TYPE_OTHER;
  }
}

// comm_size is the bytes of what this rank gives, all inputs together, and says nothing of what it receives. Elements
// are known only where the node names its tensors, and they are as many bytes.
void AddCommunication(const chakra_et::Node& node, const NodeAttributes& attributes, const ArgumentList& inputs,
                      v1::OpSignature& signature) {
  v1::Communication& communication = *signature.mutable_communication();
  communication.set_type(TypeOf(node, attributes));
  const bool sends = node.type() == chakra_et::NODE_TYPE_COMM_SEND;
  const std::optional<int64_t> peer = sends ? attributes.comm_dst : attributes.comm_src;
  if (node.type() != chakra_et::NODE_TYPE_COMM_COLL && peer.has_value() && *peer <= UINT32_MAX) {
    communication.set_peer_rank(static_cast<uint32_t>(*peer));
  }
  if (!attributes.comm_size.has_value()) return;
  const bool receives = node.type() == chakra_et::NODE_TYPE_COMM_RECV;
  *(receives ? signature.mutable_written_bytes() : signature.mutable_read_bytes()) = Stated(*attributes.comm_size);
  bool of_one_type = !inputs.tensors.empty();
  for (const v1::Tensor& tensor : inputs.tensors) of_one_type &= tensor.dtype() == inputs.tensors[0].dtype();
  if (!of_one_type || inputs.bytes != *attributes.comm_size) return;
  communication.set_dtype(inputs.tensors[0].dtype());
  receives ? communication.set_output_elements(inputs.elements) : communication.set_input_elements(inputs.elements);
}

// tensor_size of a computation is all that it moves; the file does not tell reading from writing, so all of it is
// under read_bytes, and written_bytes is left out.
void AddWork(NodeType type, const NodeAttributes& attributes, v1::OpSignature& signature) {
  if (attributes.num_ops.has_value()) *signature.mutable_flops_flop() = Stated(*attributes.num_ops);
  if (!attributes.tensor_size.has_value() || signature.has_communication()) return;
  const bool stores = type == chakra_et::NODE_TYPE_MEM_STORE;
  *(stores ? signature.mutable_written_bytes() : signature.mutable_read_bytes()) = Stated(*attributes.tensor_size);
}

void AddExtra(absl::string_view key, absl::string_view value, v1::OpSignature& signature) {
  v1::Extra& extra = *signature.add_extras();
  extra.set_key(PlainText(key));
  extra.set_value(PlainText(value));
}

}  // namespace

v1::OperatorKind KindOf(NodeType type, absl::string_view name, const NodeAttributes& attributes) {
  v1::OperatorKind said;
  const std::string value = absl::StrCat("OPERATOR_KIND_", absl::AsciiStrToUpper(attributes.sandglass_kind));
  if (v1::OperatorKind_Parse(value, &said) && said != v1::OPERATOR_KIND_UNSPECIFIED) return said;
  const bool on_host = attributes.is_cpu_op.value_or(false);
  switch (type) {
    case chakra_et::NODE_TYPE_MEM_LOAD:
    case chakra_et::NODE_TYPE_MEM_STORE:
      return v1::OPERATOR_KIND_MEMORY;
    case chakra_et::NODE_TYPE_COMM_SEND:
    case chakra_et::NODE_TYPE_COMM_RECV:
      return on_host && !attributes.moves() ? v1::OPERATOR_KIND_HOST_OP : v1::OPERATOR_KIND_POINT_TO_POINT;
    case chakra_et::NODE_TYPE_COMM_COLL:
      return on_host && !attributes.moves() ? v1::OPERATOR_KIND_HOST_OP : v1::OPERATOR_KIND_COLLECTIVE;
    case chakra_et::NODE_TYPE_COMP:
      // CUDA's profiler calls copies and fills so.
      if (!on_host && absl::StartsWith(name, "Memcpy ")) return v1::OPERATOR_KIND_MEMCPY;
      if (!on_host && absl::StartsWith(name, "Memset ")) return v1::OPERATOR_KIND_MEMORY;
      return on_host ? v1::OPERATOR_KIND_HOST_OP : v1::OPERATOR_KIND_DEVICE_KERNEL;
    default:
      return v1::OPERATOR_KIND_ANNOTATION;
  }
}

void Signatures::AddArguments(const chakra_et::Node& node, const NodeAttributes& attributes, v1::OpSignature& signature,
                              std::vector<uint64_t>& storages) {
  std::optional<ArgumentList> inputs = ReadArguments(node.inputs());
  const std::optional<ArgumentList> outputs = ReadArguments(node.outputs());
  if (!inputs.has_value()) ++missing_["inputs_not_understood"];
  if (!outputs.has_value()) ++missing_["outputs_not_understood"];
  const ArgumentList given = std::move(inputs).value_or(ArgumentList());
  for (const v1::Tensor& tensor : given.tensors) *signature.add_inputs() = tensor;
  for (const v1::Attribute& attribute : given.attributes) *signature.add_attributes() = attribute;
  storages = given.storages;
  if (IsCommunication(signature.kind())) AddCommunication(node, attributes, given, signature);
  if (!outputs.has_value() || node.outputs().types().empty()) return;
  signature.set_outputs_recorded(true);
  for (const v1::Tensor& tensor : outputs->tensors) *signature.add_outputs() = tensor;
  storages.insert(storages.end(), outputs->storages.begin(), outputs->storages.end());
}

NodeSignature Signatures::Get(const chakra_et::Node& node, const NodeAttributes& attributes, absl::string_view name,
                              bool is_later_part) {
  NodeSignature result;
  v1::OpSignature signature;
  signature.set_kind(is_later_part ? v1::OPERATOR_KIND_ANNOTATION : KindOf(node.type(), name, attributes));
  uint64_t cut = 0;
  signature.set_name(FittingName(NameOf(name, node.type()), cut));
  if (cut > 0) ++missing_["names_cut"];
  if (!is_later_part) {
    signature.set_op_schema(PlainText(attributes.op_schema));
    AddArguments(node, attributes, signature, result.storages);
    AddWork(node.type(), attributes, signature);
    // Its members are not in the file.
    if (!attributes.pg_name.empty()) AddExtra("pg_name", attributes.pg_name, signature);
    for (const auto& [key, value] : attributes.others) AddExtra(key, value, signature);
  }
  // What a store would refuse is left out, so that the rest of the trace can be kept.
  if (!KeepSound(signature, TraceLimits())) {
    ++missing_["signatures_not_sound"];
    result.storages.clear();
  }
  const SignatureInterner::Interned interned = interner_.Intern(signature);
  if (interned.is_new) signatures_.push_back(std::move(signature));
  result.number = interned.number;
  return result;
}

}  // namespace sandglass::collectors::chakra
