#include "collectors/importers/execution_trace/communication.h"

#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/strip.h"
#include "collectors/importers/format/torch_names.h"

namespace sandglass::collectors::execution_trace {
namespace {

using simdjson::dom::element;

// Of the tensors of a list together; nullopt: a size is not known.
template <typename Tensors>
std::optional<int64_t> ElementsOf(const Tensors& tensors) {
  if (tensors.empty()) return std::nullopt;
  int64_t sum = 0;
  for (const v1::Tensor& tensor : tensors) {
    int64_t elements = 1;
    if (tensor.shape_source() == v1::SHAPE_SOURCE_UNSPECIFIED) return std::nullopt;
    for (const int64_t dim : tensor.dims()) {
      if (__builtin_mul_overflow(elements, dim, &elements)) return std::nullopt;
    }
    if (__builtin_add_overflow(sum, elements, &sum)) return std::nullopt;
  }
  return sum;
}

void AddSplit(const std::string& text, google::protobuf::RepeatedField<int64_t>& split) {
  v1::IntegerList list;
  if (ReadIntegers(text, list)) split = std::move(*list.mutable_values());
}

}  // namespace

bool ReadCollectiveAttribute(absl::string_view name, const element& value, CollectiveFields& fields) {
  if (name == "collective_name") {
    fields.collective = TextOf(value);
  } else if (name == "dtype") {
    fields.element_type = TextOf(value);
  } else if (name == "in_msg_nelems") {
    fields.input_elements = SignedOf(value);
  } else if (name == "out_msg_nelems") {
    fields.output_elements = SignedOf(value);
  } else if (name == "in_split_size") {
    fields.input_split = std::string(TextOf(value));
  } else if (name == "out_split_size") {
    fields.output_split = std::string(TextOf(value));
  } else if (name == "pg_name") {
    fields.group.name = TextOf(value);
  } else if (name == "pg_desc") {
    fields.group.description = TextOf(value);
  } else if (name == "pg_size") {
    fields.group.size = SignedOf(value);
  } else if (name == "global_rank_start") {
    fields.group.first_rank = SignedOf(value);
  } else if (name == "global_rank_stride") {
    fields.group.rank_step = SignedOf(value);
  } else {
    return false;
  }
  return true;
}

// (tensors,) number, group, rank, name, input split, output split (, first rank, rank step), size. The group is an
// address up to schema 1.0.2 and a pair of name and description from 1.0.3 on; the numbers at the end came one after
// the other. The name is the only text among them.
void ReadCollectiveArguments(const ArgumentLists& inputs, CollectiveFields& fields) {
  const std::vector<element> values = EntriesOf(inputs.values);
  const std::vector<element> types = EntriesOf(inputs.types);
  size_t name = 0;
  while (name < values.size() && (name >= types.size() || TextOf(types[name]) != "String")) ++name;
  if (name == values.size() || name < 3) return;
  if (fields.collective.empty()) fields.collective = TextOf(values[name]);
  fields.rank = SignedOf(values[name - 1]);
  fields.sequence = SignedOf(values[name - 3]);
  const std::vector<element> pair = EntriesOf(values[name - 2]);
  if (pair.size() == 2 && fields.group.name.empty()) {
    fields.group.name = TextOf(pair[0]);
    fields.group.description = TextOf(pair[1]);
  }
  if (pair.empty()) fields.group.backend = SignedOf(values[name - 2]);
  if (name + 2 < values.size()) {
    if (fields.input_split.empty()) fields.input_split = simdjson::minify(values[name + 1]);
    if (fields.output_split.empty()) fields.output_split = simdjson::minify(values[name + 2]);
  }
  if (fields.group.size < 0 && values.size() > name + 3) fields.group.size = SignedOf(values.back());
  if (fields.group.first_rank < 0 && values.size() == name + 6) {
    fields.group.first_rank = SignedOf(values[name + 3]);
    fields.group.rank_step = SignedOf(values[name + 4]);
  }
}

bool IsTransfer(const CollectiveFields& fields) { return !fields.collective.empty() && fields.collective != "wait"; }

v1::Communication CommunicationOf(const CollectiveFields& fields, const v1::OpSignature& signature,
                                  ProcessGroups& groups) {
  v1::Communication communication;
  communication.set_type(TransferOf(fields.collective));
  const std::optional<int64_t> inputs =
      fields.input_elements >= 0 ? std::optional<int64_t>(fields.input_elements) : ElementsOf(signature.inputs());
  const std::optional<int64_t> outputs =
      fields.output_elements >= 0 ? std::optional<int64_t>(fields.output_elements) : ElementsOf(signature.outputs());
  if (inputs.has_value()) communication.set_input_elements(*inputs);
  if (outputs.has_value()) communication.set_output_elements(*outputs);
  communication.set_dtype(CollectiveElementType(fields.element_type));
  if (fields.element_type.empty() && signature.inputs_size() > 0) communication.set_dtype(signature.inputs(0).dtype());
  AddSplit(fields.input_split, *communication.mutable_input_split_elements());
  AddSplit(fields.output_split, *communication.mutable_output_split_elements());
  if (const std::optional<uint32_t> group = groups.Find(fields.group)) {
    communication.set_process_group(*group);
    groups.NoteRank(*group, fields.rank);
  }
  return communication;
}

v1::Communication::Type LibraryTransferOf(absl::string_view name) {
  if (!absl::ConsumePrefix(&name, "c10d::")) return v1::Communication::TYPE_UNSPECIFIED;
  absl::ConsumeSuffix(&name, "_");
  return TransferOf(name);
}

}  // namespace sandglass::collectors::execution_trace
