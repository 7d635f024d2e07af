#include "collectors/importers/execution_trace/node_reader.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "collectors/importers/execution_trace/communication.h"
#include "collectors/importers/format/json_pieces.h"
#include "collectors/importers/format/json_values.h"
#include "collectors/importers/format/mended_json.h"
#include "collectors/importers/format/sound_signature.h"
#include "collectors/importers/format/torch_names.h"
#include "proto/trace_validator.h"

namespace sandglass::collectors::execution_trace {
namespace {

using simdjson::dom::element;
using simdjson::dom::object;

static_assert(kReadableBehindPiece >= simdjson::SIMDJSON_PADDING);

// PyTorch's numbers of what a recorded call is.
constexpr int64_t kBackwardScope = 1;
constexpr int64_t kUserScope = 7;
// A file that was made up may have any number of devices.
constexpr size_t kMostDevices = 256;
constexpr size_t kMostDeviceBytes = 64;

NodeKind KindOf(absl::string_view name, int64_t scope) {
  // The releases of schema 1.0.1 called it a graph.
  for (const char* prefix : {"[pytorch|profiler|execution_trace|", "[pytorch|profiler|execution_graph|"}) {
    if (absl::StartsWith(name, prefix)) return NodeKind::kStructure;
  }
  return scope == kUserScope ? NodeKind::kAnnotation : NodeKind::kOperator;
}

}  // namespace

// What one node says.
struct NodeReader::Fields {
  std::optional<uint64_t> id;
  std::optional<uint64_t> parent;
  absl::string_view name;
  absl::string_view op_schema;
  absl::string_view kernel_backend;
  absl::string_view kernel_file;
  int64_t record_function = -1;
  int64_t sequence = -1;
  int64_t scope = 0;
  uint64_t thread = 0;
  uint64_t forward_thread = 0;
  ArgumentLists inputs;
  ArgumentLists outputs;
  CollectiveFields collective;

  void ReadMember(absl::string_view key, const element& value);
  bool ReadAttribute(absl::string_view key, const element& value);
  void ReadAttributes(const element& list);
};

bool NodeReader::Fields::ReadAttribute(absl::string_view key, const element& value) {
  if (key == "rf_id") {
    record_function = SignedOf(value);
  } else if (key == "seq_id") {
    sequence = SignedOf(value);
  } else if (key == "scope") {
    scope = SignedOf(value);
  } else if (key == "tid") {
    thread = NumberOf<uint64_t>(value).value_or(0);
  } else if (key == "fw_tid") {
    forward_thread = NumberOf<uint64_t>(value).value_or(0);
  } else if (key == "op_schema") {
    op_schema = TextOf(value);
  } else if (key == "kernel_backend") {
    kernel_backend = TextOf(value);
  } else if (key == "kernel_file") {
    kernel_file = TextOf(value);
  } else {
    return ReadCollectiveAttribute(key, value, collective);
  }
  return true;
}

// [{"name": …, "type": …, "value": …}, …]
void NodeReader::Fields::ReadAttributes(const element& list) {
  for (const element& attribute : EntriesOf(list)) {
    std::string_view key;
    element value;
    if (attribute["name"].get(key) != simdjson::SUCCESS || attribute["value"].get(value) != simdjson::SUCCESS) continue;
    ReadAttribute({key.data(), key.size()}, value);
  }
}

namespace {

// {"values": …, "shapes": …, "types": …, "strides": …}
void ReadNested(const object& members, ArgumentLists& lists) {
  for (const auto [name, value] : members) {
    if (name == "values") {
      lists.values = value;
    } else if (name == "shapes") {
      lists.shapes = value;
    } else if (name == "types") {
      lists.types = value;
    } else if (name == "strides") {
      lists.strides = value;
    }
  }
}

void ReadFlatOrNested(const element& value, ArgumentLists& lists) {
  object members;
  if (value.get(members) == simdjson::SUCCESS) {
    ReadNested(members, lists);
  } else {
    lists.values = value;
  }
}

}  // namespace

void NodeReader::Fields::ReadMember(absl::string_view key, const element& value) {
  if (key == "id") {
    id = NumberOf<uint64_t>(value);
  } else if (key == "name") {
    name = TextOf(value);
  } else if (key == "parent" || key == "ctrl_deps") {
    parent = NumberOf<uint64_t>(value);
  } else if (key == "inputs") {
    ReadFlatOrNested(value, inputs);
  } else if (key == "outputs") {
    ReadFlatOrNested(value, outputs);
  } else if (key == "input_shapes") {
    inputs.shapes = value;
  } else if (key == "input_types") {
    inputs.types = value;
  } else if (key == "output_shapes") {
    outputs.shapes = value;
  } else if (key == "output_types") {
    outputs.types = value;
  } else if (key == "attrs") {
    ReadAttributes(value);
  } else {
    ReadAttribute(key, value);
  }
}

uint32_t Signatures::NumberOf(v1::OpSignature signature) {
  const auto [found, is_new] =
      numbers_.try_emplace(signature.SerializeAsString(), static_cast<uint32_t>(signatures_.size()));
  if (is_new) signatures_.push_back(std::move(signature));
  return found->second;
}

absl::Status NodeReader::Parse(absl::string_view text, Fields& fields) {
  object members;
  element document;
  auto error = parser_.parse(text.data(), text.size(), false).get(document);
  if (error == simdjson::SUCCESS) error = document.get(members);
  if (error != simdjson::SUCCESS) return absl::InvalidArgumentError(simdjson::error_message(error));
  for (const auto [name, value] : members) fields.ReadMember({name.data(), name.size()}, value);
  return absl::OkStatus();
}

absl::Status NodeReader::Add(absl::string_view text) {
  if (Fields fields; Parse(text, fields).ok()) return Keep(fields);
  MendJson(text, mended_);
  Fields fields;
  if (absl::Status status = Parse(mended_, fields); !status.ok()) return status;
  absl::Status status = Keep(fields);
  if (status.ok()) Count("texts_mended", 1);
  return status;
}

void NodeReader::Count(absl::string_view name, uint64_t count) {
  if (count > 0) trace_.dropped[std::string(name)] += count;
}

void NodeReader::NoteDevice(absl::string_view device, Node& node) {
  if (device.empty() || device == kHostDevice || device.size() > kMostDeviceBytes) return;
  const auto found = std::find(trace_.devices.begin(), trace_.devices.end(), device);
  if (found == trace_.devices.end() && trace_.devices.size() == kMostDevices) return;
  node.device = static_cast<uint32_t>(found - trace_.devices.begin());
  if (found == trace_.devices.end()) trace_.devices.emplace_back(device);
}

const std::vector<OpArgument>& NodeReader::ArgumentsOf(absl::string_view op_schema) {
  const auto [found, is_new] = arguments_.try_emplace(op_schema);
  if (is_new) found->second = ReadArguments(op_schema);
  return found->second;
}

v1::OpSignature NodeReader::SignatureOf(const Fields& fields, Arguments& inputs, Arguments& outputs, Node& node) {
  v1::OpSignature signature;
  uint64_t cut = 0;
  signature.set_name(FittingName(fields.name, cut));
  Count("names_cut", cut);
  signature.set_kind(node.kind == NodeKind::kOperator ? v1::OPERATOR_KIND_HOST_OP : v1::OPERATOR_KIND_ANNOTATION);
  if (fields.op_schema.size() <= kMaxTextBytes) {
    signature.set_op_schema(std::string(fields.op_schema));
  } else {
    Count("schemas_too_long", 1);
  }
  *signature.mutable_inputs() = std::move(inputs.tensors);
  *signature.mutable_outputs() = std::move(outputs.tensors);
  // Functions that have no schema do not hand their results to the observer.
  signature.set_outputs_recorded(!fields.op_schema.empty() || signature.outputs_size() > 0);
  CollectiveFields collective = fields.collective;
  if (fields.name == kCollectiveNode) ReadCollectiveArguments(fields.inputs, collective);
  if (IsTransfer(collective)) {
    *signature.mutable_communication() = CommunicationOf(collective, signature, groups_);
    signature.set_kind(KindOfTransfer(signature.communication().type()));
    node.communication_sequence = collective.sequence;
  }
  // Numbers of the collective's calls stand among its arguments, so that each would be a signature of its own.
  if (fields.name != kCollectiveNode) *signature.mutable_attributes() = std::move(inputs.attributes);
  for (const auto& [key, value] :
       {std::pair("kernel_backend", fields.kernel_backend), std::pair("kernel_file", fields.kernel_file)}) {
    if (value.empty() || value.size() > kMaxTextBytes) continue;
    v1::Extra& extra = *signature.add_extras();
    extra.set_key(key);
    extra.set_value(std::string(value));
  }
  return signature;
}

// A collective gives its results a content, wherever their memory came from.
void NodeReader::KeepTensors(const Arguments& inputs, Arguments& outputs, bool writes_results, Node& node) {
  for (TensorIdentity& result : outputs.identities) result.is_written = writes_results && result.storage != 0;
  node.first_tensor = trace_.tensors.size();
  node.inputs = static_cast<uint32_t>(inputs.identities.size());
  node.outputs = static_cast<uint32_t>(outputs.identities.size());
  trace_.tensors.insert(trace_.tensors.end(), inputs.identities.begin(), inputs.identities.end());
  trace_.tensors.insert(trace_.tensors.end(), outputs.identities.begin(), outputs.identities.end());
}

absl::Status NodeReader::Keep(const Fields& fields) {
  if (!fields.id.has_value()) return absl::InvalidArgumentError("it has no id that is a number");
  if (!fields.parent.has_value()) return absl::InvalidArgumentError("it has no parent that is a number");
  if (fields.name.empty()) return absl::InvalidArgumentError("it has no name");
  Node node;
  node.id = *fields.id;
  node.parent_id = *fields.parent;
  node.record_function = fields.record_function;
  node.forward_thread = fields.forward_thread;
  node.writer_thread = fields.thread;
  node.kind = KindOf(fields.name, fields.scope);
  // What stands above all nodes does nothing itself, whatever it says: no operator follows from it.
  const bool is_structure = node.kind == NodeKind::kStructure;
  if (!is_structure) node.sequence = fields.sequence;
  node.is_backward = !is_structure && fields.scope == kBackwardScope;
  Arguments inputs = ReadArgumentLists(fields.inputs, ArgumentsOf(fields.op_schema));
  Arguments outputs = ReadArgumentLists(fields.outputs, {});
  if (fields.name == kGroupsNode) {
    for (const element& list : EntriesOf(fields.inputs.values)) {
      if (!groups_.AddList(TextOf(list))) ++inputs.not_understood;
    }
  }
  Count("tensors_without_shapes", inputs.without_shape + outputs.without_shape);
  Count("lists_that_may_be_cut", inputs.cut + outputs.cut);
  uint32_t not_understood = inputs.not_understood + outputs.not_understood;
  v1::OpSignature signature = SignatureOf(fields, inputs, outputs, node);
  TraceLimits limits;
  limits.process_groups = kMaxListEntries;
  if (!KeepSound(signature, limits)) ++not_understood;
  Count("arguments_not_understood", not_understood);
  NoteDevice(inputs.device.empty() || inputs.device == kHostDevice ? outputs.device : inputs.device, node);
  if (!is_structure && signature.inputs_size() + signature.outputs_size() > 0) {
    const bool writes =
        signature.has_communication() || LibraryTransferOf(fields.name) != v1::Communication::TYPE_UNSPECIFIED;
    KeepTensors(inputs, outputs, writes, node);
  }
  node.signature = signatures_.NumberOf(std::move(signature));
  trace_.nodes.push_back(node);
  return absl::OkStatus();
}

Trace NodeReader::Take(Signatures& signatures) && {
  groups_.MoveTo(trace_);
  signatures = std::move(signatures_);
  return std::move(trace_);
}

}  // namespace sandglass::collectors::execution_trace
