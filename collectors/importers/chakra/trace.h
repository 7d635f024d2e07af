// What a Chakra file holds, read into plain values.
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_CHAKRA_TRACE_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_CHAKRA_TRACE_H_

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "collectors/importers/format/importer.h"
#include "collectors/importers/format/problems.h"
#include "proto/trace.pb.h"

namespace sandglass::collectors::chakra {

inline constexpr uint32_t kNoNode = std::numeric_limits<uint32_t>::max();

// A range of one of the trace's long lists.
struct Range {
  size_t begin = 0;
  size_t end = 0;
};

struct Node {
  // As the file numbers it.
  uint64_t id = 0;
  // On the file's clock, which has 0 also where it is not known; nullopt: it is known not to be known.
  std::optional<uint64_t> start_us;
  // 0: also where it is not known.
  uint64_t duration_us = 0;
  // In Trace::data_deps, Trace::control_deps and Trace::storages.
  Range data_deps;
  Range control_deps;
  Range storages;
  // Index into Trace::signatures.
  uint32_t signature = 0;
  // The node of which this is a later part; kNoNode: none.
  uint32_t part_of = kNoNode;
  std::optional<int64_t> sequence;
  // Of a host's node its thread, of a device's its queue, as the file numbers them.
  std::optional<int64_t> track;
  bool on_device = false;
};

struct Trace {
  // Version of the schema; empty: not said.
  std::string version;
  // Version of PyTorch's execution trace that the file was made of; empty: it was not made of one.
  std::string pytorch_schema;
  // What else the file says of itself.
  std::vector<std::pair<std::string, std::string>> extras;
  std::vector<Node> nodes;
  std::vector<uint64_t> data_deps;
  std::vector<uint64_t> control_deps;
  std::vector<uint64_t> storages;
  // Without repetition.
  std::vector<v1::OpSignature> signatures;
  // What was lost or is missing, by reason, and what was wrong with the file.
  Counts missing;
  Problems problems;

  bool is_pytorch() const { return !pytorch_schema.empty(); }
};

}  // namespace sandglass::collectors::chakra

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_CHAKRA_TRACE_H_
