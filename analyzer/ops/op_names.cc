#include "analyzer/ops/op_names.h"

#include <google/protobuf/text_format.h>

#include <cstdio>
#include <cstdlib>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "analyzer/ops/embedded_op_names.h"
#include "analyzer/ops/op_table.h"
#include "proto/operator_names.pb.h"

namespace sandglass::ops {
namespace {

constexpr std::array<absl::string_view, kNameSpaces> kNames = {"aten", "hlo", "onnx", "nki", "ttnn"};
constexpr absl::string_view kControlFlow = "control";

std::vector<std::string> Split(const google::protobuf::RepeatedPtrField<std::string>& lines) {
  std::vector<std::string> names;
  for (const std::string& line : lines) {
    for (const absl::string_view name : absl::StrSplit(line, ' ', absl::SkipEmpty())) names.emplace_back(name);
  }
  return names;
}

OpConcept FromProto(const v1::OperatorConcept& message) {
  OpConcept result;
  result.name = message.operation();
  result.control_flow = message.op_class() == kControlFlow;
  result.op_class = OpClassFromName(message.op_class()).value_or(OpClass::kUnknown);
  result.names = {Split(message.aten()), Split(message.hlo()), Split(message.onnx()), Split(message.nki()),
                  Split(message.ttnn())};
  return result;
}

// The table is part of the binary and a test reads it, so it can only be broken by a broken build.
std::vector<OpConcept> Load() {
  v1::OperatorNames table;
  if (!google::protobuf::TextFormat::ParseFromString(EmbeddedOpNames().front().second, &table)) {
    std::fprintf(stderr, "op_names.textproto, which is built in, cannot be parsed\n");
    std::abort();
  }
  std::vector<OpConcept> concepts;
  for (const v1::OperatorConcept& message : table.concepts()) concepts.push_back(FromProto(message));
  return concepts;
}

using Index = std::array<absl::flat_hash_map<std::string, const OpConcept*>, kNameSpaces>;

const Index& ByName() {
  static const Index* const kIndex = [] {
    auto* index = new Index();
    for (const OpConcept& entry : OpConcepts()) {
      for (size_t i = 0; i < entry.names.size(); ++i) {
        for (const std::string& name : entry.names[i]) (*index)[i].emplace(name, &entry);
      }
    }
    return index;
  }();
  return *kIndex;
}

}  // namespace

absl::string_view NameSpaceName(NameSpace name_space) { return kNames[static_cast<size_t>(name_space)]; }

std::optional<NameSpace> NameSpaceFromName(absl::string_view name) {
  for (size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == name) return static_cast<NameSpace>(i);
  }
  return std::nullopt;
}

TracedName TracedNameOf(absl::string_view framework_name) {
  absl::string_view name = framework_name;
  if (absl::ConsumePrefix(&name, "onnx::")) return {NameSpace::kOnnx, std::string(name)};
  if (absl::ConsumePrefix(&name, "hlo::")) return {NameSpace::kHlo, absl::StrReplaceAll(name, {{"-", "_"}})};
  return {NameSpace::kAten, OpKey(framework_name)};
}

const std::vector<OpConcept>& OpConcepts() {
  static const auto* const kConcepts = new std::vector<OpConcept>(Load());
  return *kConcepts;
}

const OpConcept* FindOpConcept(NameSpace name_space, absl::string_view name) {
  const auto& names = ByName()[static_cast<size_t>(name_space)];
  const auto found = names.find(name);
  return found == names.end() ? nullptr : found->second;
}

std::string OpKey(absl::string_view framework_name) { return ParseOpName(framework_name).key; }

}  // namespace sandglass::ops
