// Reads what a node "record_param_comms" says of a collective.
//
// PyTorch records a collective as several nodes within each other: "c10d::allreduce_", what the program called;
// "record_param_comms", with the group and the sizes; "nccl:all_reduce", a mark around the library's call. The second
// is what is taken as the collective.
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_EXECUTION_TRACE_COMMUNICATION_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_EXECUTION_TRACE_COMMUNICATION_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "collectors/importers/execution_trace/arguments.h"
#include "collectors/importers/execution_trace/process_groups.h"
#include "proto/trace.pb.h"

namespace sandglass::collectors::execution_trace {

inline constexpr absl::string_view kCollectiveNode = "record_param_comms";
inline constexpr absl::string_view kGroupsNode = "## process_group:init ##";

// What a collective says of itself: by name from schema 1.1.0 on, before that by the place among the arguments.
struct CollectiveFields {
  absl::string_view collective;
  absl::string_view element_type;
  int64_t input_elements = -1;
  int64_t output_elements = -1;
  // Lists as Python prints them.
  std::string input_split;
  std::string output_split;
  GroupReference group;
  // Its number in its group, and this process's rank there.
  int64_t sequence = -1;
  int64_t rank = -1;
};

// Takes an attribute of a node; false: it is none of a collective.
bool ReadCollectiveAttribute(absl::string_view name, const simdjson::dom::element& value, CollectiveFields& fields);

// Fills from the arguments what no attribute has said.
void ReadCollectiveArguments(const ArgumentLists& inputs, CollectiveFields& fields);

// Whether it moves something: "wait" is recorded like a collective, and does not.
bool IsTransfer(const CollectiveFields& fields);

// What is moved. Where the fields do not say how much, the tensors do.
v1::Communication CommunicationOf(const CollectiveFields& fields, const v1::OpSignature& signature,
                                  ProcessGroups& groups);

// The transfer that an operator of the program's library for collectives asks for ("c10d::_allgather_base_");
// TYPE_UNSPECIFIED: it is none of that library; TYPE_OTHER: none that has a name here.
v1::Communication::Type LibraryTransferOf(absl::string_view name);

}  // namespace sandglass::collectors::execution_trace

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_EXECUTION_TRACE_COMMUNICATION_H_
