// Records every operator that libtorch runs in this process, while it runs.
//
// libtorch calls the observer at the start and the end of each operator. There it writes what it sees into a bounded
// buffer of the thread (some hundred nanoseconds an operator); one consumer thread of the observer's own turns that
// into records (operator_assembler.h) and hands them to a TraceSink. When the consumer is slow and a buffer is full,
// the model's thread waits, or operators are dropped and counted, as the options say.
//
// Seen are dispatched operators and autograd nodes, on all threads. One observer can record at a time. Start and Stop
// from one thread; the model may run on any. An operator that runs while Start or Stop is called may be left out. What
// a process does that is forked meanwhile is not recorded.
#ifndef SANDGLASS_COLLECTORS_TORCH_OBSERVER_H_
#define SANDGLASS_COLLECTORS_TORCH_OBSERVER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "collectors/trace_sink.h"
#include "proto/trace.pb.h"

namespace sandglass::collectors {

// What happens to an operator for which there is no room in its thread's buffer.
enum class WhenFull {
  // The model's thread waits for the consumer. Nothing is lost; such operators are counted, because the time of the
  // operators around them includes the wait.
  kBlock,
  // It is left out, and counted in Completeness.dropped_operators.
  kDrop,
};

struct ObserverOptions {
  WhenFull when_full = WhenFull::kBlock;
  // Room for events, in bytes, for each thread that runs operators.
  size_t buffer_bytes = size_t{4} << 20;
  // False for shape runs, whose durations mean nothing.
  bool record_times = true;
  // Index into TraceHeader.devices that operators get; nullopt: none.
  std::optional<uint32_t> device = std::nullopt;
  // Addresses of the c10::StorageImpl of the model's parameters. Empty: not known.
  std::vector<const void*> parameter_storages = {};
};

class Observer {
 public:
  // Begins to record into `sink`, which must have begun its trace and must outlive the observer. Calls to the sink
  // come from the observer's thread until Stop returns.
  // Errors: FailedPrecondition, if an observer is recording already.
  static absl::StatusOr<std::unique_ptr<Observer>> Start(TraceSink& sink, const ObserverOptions& options);

  // Stops, if Stop was not called; what was not handed to the sink is lost.
  virtual ~Observer() = default;

  // The sink's error, as soon as there is one; the model can then stop early.
  virtual absl::Status status() const = 0;

  // Operators handed to the sink so far.
  virtual uint64_t operators() const = 0;

  // Stops recording, hands everything that was recorded to the sink, and returns what it knows of the trace:
  // completeness and window. Call once. Errors: the sink's.
  virtual absl::StatusOr<v1::TraceSummary> Stop() = 0;
};

}  // namespace sandglass::collectors

#endif  // SANDGLASS_COLLECTORS_TORCH_OBSERVER_H_
