// Turns a linked Kineto trace into operator records.
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_KINETO_OPERATORS_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_KINETO_OPERATORS_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "collectors/importers/execution_trace/data_flow.h"
#include "collectors/importers/execution_trace/trace.h"
#include "collectors/importers/format/importer.h"
#include "collectors/importers/format/send_trace.h"
#include "collectors/importers/kineto/call_tree.h"
#include "collectors/importers/kineto/graph_capture.h"
#include "collectors/importers/kineto/linker.h"
#include "collectors/importers/kineto/node_join.h"
#include "collectors/importers/kineto/trace.h"
#include "proto/trace.pb.h"

namespace sandglass::collectors::kineto {

// What is known of a trace's operators from an ExecutionTrace of the same run.
struct JoinedNodes {
  execution_trace::Trace trace;
  execution_trace::DataFlow flow;
  NodeJoin join;
};

class Operators {
 public:
  // Orders the trace's events. The trace is changed only by Write, which lends its signatures, and must outlive this.
  // `graphs` says which of its operators belong to launches of graphs; `nodes`, which are those of an ExecutionTrace.
  Operators(Trace& trace, GraphLaunches graphs, std::optional<JoinedNodes> nodes);

  // Of what the trace holds; what it lacks is the report's to say.
  v1::TraceSummary Summary() const;
  // Whether an operator of it differentiates another.
  bool has_backward() const { return has_backward_; }
  // The devices that the file lists or that its events name, in order of their number.
  const std::vector<DeviceProperties>& devices() const { return devices_; }

  // Fills the report's counts and times.
  void Count(ImportReport& report) const;

  // Sends all records, in order; stops at the first error.
  absl::Status Write(const TakeOperator& take);

 private:
  // Device work that was launched before the host's calls were recorded.
  bool IsBeforeRecording(uint32_t index) const;
  bool IsWithinOperator(uint32_t index) const;
  void CountLink(uint32_t index, ImportReport& report) const;
  void FindForward();
  void NumberTracks();
  void FillDeviceWork(uint32_t index, v1::Operator& op) const;
  void FillHost(uint32_t index, v1::Operator& op) const;
  void FillCaptured(uint32_t index, v1::Operator& op) const;
  void LinkGraphs();
  void FillFromNode(uint32_t index, v1::Operator& op) const;
  void NumberNodes();
  void CountNodes(ImportReport& report) const;

  Trace& trace_;
  const GraphLaunches graphs_;
  const CallTree tree_;
  Links links_;
  // Of device work that a graph launched: its index in graphs_.work.
  absl::flat_hash_map<uint32_t, uint32_t> graph_work_;
  const std::optional<JoinedNodes> nodes_;
  // Of each node its event's record's id; 0: none.
  std::vector<uint64_t> node_ids_;
  // Indices of events that become records, in order; and of each event its record's id, 0: none.
  std::vector<uint32_t> order_;
  std::vector<uint64_t> ids_;
  // The forward operator of each sequence number; kNoEvent: several threads use it.
  absl::flat_hash_map<int64_t, uint32_t> forward_;
  std::vector<DeviceProperties> devices_;
  // Of each track: a host thread's number, or a device's index.
  std::vector<std::optional<uint32_t>> track_numbers_;
  // Of what the host did, the first start, and the least number of a call.
  std::optional<int64_t> first_host_ns_;
  std::optional<int64_t> first_correlation_;
  uint64_t before_recording_ = 0;
  bool has_backward_ = false;
};

}  // namespace sandglass::collectors::kineto

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_KINETO_OPERATORS_H_
