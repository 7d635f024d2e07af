#include "collectors/importers/onnxruntime/signatures.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "collectors/importers/format/sound_signature.h"

namespace sandglass::collectors::onnxruntime {
namespace {

using simdjson::dom::array;
using simdjson::dom::element;
using simdjson::dom::object;

// {"float":[1,3]}; false: it is not.
bool ReadTensor(const element& json, v1::Tensor& tensor) {
  object members;
  if (json.get(members) != simdjson::SUCCESS || members.size() != 1) return false;
  const auto [type, sizes] = *members.begin();
  array dims;
  if (sizes.get(dims) != simdjson::SUCCESS) return false;
  for (const element size : dims) {
    int64_t number = 0;
    if (size.get(number) != simdjson::SUCCESS) return false;
    tensor.add_dims(number);
  }
  tensor.set_dtype(ElementType({type.data(), type.size()}));
  tensor.set_shape_source(v1::SHAPE_SOURCE_RECORDED);
  return true;
}

void AddSizes(const LaunchSizes& sizes, google::protobuf::RepeatedField<uint32_t>& field) {
  const bool known = std::all_of(sizes.begin(), sizes.end(), [](const std::optional<int64_t>& size) {
    return size.has_value() && *size >= 0 && *size <= UINT32_MAX;
  });
  for (size_t i = 0; known && i < sizes.size(); ++i) field.Add(static_cast<uint32_t>(*sizes[i]));
}

// False: an entry is no tensor.
bool ReadTensors(const array& list, google::protobuf::RepeatedPtrField<v1::Tensor>& tensors) {
  for (const element json : list) {
    const auto position = static_cast<uint32_t>(tensors.size());
    v1::Tensor& tensor = *tensors.Add();
    tensor.set_position(position);
    if (!ReadTensor(json, tensor)) return false;
  }
  return true;
}

}  // namespace

v1::DataType ElementType(absl::string_view name) {
  static const auto& kTypes = *new absl::flat_hash_map<std::string, v1::DataType>{
      {"float", v1::DATA_TYPE_FLOAT32},
      {"double", v1::DATA_TYPE_FLOAT64},
      {"float16", v1::DATA_TYPE_FLOAT16},
      {"bfloat16", v1::DATA_TYPE_BFLOAT16},
      {"float8e4m3fn", v1::DATA_TYPE_FLOAT8_E4M3},
      {"float8e4m3fnuz", v1::DATA_TYPE_FLOAT8_E4M3},
      {"float8e5m2", v1::DATA_TYPE_FLOAT8_E5M2},
      {"float8e5m2fnuz", v1::DATA_TYPE_FLOAT8_E5M2},
      {"bool", v1::DATA_TYPE_BOOL},
      {"int4", v1::DATA_TYPE_INT4},
      {"int8", v1::DATA_TYPE_INT8},
      {"uint8", v1::DATA_TYPE_UINT8},
      {"int16", v1::DATA_TYPE_INT16},
      {"int32", v1::DATA_TYPE_INT32},
      {"int64", v1::DATA_TYPE_INT64},
      {"complex64", v1::DATA_TYPE_COMPLEX64},
      {"complex128", v1::DATA_TYPE_COMPLEX128},
  };
  const auto found = kTypes.find(name);
  return found == kTypes.end() ? v1::DATA_TYPE_OTHER : found->second;
}

// Returns whether it is such a list. One that is not gives no tensor at all: the others would be at wrong places.
bool Signatures::AddTensors(const Json& json, google::protobuf::RepeatedPtrField<v1::Tensor>& tensors) {
  if (!json.has_value()) return false;
  array list;
  if (json->get(list) == simdjson::SUCCESS && ReadTensors(list, tensors)) return true;
  tensors.Clear();
  ++not_understood_;
  return false;
}

uint32_t Signatures::OfNode(absl::string_view op_name, const Json& inputs, const Json& outputs) {
  v1::OpSignature signature;
  signature.set_kind(v1::OPERATOR_KIND_HOST_OP);
  signature.set_name(FittingName(absl::StrCat("onnx::", op_name), names_cut_));
  AddTensors(inputs, *signature.mutable_inputs());
  signature.set_outputs_recorded(AddTensors(outputs, *signature.mutable_outputs()));
  return Keep(std::move(signature));
}

uint32_t Signatures::OfKernel(absl::string_view name, const LaunchSizes& grid, const LaunchSizes& block) {
  v1::OpSignature signature;
  signature.set_kind(v1::OPERATOR_KIND_DEVICE_KERNEL);
  signature.set_name(FittingName(name, names_cut_));
  v1::KernelLaunch launch;
  AddSizes(grid, *launch.mutable_grid());
  AddSizes(block, *launch.mutable_block());
  if (launch.ByteSizeLong() > 0) *signature.mutable_launch() = std::move(launch);
  return Keep(std::move(signature));
}

uint32_t Signatures::Keep(v1::OpSignature signature) {
  const auto [found, is_new] =
      numbers_.try_emplace(signature.SerializeAsString(), static_cast<uint32_t>(signatures_.size()));
  if (!is_new) return found->second;
  if (!KeepSound(signature, TraceLimits())) ++not_understood_;
  signatures_.push_back(std::move(signature));
  return found->second;
}

}  // namespace sandglass::collectors::onnxruntime
