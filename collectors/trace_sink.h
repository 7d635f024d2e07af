// Where producers of operators (observers, importers) put what they see: the one interface between them and the wire.
//
// Calls on one sink come from one thread at a time: Begin once, Add any number of times, then Finish or Abort once.
#ifndef SANDGLASS_COLLECTORS_TRACE_SINK_H_
#define SANDGLASS_COLLECTORS_TRACE_SINK_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "proto/trace.pb.h"

namespace sandglass::collectors {

class TraceSink {
 public:
  virtual ~TraceSink() = default;

  // Starts a trace. Errors: those of the destination (unreachable, refused header), in one line.
  virtual absl::Status Begin(const v1::TraceHeader& header) = 0;

  // Takes one operator, in the order of the trace. May block while the destination is slow. An error is final: the
  // trace will not be sealed.
  virtual absl::Status Add(const v1::Operator& op) = 0;

  // Ends the trace and returns what the destination keeps of it, once it is durable and sealed.
  virtual absl::StatusOr<v1::TraceManifest> Finish(const v1::TraceSummary& summary) = 0;

  // Gives the trace up; nothing of it will be visible.
  virtual void Abort() = 0;
};

}  // namespace sandglass::collectors

#endif  // SANDGLASS_COLLECTORS_TRACE_SINK_H_
