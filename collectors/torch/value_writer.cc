#include "collectors/torch/value_writer.h"

#include <array>
#include <span>
#include <sstream>
#include <string>
#include <vector>

#include "proto/trace.pb.h"

namespace sandglass::collectors {
namespace {

// v1::DataType of each at::ScalarType, by number.
constexpr auto kDataTypes = [] {
  std::array<uint8_t, static_cast<size_t>(at::ScalarType::NumOptions)> types{};
  types.fill(v1::DATA_TYPE_OTHER);
  const auto set = [&types](at::ScalarType from, v1::DataType to) {
    types[static_cast<size_t>(from)] = static_cast<uint8_t>(to);
  };
  set(at::ScalarType::Byte, v1::DATA_TYPE_UINT8);
  set(at::ScalarType::Char, v1::DATA_TYPE_INT8);
  set(at::ScalarType::Short, v1::DATA_TYPE_INT16);
  set(at::ScalarType::Int, v1::DATA_TYPE_INT32);
  set(at::ScalarType::Long, v1::DATA_TYPE_INT64);
  set(at::ScalarType::Half, v1::DATA_TYPE_FLOAT16);
  set(at::ScalarType::Float, v1::DATA_TYPE_FLOAT32);
  set(at::ScalarType::Double, v1::DATA_TYPE_FLOAT64);
  set(at::ScalarType::ComplexFloat, v1::DATA_TYPE_COMPLEX64);
  set(at::ScalarType::ComplexDouble, v1::DATA_TYPE_COMPLEX128);
  set(at::ScalarType::Bool, v1::DATA_TYPE_BOOL);
  set(at::ScalarType::BFloat16, v1::DATA_TYPE_BFLOAT16);
  return types;
}();

void WriteTensor(EventWriter& writer, uint16_t position, bool in_list, const at::Tensor& tensor) {
  const c10::TensorImpl* impl = tensor.unsafeGetTensorImpl();
  uint8_t flags = in_list ? kInList : uint8_t{0};
  if (impl->requires_grad()) flags |= kRequiresGrad;
  uint64_t storage = 0;
  int64_t storage_bytes = 0;
  std::span<const int64_t> strides;
  if (impl->has_storage()) {
    const c10::StorageImpl* storage_impl = impl->storage().unsafeGetStorageImpl();
    storage = reinterpret_cast<uint64_t>(storage_impl);
    storage_bytes = static_cast<int64_t>(storage_impl->nbytes());
    if (!impl->is_contiguous()) {
      flags |= kStrided;
      strides = {impl->strides().data(), impl->strides().size()};
    }
  } else {
    flags |= kNoStorage;
  }
  const auto dtype = static_cast<size_t>(tensor.scalar_type());
  const uint8_t type = dtype < kDataTypes.size() ? kDataTypes[dtype] : static_cast<uint8_t>(v1::DATA_TYPE_OTHER);
  writer.Tensor(position, flags, type, {impl->sizes().data(), impl->sizes().size()}, strides, storage, storage_bytes);
}

// Other lists than those of tensors and of integers are rare and short; their text is kept.
template <typename List>
std::string Joined(const List& list) {
  std::ostringstream text;
  text << '[';
  for (size_t i = 0; i < list.size(); ++i) text << (i == 0 ? "" : ", ") << list[i];
  text << ']';
  return text.str();
}

void WriteList(EventWriter& writer, uint16_t position, const c10::IValue& value) {
  if (value.isIntList()) {
    const auto list = value.toIntVector();
    writer.Integers(position, {list.data(), list.size()});
    return;
  }
  if (value.isBoolList()) {
    std::vector<int64_t> integers;
    for (const bool element : value.toBoolList()) integers.push_back(element ? 1 : 0);
    writer.Integers(position, integers);
    return;
  }
  if (value.isDoubleList()) {
    writer.Text(position, Joined(value.toDoubleVector()));
    return;
  }
  const auto elements = value.toListRef();
  if (elements.empty()) {
    writer.Integers(position, {});
    return;
  }
  for (const c10::IValue& element : elements) {
    if (element.isTensor() && element.toTensor().defined()) {
      WriteTensor(writer, position, true, element.toTensor());
    } else if (element.isNone() || element.isTensor()) {
      writer.None(position);
    } else {
      writer.Text(position, element.tagKind());
    }
  }
}

}  // namespace

void WriteValue(EventWriter& writer, uint16_t position, const c10::IValue& value) {
  if (value.isTensor()) {
    const at::Tensor& tensor = value.toTensor();
    if (tensor.defined()) {
      WriteTensor(writer, position, false, tensor);
    } else {
      writer.None(position);
    }
  } else if (value.isNone()) {
    writer.None(position);
  } else if (value.isInt()) {
    writer.Integer(position, value.toInt());
  } else if (value.isBool()) {
    writer.Boolean(position, value.toBool());
  } else if (value.isDouble()) {
    writer.Real(position, value.toDouble());
  } else if (value.isList()) {
    WriteList(writer, position, value);
  } else if (value.isString()) {
    writer.Text(position, value.toStringRef());
  } else if (value.isDevice()) {
    writer.Text(position, value.toDevice().str());
  } else {
    writer.Text(position, value.tagKind());
  }
}

}  // namespace sandglass::collectors
