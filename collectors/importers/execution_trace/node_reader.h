// Reads single nodes of an ExecutionTrace, flat (schema 1.0.1) or nested, into a trace.
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_EXECUTION_TRACE_NODE_READER_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_EXECUTION_TRACE_NODE_READER_H_

#include <simdjson.h>

#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "collectors/importers/execution_trace/arguments.h"
#include "collectors/importers/execution_trace/op_schema.h"
#include "collectors/importers/execution_trace/process_groups.h"
#include "collectors/importers/execution_trace/trace.h"
#include "proto/trace.pb.h"

namespace sandglass::collectors::execution_trace {

// Numbers signatures: equal ones get one number.
class Signatures {
 public:
  uint32_t NumberOf(v1::OpSignature signature);
  const v1::OpSignature& At(uint32_t number) const { return signatures_[number]; }
  std::vector<v1::OpSignature> Take() && { return std::move(signatures_); }

 private:
  absl::flat_hash_map<std::string, uint32_t> numbers_;
  std::vector<v1::OpSignature> signatures_;
};

// Not safe for use by several threads at once.
class NodeReader {
 public:
  // Takes one node. kReadableBehindPiece bytes behind `text` must be readable. Text that is no JSON for a reason that
  // is known of some writer is mended and counted. Errors: InvalidArgument, where it is no node, in few words; nothing
  // of it is taken then.
  absl::Status Add(absl::string_view text);

  // What was read, nodes in the order of the file; parents and threads are not found yet.
  Trace Take(Signatures& signatures) &&;

 private:
  struct Fields;

  absl::Status Parse(absl::string_view text, Fields& fields);
  absl::Status Keep(const Fields& fields);
  const std::vector<OpArgument>& ArgumentsOf(absl::string_view op_schema);
  v1::OpSignature SignatureOf(const Fields& fields, Arguments& inputs, Arguments& outputs, Node& node);
  void KeepTensors(const Arguments& inputs, Arguments& outputs, bool writes_results, Node& node);
  void Count(absl::string_view name, uint64_t count);
  void NoteDevice(absl::string_view device, Node& node);

  simdjson::dom::parser parser_;
  std::string mended_;
  absl::flat_hash_map<std::string, std::vector<OpArgument>> arguments_;
  Signatures signatures_;
  ProcessGroups groups_;
  Trace trace_;
};

}  // namespace sandglass::collectors::execution_trace

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_EXECUTION_TRACE_NODE_READER_H_
