#include "collectors/importers/kineto/signatures.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "collectors/importers/format/json_values.h"
#include "collectors/importers/format/sound_signature.h"
#include "collectors/importers/format/torch_names.h"
#include "proto/trace_validator.h"

namespace sandglass::collectors::kineto {
namespace {

using simdjson::dom::array;
using simdjson::dom::element;

bool HoldsLists(const element& list) {
  array values;
  return list.get(values) == simdjson::SUCCESS && values.size() > 0 && values.at(0).is_array();
}

// One tensor with the sizes and distances that stand at `dims` and `strides`.
v1::Tensor* AddTensor(uint32_t position, const element& dims, const Json& strides, v1::OpSignature& signature) {
  v1::Tensor* tensor = signature.add_inputs();
  tensor->set_position(position);
  if (AddShape(dims, strides, *tensor)) tensor->set_shape_source(v1::SHAPE_SOURCE_RECORDED);
  return tensor;
}

void AddTensorList(uint32_t position, const element& dims, const Json& strides, v1::OpSignature& signature) {
  const std::vector<element> tensors = EntriesOf(dims);
  const std::vector<element> distances = EntriesOf(strides);
  for (size_t i = 0; i < tensors.size(); ++i) {
    AddTensor(position, tensors[i], At(distances, i), signature)->set_in_list(true);
  }
}

// An argument as Python prints it.
void AddAttribute(uint32_t position, absl::string_view text, v1::OpSignature& signature) {
  v1::Attribute* attribute = signature.add_attributes();
  attribute->set_position(position);
  int64_t integer = 0;
  double real = 0;
  v1::IntegerList list;
  if (text == "True" || text == "False") {
    attribute->set_boolean(text == "True");
  } else if (absl::SimpleAtoi(text, &integer)) {
    attribute->set_integer(integer);
  } else if (absl::SimpleAtod(text, &real)) {
    attribute->set_real(real);
  } else if (ReadIntegers(text, list)) {
    *attribute->mutable_integers() = std::move(list);
  } else {
    attribute->set_text(std::string(text));
  }
}

v1::OperatorKind KindOf(EventKind kind, bool is_transfer, v1::Communication::Type transfer) {
  switch (kind) {
    case EventKind::kAnnotation:
      return v1::OPERATOR_KIND_ANNOTATION;
    case EventKind::kKernel:
      return v1::OPERATOR_KIND_DEVICE_KERNEL;
    case EventKind::kCopy:
      return v1::OPERATOR_KIND_MEMCPY;
    case EventKind::kFill:
      return v1::OPERATOR_KIND_MEMORY;
    case EventKind::kOperator:
    case EventKind::kRuntime:
      break;
  }
  return is_transfer ? KindOfTransfer(transfer) : v1::OPERATOR_KIND_HOST_OP;
}

// The sizes of a grid or a block along x, y, z; empty, if they are none.
google::protobuf::RepeatedField<uint32_t> LaunchSizes(const Json& json) {
  google::protobuf::RepeatedField<uint32_t> sizes;
  for (const element& size : EntriesOf(json)) {
    int64_t number = 0;
    if (size.get(number) != simdjson::SUCCESS || number < 0 || number > UINT32_MAX || sizes.size() == 3) return {};
    sizes.Add(static_cast<uint32_t>(number));
  }
  return sizes;
}

void AddLaunch(const SignatureSource& source, const Json& grid, const Json& block, v1::OpSignature& signature) {
  v1::KernelLaunch launch;
  *launch.mutable_grid() = LaunchSizes(grid);
  *launch.mutable_block() = LaunchSizes(block);
  if (source.shared_memory_bytes >= 0) launch.set_shared_memory_bytes(source.shared_memory_bytes);
  if (source.registers >= 0 && source.registers <= INT32_MAX) {
    launch.set_registers_per_thread(static_cast<int32_t>(source.registers));
  }
  if (launch.ByteSizeLong() > 0) *signature.mutable_launch() = std::move(launch);
}

void AddBytes(const SignatureSource& source, v1::OpSignature& signature) {
  if (source.bytes < 0) return;
  v1::ProducedFigure figure;
  figure.set_value(static_cast<double>(source.bytes));
  figure.set_provenance(v1::PROVENANCE_STATED);
  if (source.kind == EventKind::kCopy) *signature.mutable_read_bytes() = figure;
  *signature.mutable_written_bytes() = std::move(figure);
}

void AppendNumber(int64_t number, std::string& key) {
  key.append(reinterpret_cast<const char*>(&number), sizeof number);
}

void AppendText(absl::string_view text, std::string& key) {
  AppendNumber(static_cast<int64_t>(text.size()), key);
  key.append(text.data(), text.size());
}

std::array<const JsonText*, 6> TextsOf(const SignatureSource& source) {
  return {&source.input_dims,      &source.input_types, &source.input_strides,
          &source.concrete_inputs, &source.grid,        &source.block};
}

// What tells signatures apart.
void AppendKey(const SignatureSource& source, std::string& key) {
  key.push_back(static_cast<char>(source.kind));
  AppendText(source.name, key);
  // What is not there, as most is not, is left out, and what is there says which it is.
  char which = 0;
  for (const absl::string_view text : {source.collective, source.element_type, source.input_split, source.output_split,
                                       source.group_name, source.group_ranks}) {
    key.append(text.empty() ? 0 : 1, ++which);
    if (!text.empty()) AppendText(text, key);
  }
  for (const int64_t number :
       {source.registers, source.shared_memory_bytes, source.bytes, source.input_elements, source.output_elements}) {
    key.append(number == kNone ? 0 : 1, ++which);
    if (number != kNone) AppendNumber(number, key);
  }
  for (const JsonText* json : TextsOf(source)) {
    key.append(json->has_value() ? 1 : 0, ++which);
    if (json->has_value()) AppendText(**json, key);
  }
}

}  // namespace

// The parsed texts of a source.
struct Signatures::Values {
  Json input_dims;
  Json input_types;
  Json input_strides;
  Json concrete_inputs;
  Json grid;
  Json block;
};

// As one list, which one parser can hold. False: they are no JSON.
bool Signatures::ParseValues(const SignatureSource& source, Values& values) {
  lists_.assign(1, '[');
  for (const JsonText* text : TextsOf(source)) {
    absl::StrAppend(&lists_, lists_.size() > 1 ? "," : "", text->value_or("null"));
  }
  lists_.push_back(']');
  element list;
  if (parser_.parse(lists_).get(list) != simdjson::SUCCESS) return false;
  const std::vector<element> parsed = EntriesOf(list);
  const std::array<const JsonText*, 6> texts = TextsOf(source);
  if (parsed.size() != texts.size()) return false;
  const std::array<Json*, 6> of = {&values.input_dims,      &values.input_types, &values.input_strides,
                                   &values.concrete_inputs, &values.grid,        &values.block};
  for (size_t i = 0; i < texts.size(); ++i) {
    if (texts[i]->has_value()) *of[i] = parsed[i];
  }
  return true;
}

void Signatures::AddArguments(const Values& source, v1::OpSignature& signature) {
  const std::vector<element> dims = EntriesOf(source.input_dims);
  const std::vector<element> types = EntriesOf(source.input_types);
  const std::vector<element> strides = EntriesOf(source.input_strides);
  const std::vector<element> values = EntriesOf(source.concrete_inputs);
  if (source.input_dims.has_value() && !source.input_dims->is_array()) ++not_understood_;
  for (size_t i = 0; i < std::max(dims.size(), values.size()); ++i) {
    const auto position = static_cast<uint32_t>(i);
    const absl::string_view type = TextOf(At(types, i));
    const v1::DataType element_type = ElementType(type);
    if (i < dims.size() && (type == "TensorList" || HoldsLists(dims[i]))) {
      AddTensorList(position, dims[i], At(strides, i), signature);
    } else if (i < dims.size() && element_type != v1::DATA_TYPE_UNSPECIFIED) {
      AddTensor(position, dims[i], At(strides, i), signature)->set_dtype(element_type);
    } else if (const absl::string_view value = TextOf(At(values, i)); !value.empty()) {
      AddAttribute(position, value, signature);
    }
  }
}

// The group's number, once its members are known; groups of one name are one.
std::optional<uint32_t> Signatures::GroupOf(const SignatureSource& source) {
  if (source.group_name.empty() && source.group_ranks.empty()) return std::nullopt;
  v1::ProcessGroup group;
  group.set_name(std::string(source.group_name));
  absl::string_view ranks = source.group_ranks;
  // Long lists are cut in the middle by their writer: then the members are not known.
  if (absl::ConsumePrefix(&ranks, "[") && absl::ConsumeSuffix(&ranks, "]")) {
    for (const absl::string_view part : absl::StrSplit(ranks, ',', absl::SkipWhitespace())) {
      uint32_t rank = 0;
      if (absl::SimpleAtoi(absl::StripAsciiWhitespace(part), &rank)) {
        group.add_ranks(rank);
      } else {
        ++not_understood_;
        return std::nullopt;
      }
    }
  }
  const bool fits = group.name().size() <= kMaxNameBytes && group.ranks_size() <= kMaxListEntries &&
                    groups_.size() < static_cast<size_t>(kMaxListEntries);
  if (group.ranks().empty() || !fits) return std::nullopt;
  for (size_t i = 0; i < groups_.size(); ++i) {
    if (groups_[i].SerializeAsString() == group.SerializeAsString()) return static_cast<uint32_t>(i);
  }
  groups_.push_back(std::move(group));
  return static_cast<uint32_t>(groups_.size() - 1);
}

void Signatures::AddCommunication(const SignatureSource& source, v1::OpSignature& signature) {
  v1::Communication& communication = *signature.mutable_communication();
  communication.set_type(TransferOf(source.collective));
  if (source.input_elements >= 0) communication.set_input_elements(source.input_elements);
  if (source.output_elements >= 0) communication.set_output_elements(source.output_elements);
  communication.set_dtype(CollectiveElementType(source.element_type));
  if (const std::optional<uint32_t> group = GroupOf(source)) communication.set_process_group(*group);
  v1::IntegerList list;
  if (ReadIntegers(source.input_split, list)) *communication.mutable_input_split_elements() = list.values();
  list.Clear();
  if (ReadIntegers(source.output_split, list)) *communication.mutable_output_split_elements() = list.values();
}

std::optional<uint32_t> Signatures::Get(const SignatureSource& source) {
  key_.clear();
  AppendKey(source, key_);
  if (const auto found = numbers_.find(key_); found != numbers_.end()) return found->second;
  Values values;
  if (!ParseValues(source, values)) return std::nullopt;
  const auto number = static_cast<uint32_t>(signatures_.size());
  numbers_.emplace(key_, number);
  v1::OpSignature& signature = signatures_.emplace_back();
  // Names of kernels made of templates can be longer than a store takes.
  signature.set_name(FittingName(source.name, names_cut_));
  AddArguments(values, signature);
  // "wait" is recorded like a collective, and moves nothing.
  const bool is_transfer = !source.collective.empty() && source.collective != "wait";
  if (is_transfer) AddCommunication(source, signature);
  signature.set_kind(KindOf(source.kind, is_transfer, signature.communication().type()));
  AddLaunch(source, values.grid, values.block, signature);
  AddBytes(source, signature);
  // What a store would refuse is no shape of a tensor: it is left out, so that the rest of the trace can be kept.
  TraceLimits limits;
  limits.process_groups = static_cast<uint32_t>(groups_.size());
  if (!KeepSound(signature, limits)) ++not_understood_;
  return number;
}

}  // namespace sandglass::collectors::kineto
