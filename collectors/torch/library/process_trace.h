// The trace of this process: what a program begins and ends by calls, while its model runs on libtorch.
//
// There is at most one at a time. All methods may be called from any thread; one that waits for the destination makes
// the others wait. A trace that is open when the program ends is sealed if the program says by its exit status that it
// went well, and given up otherwise; either is said on standard error. A program that is killed, or that leaves by
// _exit, seals nothing. A process that is forked from this one is not traced, cannot be, and ends without destructors.
#ifndef SANDGLASS_COLLECTORS_TORCH_LIBRARY_PROCESS_TRACE_H_
#define SANDGLASS_COLLECTORS_TORCH_LIBRARY_PROCESS_TRACE_H_

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "proto/trace.pb.h"

namespace sandglass::collectors {

// What the program says about its trace.
struct TraceChoices {
  std::string name = {};
  // A server's HOST:PORT, or a store's directory. Both empty: SANDGLASS_SERVER or SANDGLASS_STORE.
  std::string to = {};
  std::string store = {};
  // "train", "prefill", "decode", "infer", "simulate"; empty: unknown.
  std::string phase = {};
  // In what work is counted, "step", "token", "sample" or "md-nanosecond", and how much of it one step does.
  std::string unit = "step";
  double work_per_step = 1;
  // The model, in the program's words; may be empty.
  std::string model = {};
  // Whether times mean nothing, as on the meta device.
  bool shapes_only = false;
  // Whether operators are left out, and counted, when the destination is slow. Otherwise the model waits for it.
  bool drop_when_slow = false;
  // Addresses of the c10::StorageImpl of the model's parameters, and what they are together. Empty: not known.
  std::vector<const void*> parameter_storages = {};
  v1::DeclaredMemory memory = {};
};

class ProcessTrace {
 public:
  static ProcessTrace& Get();

  // Opens the trace and begins to record. Errors, in one line: InvalidArgument names the choice and what is possible;
  // FailedPrecondition: one is open, or this process was forked from one that was traced; what the destination says.
  absl::Status Begin(const TraceChoices& choices);

  // Says that a step has ended, which did `work` (absent: the work_per_step). A trace in which no step is told has as
  // many as Python's optimizers made. Errors: FailedPrecondition, if no trace is open; InvalidArgument. That the
  // destination failed is no error of a step: the model goes on, standard error says it once, and End returns it.
  absl::Status Step(std::optional<double> work);

  // Stops recording and seals. After an error nothing is open either; it says whether the trace is kept in a spool.
  absl::StatusOr<v1::TraceManifest> End();

  // Stops recording and gives the trace up. Errors: FailedPrecondition, if no trace is open.
  absl::Status Abort();

 private:
  class Recording;

  ProcessTrace();
  // FailedPrecondition in a process that was forked after a trace was begun, in which neither gRPC nor the observer's
  // threads are.
  absl::Status CheckNotForked() const;
  // Takes the open trace away from the others. Errors: FailedPrecondition.
  absl::StatusOr<std::unique_ptr<Recording>> Take();
  void AtExit(int exit_status);

  // The process that first began a trace; 0: none did.
  std::atomic<pid_t> process_ = 0;
  std::mutex mutex_;
  // Guarded by mutex_. Null: no trace is open.
  std::unique_ptr<Recording> recording_;
};

}  // namespace sandglass::collectors

#endif  // SANDGLASS_COLLECTORS_TORCH_LIBRARY_PROCESS_TRACE_H_
