#include "tests/fuzz/laws.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "google/protobuf/descriptor.h"
#include "proto/trace.pb.h"

namespace sandglass::fuzz {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

void RequireFiniteField(const Message& message, const FieldDescriptor& field) {
  const google::protobuf::Reflection& reflection = *message.GetReflection();
  const int count = field.is_repeated() ? reflection.FieldSize(message, &field) : 1;
  for (int i = 0; i < count; ++i) {
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      RequireFinite(field.is_repeated() ? reflection.GetRepeatedMessage(message, &field, i)
                                        : reflection.GetMessage(message, &field));
    } else if (field.cpp_type() == FieldDescriptor::CPPTYPE_DOUBLE) {
      const double value = field.is_repeated() ? reflection.GetRepeatedDouble(message, &field, i)
                                               : reflection.GetDouble(message, &field);
      Require(std::isfinite(value), field.full_name() + " is " + std::to_string(value));
    }
  }
}

}  // namespace

void Require(bool holds, const std::string& what) {
  if (holds) return;
  std::fprintf(stderr, "broken law: %s\n", what.c_str());
  std::abort();
}

void RequireOneLine(const absl::Status& status) {
  if (status.ok()) return;
  const absl::string_view text = status.message();
  const bool plain = std::all_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x20 && byte != 0x7f;
  });
  Require(plain && !text.empty(), "this error is not one line of plain text: " + status.ToString());
}

void RequireFinite(const Message& message) {
  if (message.GetDescriptor() == v1::Attribute::descriptor()) return;
  std::vector<const FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) RequireFiniteField(message, *field);
}

}  // namespace sandglass::fuzz
