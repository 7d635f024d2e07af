#include "collectors/importers/chakra/trace_reader.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "collectors/importers/chakra/attributes.h"
#include "collectors/importers/chakra/framing.h"
#include "collectors/importers/chakra/signatures.h"
#include "google/protobuf/unknown_field_set.h"
#include "proto/chakra.pb.h"
#include "proto/plain_text.h"

namespace sandglass::collectors::chakra {
namespace {

constexpr uint64_t kNodesBetweenReports = 4096;
// A field of Node that newer files have: what a node of a file system does.
constexpr int kStorageField = 11;
constexpr size_t kMostVersionBytes = 64;

template <typename Message>
bool Parse(absl::string_view bytes, Message& message) {
  return message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
}

bool HasForeignFields(const google::protobuf::Message& message) {
  const auto& unknown = message.GetReflection()->GetUnknownFields(message);
  for (int i = 0; i < unknown.field_count(); ++i) {
    if (unknown.field(i).number() != kStorageField) return true;
  }
  return false;
}

bool IsMetadata(const chakra_et::GlobalMetadata& metadata) {
  if (HasForeignFields(metadata) || metadata.version().size() > kMostVersionBytes) return false;
  for (const char c : metadata.version()) {
    if (!absl::ascii_isprint(static_cast<unsigned char>(c))) return false;
  }
  for (const chakra_et::Attribute& attribute : metadata.attr()) {
    if (attribute.name().empty() || HasForeignFields(attribute)) return false;
  }
  return true;
}

bool IsNode(absl::string_view bytes) {
  chakra_et::Node node;
  return Parse(bytes, node) && !HasForeignFields(node) && !node.name().empty() &&
         node.type() > chakra_et::NODE_TYPE_UNSPECIFIED && node.type() <= chakra_et::NODE_TYPE_COMM_COLL;
}

// "aten::mul(1)" is part 1 of "aten::mul".
struct PartName {
  absl::string_view name;
  uint32_t part = 0;
};

std::optional<PartName> PartOf(absl::string_view name) {
  PartName part;
  const size_t open = name.rfind('(');
  if (open == absl::string_view::npos || open == 0 || !absl::ConsumeSuffix(&name, ")")) return std::nullopt;
  part.name = name.substr(0, open);
  const absl::string_view number = name.substr(open + 1);
  const bool is_number = !number.empty() && number.find_first_not_of("0123456789") == absl::string_view::npos;
  if (!is_number || !absl::SimpleAtoi(number, &part.part)) return std::nullopt;
  return part;
}

class Reader {
 public:
  Reader(ByteSource& source, const ReadProgress& progress) : messages_(source), progress_(progress) {}

  absl::StatusOr<Trace> Read() {
    if (absl::Status status = ReadMetadata(); !status.ok()) return status;
    while (true) {
      const absl::StatusOr<std::optional<Frame>> frame = messages_.Next();
      if (absl::IsDataLoss(frame.status())) {
        trace_.problems.Add("file_cut_off", std::string(frame.status().message()));
        break;
      }
      if (!frame.ok()) return frame.status();
      if (!frame->has_value()) break;
      AddFrame(**frame);
      if (trace_.nodes.size() % kNodesBetweenReports == 0 && !progress_(trace_.nodes.size())) {
        return absl::CancelledError("the import was stopped");
      }
    }
    for (const auto& [name, count] : signatures_.missing()) trace_.missing[name] += count;
    trace_.signatures = std::move(signatures_).Take();
    return std::move(trace_);
  }

 private:
  absl::Status ReadMetadata() {
    const absl::StatusOr<std::optional<Frame>> frame = messages_.Next();
    if (!frame.ok() && !absl::IsDataLoss(frame.status())) return frame.status();
    chakra_et::GlobalMetadata metadata;
    const bool is_message = frame.ok() && frame->has_value() && Parse((*frame)->bytes, metadata);
    if (!is_message || !IsMetadata(metadata)) {
      return absl::InvalidArgumentError(
          absl::StrCat("byte 0: no Chakra execution trace: it does not begin with its metadata",
                       frame.ok() ? "" : absl::StrCat("; ", frame.status().message())));
    }
    trace_.version = PlainText(metadata.version());
    for (const chakra_et::Attribute& attribute : metadata.attr()) {
      if (attribute.name() == "schema") trace_.pytorch_schema = PlainText(TextOf(attribute));
      trace_.extras.emplace_back(PlainText(attribute.name()), PlainText(TextOf(attribute)));
    }
    return absl::OkStatus();
  }

  void AddFrame(const Frame& frame) {
    chakra_et::Node node;
    if (Parse(frame.bytes, node)) return AddNode(node);
    trace_.problems.Add("damaged_nodes",
                        absl::StrCat("byte ", frame.offset, ": ", frame.bytes.size(),
                                     " bytes that are no node: left out, and what else is damaged so"));
  }

  void AddNode(const chakra_et::Node& message) {
    const NodeAttributes attributes = ReadAttributes(message.attr());
    Node node;
    node.id = message.id();
    absl::string_view name = message.name();
    if (trace_.is_pytorch() && attributes.rf_id.has_value()) {
      if (const std::optional<PartName> part = PartOf(name)) JoinPart(*part, *attributes.rf_id, node, name);
    }
    const NodeSignature signature = signatures_.Get(message, attributes, name, node.part_of != kNoNode);
    node.signature = signature.number;
    node.on_device = !attributes.is_cpu_op.value_or(false) && message.type() != chakra_et::NODE_TYPE_METADATA &&
                     message.type() != chakra_et::NODE_TYPE_UNSPECIFIED;
    node.start_us = message.start_time_micros();
    node.duration_us = message.duration_micros();
    node.sequence = attributes.seq_id;
    node.track = node.on_device && attributes.stream.has_value() ? attributes.stream : attributes.tid;
    node.data_deps = Append(message.data_deps(), trace_.data_deps);
    node.control_deps = Append(message.ctrl_deps(), trace_.control_deps);
    node.storages = Append(signature.storages, trace_.storages);
    if (message.type() < chakra_et::NODE_TYPE_METADATA || message.type() > chakra_et::NODE_TYPE_COMM_COLL) {
      ++trace_.missing["nodes_of_unknown_type"];
    }
    if (attributes.not_understood > 0) {
      trace_.missing["attributes_not_understood"] += static_cast<uint64_t>(attributes.not_understood);
    }
    trace_.nodes.push_back(node);
  }

  // Parts of an operator have its number in the recorder, and count from 0. What only looks like a part keeps its name.
  void JoinPart(const PartName& part, int64_t rf_id, Node& node, absl::string_view& name) {
    Operator& last = operators_[rf_id];
    const bool goes_on = part.part > 0 && last.name == part.name && last.parts == part.part;
    if (part.part > 0 && !goes_on) return;
    ++last.parts;
    if (goes_on) {
      node.part_of = last.node;
      return;
    }
    last = {std::string(part.name), static_cast<uint32_t>(trace_.nodes.size()), 1};
    name = part.name;
  }

  template <typename List>
  static Range Append(const List& list, std::vector<uint64_t>& all) {
    const size_t begin = all.size();
    all.insert(all.end(), list.begin(), list.end());
    return {begin, all.size()};
  }

  struct Operator {
    std::string name;
    uint32_t node = kNoNode;
    uint32_t parts = 0;
  };

  MessageReader messages_;
  const ReadProgress& progress_;
  Trace trace_;
  Signatures signatures_;
  // By the recorder's numbers.
  absl::flat_hash_map<int64_t, Operator> operators_;
};

}  // namespace

bool Matches(absl::string_view start) {
  const std::optional<absl::string_view> first = TakeFrame(start);
  chakra_et::GlobalMetadata metadata;
  if (!first.has_value() || !Parse(*first, metadata) || !IsMetadata(metadata)) return false;
  if (start.empty()) return !first->empty();
  const std::optional<absl::string_view> node = TakeFrame(start);
  // A first node that is larger than what is shown is not known to be one.
  return node.has_value() ? IsNode(*node) : !first->empty();
}

absl::StatusOr<Trace> ReadTrace(ByteSource& source, const ReadProgress& progress) {
  return Reader(source, progress).Read();
}

}  // namespace sandglass::collectors::chakra
