// Writes a sealed trace as a Chakra execution trace, which ASTRA-sim and other simulators take.
//
// Every operator becomes a node under its own id, in the order of the trace; node_plan.h says which kind of node, and
// where work stands. What stands for what:
//
//   duration_micros    the time of a device's work; on the host the time less that of what the operator called, because
//                      nodes wait for each other's ends. Rounded up to whole microseconds: 0 would say that it is not
//                      known. Not known: 0, which simulators take for no time; counted.
//   start_time_micros  rounded down; simulators do not use it.
//   num_ops            FLOP by the analyzer's formulas, or else as the producer states them; 1 where none are done and
//                      bytes are moved, because ASTRA-sim divides by it; only with
//   tensor_size        bytes read and written. Neither where the work is not known: ASTRA-sim stops at such a node of a
//                      device if its roofline is on, and must, since 0 would cost nothing. Counted.
//   comm_size          bytes that this rank gives.
//   comm_tag           0 where the trace has none, so that sends and receives meet in order.
//   data_deps          the trace's, and what launched it; of a node without, the one before it on its host's thread or
//                      its device's queue (dependencies.h).
//   ctrl_deps          the trace's.
//   sandglass_kind     the operator's kind, where the node's type does not tell.
//
// What does not fit is counted by name. Memory is linear in the trace. Used by one thread at a time.
#ifndef SANDGLASS_ANALYZER_EXPORT_CHAKRA_H_
#define SANDGLASS_ANALYZER_EXPORT_CHAKRA_H_

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "analyzer/trace/trace_protos.h"
#include "proto/operator_columns.h"
#include "proto/trace.pb.h"

namespace sandglass::chakra_export {

struct ExportReport {
  uint64_t nodes = 0;
  // What the file does not hold, or holds other than the trace does, by name.
  std::map<std::string, uint64_t> notes;
};

class ChakraExport {
 public:
  ChakraExport(v1::TraceManifest manifest, std::vector<v1::OpSignature> signatures);

  // Takes the next operators of the trace. Errors: as TraceDecoder::Add.
  absl::Status Add(v1::OperatorColumns columns);

  // Hands the file to `write`, piece by piece. Errors: as TraceDecoder::Finish; those of `write`.
  absl::StatusOr<ExportReport> Write(const std::function<absl::Status(absl::string_view)>& write) &&;

 private:
  const v1::TraceManifest manifest_;
  const std::vector<v1::OpSignature> signatures_;
  trace::TraceDecoder decoder_;
  std::vector<v1::OperatorColumns> columns_;
  std::vector<bool> on_device_;
};

}  // namespace sandglass::chakra_export

#endif  // SANDGLASS_ANALYZER_EXPORT_CHAKRA_H_
