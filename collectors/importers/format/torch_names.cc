#include "collectors/importers/format/torch_names.h"

#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace sandglass::collectors {

v1::DataType ElementType(absl::string_view name) {
  static const auto& kTypes = *new absl::flat_hash_map<std::string, v1::DataType>{
      {"float", v1::DATA_TYPE_FLOAT32},
      {"double", v1::DATA_TYPE_FLOAT64},
      {"c10::Half", v1::DATA_TYPE_FLOAT16},
      {"c10::BFloat16", v1::DATA_TYPE_BFLOAT16},
      {"c10::Float8_e4m3fn", v1::DATA_TYPE_FLOAT8_E4M3},
      {"c10::Float8_e4m3fnuz", v1::DATA_TYPE_FLOAT8_E4M3},
      {"c10::Float8_e5m2", v1::DATA_TYPE_FLOAT8_E5M2},
      {"c10::Float8_e5m2fnuz", v1::DATA_TYPE_FLOAT8_E5M2},
      {"c10::Float4_e2m1fn_x2", v1::DATA_TYPE_FLOAT4_E2M1},
      {"c10::complex<float>", v1::DATA_TYPE_COMPLEX64},
      {"c10::complex<double>", v1::DATA_TYPE_COMPLEX128},
      {"bool", v1::DATA_TYPE_BOOL},
      {"signed char", v1::DATA_TYPE_INT8},
      {"char", v1::DATA_TYPE_INT8},
      {"unsigned char", v1::DATA_TYPE_UINT8},
      {"short", v1::DATA_TYPE_INT16},
      {"short int", v1::DATA_TYPE_INT16},
      {"int", v1::DATA_TYPE_INT32},
      {"long", v1::DATA_TYPE_INT64},
      {"long int", v1::DATA_TYPE_INT64},
      {"long long", v1::DATA_TYPE_INT64},
      {"unsigned short", v1::DATA_TYPE_OTHER},
      {"unsigned int", v1::DATA_TYPE_OTHER},
      {"unsigned long", v1::DATA_TYPE_OTHER},
  };
  const auto found = kTypes.find(name);
  if (found != kTypes.end()) return found->second;
  return absl::StartsWith(name, "c10::") ? v1::DATA_TYPE_OTHER : v1::DATA_TYPE_UNSPECIFIED;
}

v1::DataType CollectiveElementType(absl::string_view name) {
  static const auto& kTypes = *new absl::flat_hash_map<std::string, v1::DataType>{
      {"Float", v1::DATA_TYPE_FLOAT32},
      {"Double", v1::DATA_TYPE_FLOAT64},
      {"Half", v1::DATA_TYPE_FLOAT16},
      {"BFloat16", v1::DATA_TYPE_BFLOAT16},
      {"Float8_e4m3fn", v1::DATA_TYPE_FLOAT8_E4M3},
      {"Float8_e5m2", v1::DATA_TYPE_FLOAT8_E5M2},
      {"Byte", v1::DATA_TYPE_UINT8},
      {"Char", v1::DATA_TYPE_INT8},
      {"Short", v1::DATA_TYPE_INT16},
      {"Int", v1::DATA_TYPE_INT32},
      {"Long", v1::DATA_TYPE_INT64},
      {"Bool", v1::DATA_TYPE_BOOL},
  };
  const auto found = kTypes.find(name);
  if (found != kTypes.end()) return found->second;
  return name.empty() ? v1::DATA_TYPE_UNSPECIFIED : v1::DATA_TYPE_OTHER;
}

v1::Communication::Type TransferOf(absl::string_view name) {
  static const auto& kTypes = *new absl::flat_hash_map<std::string, v1::Communication::Type>{
      {"allreduce", v1::Communication::TYPE_ALL_REDUCE},
      {"allreduce_coalesced", v1::Communication::TYPE_ALL_REDUCE},
      {"all_reduce", v1::Communication::TYPE_ALL_REDUCE},
      {"allgather", v1::Communication::TYPE_ALL_GATHER},
      {"allgather_coalesced", v1::Communication::TYPE_ALL_GATHER},
      {"all_gather", v1::Communication::TYPE_ALL_GATHER},
      {"allgather_base", v1::Communication::TYPE_ALL_GATHER},
      {"allgather_into_tensor", v1::Communication::TYPE_ALL_GATHER},
      {"allgather_into_tensor_coalesced", v1::Communication::TYPE_ALL_GATHER},
      {"reduce_scatter", v1::Communication::TYPE_REDUCE_SCATTER},
      {"reduce_scatter_base", v1::Communication::TYPE_REDUCE_SCATTER},
      {"reduce_scatter_tensor", v1::Communication::TYPE_REDUCE_SCATTER},
      {"reduce_scatter_tensor_coalesced", v1::Communication::TYPE_REDUCE_SCATTER},
      {"all_to_all", v1::Communication::TYPE_ALL_TO_ALL},
      {"all_to_allv", v1::Communication::TYPE_ALL_TO_ALL},
      {"alltoall", v1::Communication::TYPE_ALL_TO_ALL},
      {"alltoall_base", v1::Communication::TYPE_ALL_TO_ALL},
      {"broadcast", v1::Communication::TYPE_BROADCAST},
      {"reduce", v1::Communication::TYPE_REDUCE},
      {"barrier", v1::Communication::TYPE_BARRIER},
      {"send", v1::Communication::TYPE_SEND},
      {"recv", v1::Communication::TYPE_RECEIVE},
      {"receive", v1::Communication::TYPE_RECEIVE},
  };
  while (absl::ConsumePrefix(&name, "_") || absl::ConsumePrefix(&name, "nccl:")) {
  }
  const auto found = kTypes.find(absl::AsciiStrToLower(name));
  return found == kTypes.end() ? v1::Communication::TYPE_OTHER : found->second;
}

v1::OperatorKind KindOfTransfer(v1::Communication::Type transfer) {
  const bool between_two = transfer == v1::Communication::TYPE_SEND || transfer == v1::Communication::TYPE_RECEIVE;
  return between_two ? v1::OPERATOR_KIND_POINT_TO_POINT : v1::OPERATOR_KIND_COLLECTIVE;
}

bool ReadIntegers(absl::string_view text, v1::IntegerList& list) {
  if (!absl::ConsumePrefix(&text, "[") || !absl::ConsumeSuffix(&text, "]")) return false;
  if (absl::StripAsciiWhitespace(text).empty()) return true;
  for (const absl::string_view part : absl::StrSplit(text, ',')) {
    int64_t number = 0;
    if (!absl::SimpleAtoi(absl::StripAsciiWhitespace(part), &number)) return false;
    list.add_values(number);
  }
  return true;
}

}  // namespace sandglass::collectors
