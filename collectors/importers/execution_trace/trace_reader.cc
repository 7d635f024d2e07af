#include "collectors/importers/execution_trace/trace_reader.h"

#include <simdjson.h>

#include <algorithm>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "collectors/importers/execution_trace/communication.h"
#include "collectors/importers/execution_trace/node_reader.h"
#include "collectors/importers/format/json_pieces.h"
#include "collectors/importers/format/problems.h"
#include "collectors/importers/format/torch_names.h"

namespace sandglass::collectors::execution_trace {
namespace {

constexpr absl::string_view kNodes = "nodes";
// Longer values are not what a reader of a report looks for.
constexpr size_t kMostExtraBytes = 1024;
constexpr size_t kMostExtras = 64;

void TakeMember(absl::string_view key, absl::string_view json, Trace& trace, Problems& problems) {
  simdjson::dom::parser parser;
  simdjson::dom::element value;
  const bool is_json = simdjson::validate_utf8(key.data(), key.size()) &&
                       parser.parse(json.data(), json.size()).get(value) == simdjson::SUCCESS;
  if (!is_json) {
    problems.Add("damaged_members",
                 absl::StrCat("a member of the file is no JSON: ", absl::CHexEscape(key.substr(0, 64))));
    return;
  }
  const std::string text = value.is_string() ? std::string(std::string_view(value)) : simdjson::minify(value);
  if (key.size() > kMostExtraBytes || text.size() > kMostExtraBytes) return;
  if (key == "schema") {
    trace.schema = text;
  } else if (trace.extras.size() < kMostExtras) {
    trace.extras.try_emplace(std::string(key), text);
  }
}

// Schemas up to 1.1 are known; a later one may mean something else by the same names.
void CheckSchema(const Trace& trace, Problems& problems) {
  const std::pair<absl::string_view, absl::string_view> parts = absl::StrSplit(trace.schema, absl::MaxSplits('.', 1));
  const absl::string_view minor = parts.second.substr(0, parts.second.find('.'));
  if (parts.first == "1" && (minor == "0" || minor == "1")) return;
  problems.Add("schema_not_known", absl::StrCat(trace.schema.empty() ? "the file does not say its schema"
                                                                     : absl::StrCat("schema ", trace.schema),
                                                ": read as 1.0.1 to 1.1.1, which are known"));
}

// Nodes are written as they end, and numbered as they begin.
void SortNodes(Trace& trace, Problems& problems) {
  std::vector<Node>& nodes = trace.nodes;
  std::stable_sort(nodes.begin(), nodes.end(), [](const Node& a, const Node& b) { return a.id < b.id; });
  const auto is_same = [&](const Node& a, const Node& b) {
    if (a.id != b.id) return false;
    problems.Add("duplicate_ids", absl::StrCat("node ", b.id, " is there more than once: the first is taken"));
    return true;
  };
  nodes.erase(std::unique(nodes.begin(), nodes.end(), is_same), nodes.end());
}

// What calls a node began before it.
void FindParents(Trace& trace, Problems& problems) {
  absl::flat_hash_map<uint64_t, uint32_t> earlier;
  for (uint32_t i = 0; i < trace.nodes.size(); ++i) {
    Node& node = trace.nodes[i];
    const auto found = earlier.find(node.parent_id);
    const uint32_t parent = found == earlier.end() ? kNoNode : found->second;
    earlier.emplace(node.id, i);
    if (node.kind == NodeKind::kStructure) continue;
    if (parent == kNoNode) {
      problems.Add("parents_not_found", absl::StrCat("node ", node.id, ": its parent ", node.parent_id,
                                                     " is not there, or did not begin before it"));
    } else if (trace.nodes[parent].kind != NodeKind::kStructure) {
      node.parent = parent;
    }
  }
}

void NumberThreads(Trace& trace) {
  absl::flat_hash_map<uint64_t, uint32_t> numbers;
  for (Node& node : trace.nodes) {
    if (node.kind == NodeKind::kStructure) continue;
    node.thread = numbers.try_emplace(node.writer_thread, static_cast<uint32_t>(numbers.size())).first->second;
  }
}

// What the program called to have something moved does not move it a second time: it groups what does. Where nothing
// within it does, it is the transfer itself.
void SettleTransfers(Trace& trace, Signatures& signatures) {
  std::vector<bool> groups_transfer(trace.nodes.size());
  for (const Node& node : trace.nodes) {
    if (!signatures.At(node.signature).has_communication()) continue;
    for (uint32_t at = node.parent; at != kNoNode && !groups_transfer[at]; at = trace.nodes[at].parent) {
      const std::string& name = signatures.At(trace.nodes[at].signature).name();
      if (!absl::StrContains(name, "c10d")) break;
      groups_transfer[at] = true;
    }
  }
  for (size_t i = 0; i < trace.nodes.size(); ++i) {
    Node& node = trace.nodes[i];
    if (node.kind != NodeKind::kOperator) continue;
    const v1::Communication::Type transfer = LibraryTransferOf(signatures.At(node.signature).name());
    const bool is_known = transfer != v1::Communication::TYPE_UNSPECIFIED && transfer != v1::Communication::TYPE_OTHER;
    if (!groups_transfer[i] && !is_known) continue;
    v1::OpSignature signature = signatures.At(node.signature);
    if (groups_transfer[i]) {
      node.kind = NodeKind::kAnnotation;
      signature.set_kind(v1::OPERATOR_KIND_ANNOTATION);
    } else {
      ProcessGroups none;
      *signature.mutable_communication() = CommunicationOf({}, signature, none);
      signature.mutable_communication()->set_type(transfer);
      signature.set_kind(KindOfTransfer(transfer));
    }
    node.signature = signatures.NumberOf(std::move(signature));
  }
}

}  // namespace

bool Matches(absl::string_view start) {
  if (!absl::StartsWith(absl::StripLeadingAsciiWhitespace(start), "{")) return false;
  if (!absl::StrContains(start, "\"nodes\"")) return false;
  return absl::StrContains(start, "\"rf_id\"") ||
         (absl::StrContains(start, "\"schema\"") && absl::StrContains(start, "\"pid\""));
}

absl::StatusOr<Trace> ReadTrace(ByteSource& source, const ReadProgress& progress) {
  NodeReader reader;
  Trace members;
  Problems problems;
  const PieceHandlers handlers = {
      .element = [&](const JsonPiece& piece) { return reader.Add(piece.text); },
      .member = [&](const JsonPiece& piece) { TakeMember(piece.key, piece.text, members, problems); },
      .element_name = "node"};
  const absl::StatusOr<PiecesRead> read = ReadPieces(source, std::string(kNodes), handlers, progress, problems);
  if (!read.ok()) return read.status();
  Signatures signatures;
  Trace trace = std::move(reader).Take(signatures);
  if (trace.nodes.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("no nodes of an ExecutionTrace among ", read->elements, " elements",
                     problems.words().empty() ? "" : absl::StrCat("; ", problems.words().front()),
                     ": is it a file that torch.profiler's ExecutionTraceObserver wrote?"));
  }
  trace.schema = std::move(members.schema);
  trace.extras.merge(members.extras);
  CheckSchema(trace, problems);
  SortNodes(trace, problems);
  FindParents(trace, problems);
  NumberThreads(trace);
  SettleTransfers(trace, signatures);
  trace.signatures = std::move(signatures).Take();
  for (const auto& [name, count] : problems.counts()) trace.dropped[name] += count;
  trace.problems = problems.words();
  return trace;
}

}  // namespace sandglass::collectors::execution_trace
