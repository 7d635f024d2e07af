// Makes signatures of what Kineto writes about an operator or a kernel, each once: twice where a writer spaced its
// lists in two ways.
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_KINETO_SIGNATURES_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_KINETO_SIGNATURES_H_

#include <simdjson.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "collectors/importers/kineto/trace.h"

namespace sandglass::collectors::kineto {

// A value as the file has it, in JSON.
using JsonText = std::optional<absl::string_view>;

// What of an event decides its signature. Texts need to live for the call only.
struct SignatureSource {
  EventKind kind = EventKind::kOperator;
  absl::string_view name;
  // Of an operator: lists with an entry for each argument.
  JsonText input_dims;
  JsonText input_types;
  JsonText input_strides;
  JsonText concrete_inputs;
  // Of a kernel.
  JsonText grid;
  JsonText block;
  int64_t registers = kNone;
  int64_t shared_memory_bytes = kNone;
  // Of a copy or a fill.
  int64_t bytes = kNone;
  // Of a collective.
  absl::string_view collective;
  absl::string_view element_type;
  int64_t input_elements = kNone;
  int64_t output_elements = kNone;
  // Lists as Python prints them.
  absl::string_view input_split;
  absl::string_view output_split;
  absl::string_view group_name;
  absl::string_view group_ranks;
};

class Signatures {
 public:
  // The number of the signature that the source describes; numbers count from 0. What cannot be understood (a type of
  // another release, a list that is none) is left out of the signature and counted. nullopt: a text is no JSON.
  std::optional<uint32_t> Get(const SignatureSource& source);

  std::vector<v1::OpSignature> Take() && { return std::move(signatures_); }
  std::vector<v1::ProcessGroup> TakeGroups() && { return std::move(groups_); }
  // How many things were not understood.
  uint64_t not_understood() const { return not_understood_; }
  // How many names were too long and cut.
  uint64_t names_cut() const { return names_cut_; }

 private:
  struct Values;

  bool ParseValues(const SignatureSource& source, Values& values);
  void AddArguments(const Values& source, v1::OpSignature& signature);
  void AddCommunication(const SignatureSource& source, v1::OpSignature& signature);
  std::optional<uint32_t> GroupOf(const SignatureSource& source);

  absl::flat_hash_map<std::string, uint32_t> numbers_;
  std::vector<v1::OpSignature> signatures_;
  std::vector<v1::ProcessGroup> groups_;
  uint64_t not_understood_ = 0;
  uint64_t names_cut_ = 0;
  std::string key_;
  simdjson::dom::parser parser_;
  std::string lists_;
};

}  // namespace sandglass::collectors::kineto

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_KINETO_SIGNATURES_H_
