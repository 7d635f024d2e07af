#include "collectors/torch/signature_cache.h"

#include <bit>

namespace sandglass::collectors {
namespace {

void AppendWord(uint64_t word, std::string& key) { key.append(reinterpret_cast<const char*>(&word), sizeof(word)); }

void FillAttribute(const ArgumentView& argument, const OpInfo& op, v1::Attribute& attribute) {
  attribute.set_position(argument.position);
  if (argument.position < op.argument_names.size()) attribute.set_name(op.argument_names[argument.position]);
  switch (argument.tag) {
    case ArgumentTag::kTensor:
    case ArgumentTag::kNone:
      break;
    case ArgumentTag::kInteger:
      attribute.set_integer(static_cast<int64_t>(argument.word));
      break;
    case ArgumentTag::kReal:
      attribute.set_real(std::bit_cast<double>(argument.word));
      break;
    case ArgumentTag::kBoolean:
      attribute.set_boolean(argument.word != 0);
      break;
    case ArgumentTag::kText:
      attribute.set_text(std::string(argument.text()));
      break;
    case ArgumentTag::kIntegers:
      attribute.mutable_integers();  // also where the list is empty
      for (const uint64_t value : argument.payload) {
        attribute.mutable_integers()->add_values(static_cast<int64_t>(value));
      }
      break;
  }
}

}  // namespace

v1::OpSignature* SignatureCache::Get(const OpInfo* op, std::span<const uint64_t> arguments,
                                     std::span<const uint64_t> results, bool results_recorded) {
  key_.clear();
  AppendWord(reinterpret_cast<uint64_t>(op), key_);
  AppendWord(arguments.size() << 1 | (results_recorded ? 1 : 0), key_);
  AppendKey(arguments);
  AppendKey(results);
  std::unique_ptr<v1::OpSignature>& signature = signatures_[key_];
  if (signature == nullptr) signature = Make(*op, arguments, results, results_recorded);
  return signature.get();
}

void SignatureCache::AppendKey(std::span<const uint64_t> words) {
  while (!words.empty()) {
    const ArgumentView argument = ReadArgument(words);
    if (argument.tag == ArgumentTag::kTensor) {
      AppendWord(words[0], key_);
      AppendWord(parameter_storages_.contains(argument.storage) ? 1 : 0, key_);
      key_.append(reinterpret_cast<const char*>(words.data() + 2), (argument.words - 2) * sizeof(uint64_t));
    } else {
      key_.append(reinterpret_cast<const char*>(words.data()), argument.words * sizeof(uint64_t));
    }
    words = words.subspan(argument.words);
  }
}

std::unique_ptr<v1::OpSignature> SignatureCache::Make(const OpInfo& op, std::span<const uint64_t> arguments,
                                                      std::span<const uint64_t> results, bool results_recorded) const {
  auto signature = std::make_unique<v1::OpSignature>();
  signature->set_kind(op.schema.empty() ? v1::OPERATOR_KIND_ANNOTATION : v1::OPERATOR_KIND_HOST_OP);
  signature->set_name(op.name);
  signature->set_op_schema(op.schema);
  signature->set_outputs_recorded(results_recorded);
  while (!arguments.empty()) {
    const ArgumentView argument = ReadArgument(arguments);
    if (argument.tag == ArgumentTag::kTensor) {
      FillTensor(argument, *signature->add_inputs());
    } else {
      FillAttribute(argument, op, *signature->add_attributes());
    }
    arguments = arguments.subspan(argument.words);
  }
  while (!results.empty()) {
    const ArgumentView result = ReadArgument(results);
    if (result.tag == ArgumentTag::kTensor) FillTensor(result, *signature->add_outputs());
    results = results.subspan(result.words);
  }
  return signature;
}

void SignatureCache::FillTensor(const ArgumentView& argument, v1::Tensor& tensor) const {
  tensor.set_dtype(static_cast<v1::DataType>(argument.dtype));
  for (const uint64_t size : argument.dims) tensor.add_dims(static_cast<int64_t>(size));
  for (const uint64_t stride : argument.strides) tensor.add_strides(static_cast<int64_t>(stride));
  tensor.set_shape_source(v1::SHAPE_SOURCE_RECORDED);
  if ((argument.flags & kNoStorage) == 0) tensor.set_storage_bytes(argument.storage_bytes);
  tensor.set_position(argument.position);
  tensor.set_in_list((argument.flags & kInList) != 0);
  if (!parameter_storages_.empty()) tensor.set_is_parameter(parameter_storages_.contains(argument.storage));
  tensor.set_requires_grad((argument.flags & kRequiresGrad) != 0);
}

}  // namespace sandglass::collectors
