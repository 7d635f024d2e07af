// Which ranks communicate: what a trace says of its process groups.
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_EXECUTION_TRACE_PROCESS_GROUPS_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_EXECUTION_TRACE_PROCESS_GROUPS_H_

#include <simdjson.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "collectors/importers/execution_trace/trace.h"
#include "proto/trace.pb.h"

namespace sandglass::collectors::execution_trace {

// How a collective names its group; each may be missing, by the schema.
struct GroupReference {
  absl::string_view name;
  absl::string_view description;
  // The address of its back end, which schema 1.0.2 has in place of a name.
  int64_t backend = -1;
  int64_t size = -1;
  // Its members' ranks, where they are evenly spaced.
  int64_t first_rank = -1;
  int64_t rank_step = -1;
};

class ProcessGroups {
 public:
  // Takes the list of groups that the writer puts into a node "## process_group:init ##". False: it is none.
  bool AddList(absl::string_view json);

  // The number of the group; nullopt: its members are not known.
  std::optional<uint32_t> Find(const GroupReference& reference);

  // Notes that this process has `rank` in group `group`.
  void NoteRank(uint32_t group, int64_t rank);

  // Adds to the trace what was taken: groups, rank, world_size, extras.
  void MoveTo(Trace& trace);

 private:
  std::optional<uint32_t> Add(absl::string_view name, std::vector<uint32_t> ranks);
  void AddEntry(const simdjson::dom::element& entry);
  // What the file says of a group, where a store takes it.
  void AddExtra(absl::string_view name, absl::string_view what, absl::string_view text);

  simdjson::dom::parser parser_;
  std::vector<v1::ProcessGroup> groups_;
  std::map<std::string, uint32_t, std::less<>> by_name_;
  std::map<int64_t, uint32_t> by_backend_;
  std::map<std::string, std::string> extras_;
  // Of this process among all; -1: groups disagree.
  std::optional<int64_t> rank_;
  std::optional<uint32_t> world_size_;
};

}  // namespace sandglass::collectors::execution_trace

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_EXECUTION_TRACE_PROCESS_GROUPS_H_
