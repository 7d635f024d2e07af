#include "collectors/torch/library/process_trace.h"

#include <stdlib.h>
#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "collectors/main/choices.h"
#include "collectors/main/destination.h"
#include "collectors/stream/ingest_writer.h"
#include "collectors/torch/observer.h"
#include "collectors/torch/optimizer_steps.h"
#include "collectors/torch/run_header.h"
#include "proto/client_security.h"
#include "proto/plain_text.h"

namespace sandglass::collectors {
namespace {

void Say(absl::string_view text) { std::fprintf(stderr, "sandglass: %s\n", PlainText(text).c_str()); }

void Warn(const std::string& text) { Say(absl::StrCat("warning: ", text)); }

absl::Status CheckWork(absl::string_view choice, double work) {
  if (work > 0 && std::isfinite(work)) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(choice, " ", work, ": must be a number above zero"));
}

absl::StatusOr<Target> TargetOf(const TraceChoices& choices) {
  if (!choices.to.empty() && !choices.store.empty()) {
    return absl::InvalidArgumentError("a trace goes to a server or into a store: give `to` or `store`, not both");
  }
  const bool is_given = !choices.to.empty() || !choices.store.empty();
  if (!is_given && ProcessEnvironment("SANDGLASS_SERVER").empty() && ProcessEnvironment("SANDGLASS_STORE").empty()) {
    return absl::InvalidArgumentError(
        "nowhere to put the trace: give `to` (HOST:PORT) or `store` (a folder), or set SANDGLASS_SERVER or "
        "SANDGLASS_STORE");
  }
  return ResolveTarget(choices.to, choices.store, ProcessEnvironment);
}

IngestWriterOptions WriterOptions(const Target& target, const Destination& destination) {
  IngestWriterOptions options;
  options.destination = destination.name();
  options.mend = target.store.empty() ? absl::StrCat("start a server there with `sandglass serve --store DIR --listen ",
                                                     target.to, "`, or give `store` in place of `to`")
                                      : destination.mend();
  options.spool = {.directory = ResolveSpool("", ProcessEnvironment), .server = target.to, .store = target.store};
  options.warn = Warn;
  return options;
}

absl::Status NothingOpen() {
  return absl::FailedPreconditionError("no trace is being recorded: begin one with trace_begin");
}

}  // namespace

// A trace that is open.
class ProcessTrace::Recording {
 public:
  static absl::StatusOr<std::unique_ptr<Recording>> Open(const TraceChoices& choices);

  const std::string& name() const { return name_; }
  absl::Status Step(std::optional<double> work);
  absl::StatusOr<v1::TraceManifest> End();
  void Abort();

 private:
  Recording(const TraceChoices& choices, v1::WorkUnit unit)
      : name_(choices.name), unit_(unit), work_per_step_(choices.work_per_step) {}
  absl::Status Start(const Target& target, const TraceChoices& choices, const v1::TraceHeader& header);
  absl::StatusOr<v1::TraceManifest> StopAndSeal();
  void AddWork(v1::TraceSummary& summary) const;

  const std::string name_;
  const v1::WorkUnit unit_;
  const double work_per_step_;
  uint64_t steps_ = 0;
  double work_ = 0;
  bool has_warned_ = false;
  // In this order: each uses those before it.
  std::unique_ptr<Destination> destination_;
  std::unique_ptr<IngestWriter> writer_;
  std::unique_ptr<OptimizerSteps> optimizer_steps_;
  std::unique_ptr<Observer> observer_;
};

absl::StatusOr<std::unique_ptr<ProcessTrace::Recording>> ProcessTrace::Recording::Open(const TraceChoices& choices) {
  v1::WorkUnit unit = v1::WORK_UNIT_UNSPECIFIED;
  if (absl::Status status = LookUpWorkUnit("unit", choices.unit, unit); !status.ok()) return status;
  if (absl::Status status = CheckWork("work_per_step", choices.work_per_step); !status.ok()) return status;
  if (!choices.shapes_only) {
    if (absl::Status status = CheckClockSeesWork(); !status.ok()) return status;
  }
  v1::TraceHeader header = HeaderOfRun(choices.shapes_only);
  header.set_name(choices.name);
  header.set_model(choices.model);
  if (choices.memory.ByteSizeLong() > 0) *header.mutable_memory() = choices.memory;
  if (!choices.phase.empty()) {
    v1::Phase phase = v1::PHASE_UNSPECIFIED;
    if (absl::Status status = LookUpPhase("phase", choices.phase, phase); !status.ok()) return status;
    header.set_phase(phase);
  }
  const absl::StatusOr<Target> target = TargetOf(choices);
  if (!target.ok()) return target.status();
  std::unique_ptr<Recording> recording(new Recording(choices, unit));
  if (absl::Status status = recording->Start(*target, choices, header); !status.ok()) return status;
  return recording;
}

absl::Status ProcessTrace::Recording::Start(const Target& target, const TraceChoices& choices,
                                            const v1::TraceHeader& header) {
  const auto security = ResolveSecurity({}, target, ProcessEnvironment);
  if (!security.ok()) return security.status();
  absl::StatusOr<std::unique_ptr<Destination>> destination = Destination::Open(target, *security);
  if (!destination.ok()) return destination.status();
  destination_ = *std::move(destination);
  writer_ = std::make_unique<IngestWriter>(destination_->stub(), WriterOptions(target, *destination_));
  if (absl::Status status = writer_->Begin(header); !status.ok()) return status;
  ObserverOptions observing{.record_times = !choices.shapes_only, .parameter_storages = choices.parameter_storages};
  if (!choices.shapes_only) observing.device = 0;
  if (choices.drop_when_slow) observing.when_full = WhenFull::kDrop;
  absl::StatusOr<std::unique_ptr<Observer>> observer = Observer::Start(*writer_, observing);
  if (!observer.ok()) {
    writer_->Abort();
    return observer.status();
  }
  observer_ = *std::move(observer);
  optimizer_steps_ = std::make_unique<OptimizerSteps>();
  return absl::OkStatus();
}

absl::Status ProcessTrace::Recording::Step(std::optional<double> work) {
  if (work.has_value()) {
    if (absl::Status status = CheckWork("work", *work); !status.ok()) return status;
  }
  ++steps_;
  work_ += work.value_or(work_per_step_);
  if (const absl::Status status = observer_->status(); !status.ok() && !has_warned_) {
    has_warned_ = true;
    Warn(absl::StrCat("the recording of '", name_, "' has failed, and the model goes on: ", status.message()));
  }
  return absl::OkStatus();
}

void ProcessTrace::Recording::AddWork(v1::TraceSummary& summary) const {
  const uint64_t steps = steps_ > 0 ? steps_ : optimizer_steps_->count();
  const double work = steps_ > 0 ? work_ : static_cast<double>(steps) * work_per_step_;
  if (steps == 0) {
    Warn(absl::StrCat("'", name_, "' does not say how much work it is, so nothing can be priced by it: call ",
                      "trace_step after each step"));
    return;
  }
  v1::WorkDone& done = *summary.add_work_done();
  done.set_unit(unit_);
  done.set_count(work);
  if (unit_ == v1::WORK_UNIT_STEP) return;
  v1::WorkDone& in_steps = *summary.add_work_done();
  in_steps.set_unit(v1::WORK_UNIT_STEP);
  in_steps.set_count(static_cast<double>(steps));
}

absl::StatusOr<v1::TraceManifest> ProcessTrace::Recording::End() {
  absl::StatusOr<v1::TraceManifest> manifest = StopAndSeal();
  if (!manifest.ok()) writer_->Resumable() ? writer_->Leave() : writer_->Abort();
  return manifest;
}

absl::StatusOr<v1::TraceManifest> ProcessTrace::Recording::StopAndSeal() {
  absl::StatusOr<v1::TraceSummary> summary = observer_->Stop();
  if (!summary.ok()) return summary.status();
  AddWork(*summary);
  if (const uint64_t dropped = summary->completeness().dropped_operators(); dropped > 0) {
    Warn(absl::StrCat("'", name_, "' lacks ", dropped, " operators, because its destination was slow"));
  }
  return writer_->Finish(*summary);
}

void ProcessTrace::Recording::Abort() {
  // What is still in the observer's buffers need not be sent.
  writer_->Cancel();
  observer_.reset();
  writer_->Abort();
}

ProcessTrace::ProcessTrace() = default;

ProcessTrace& ProcessTrace::Get() {
  // Never destroyed: threads and the end of the process may come to it at any time.
  static ProcessTrace* trace = new ProcessTrace;
  return *trace;
}

absl::Status ProcessTrace::CheckNotForked() const {
  const pid_t process = process_;
  if (process == 0 || process == getpid()) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      "this process was forked from ", process, ", which has begun a trace: trace it in one that is started anew, as ",
      "multiprocessing does with 'spawn'"));
}

absl::Status ProcessTrace::Begin(const TraceChoices& choices) {
  if (absl::Status status = CheckNotForked(); !status.ok()) return status;
  const std::lock_guard<std::mutex> lock(mutex_);
  if (recording_ != nullptr) {
    return absl::FailedPreconditionError(absl::StrCat("'", recording_->name(), "' is being recorded: end it with ",
                                                      "trace_end, or give it up with trace_abort, and begin then"));
  }
  process_ = getpid();
  absl::StatusOr<std::unique_ptr<Recording>> recording = Recording::Open(choices);
  if (!recording.ok()) return recording.status();
  recording_ = *std::move(recording);
  // Each time anew: exit calls the latest first, so that what this trace has opened is still there then.
  on_exit([](int exit_status, void*) { Get().AtExit(exit_status); }, nullptr);
  return absl::OkStatus();
}

absl::Status ProcessTrace::Step(std::optional<double> work) {
  if (absl::Status status = CheckNotForked(); !status.ok()) return status;
  const std::lock_guard<std::mutex> lock(mutex_);
  return recording_ == nullptr ? NothingOpen() : recording_->Step(work);
}

absl::StatusOr<std::unique_ptr<ProcessTrace::Recording>> ProcessTrace::Take() {
  if (absl::Status status = CheckNotForked(); !status.ok()) return status;
  if (recording_ == nullptr) return NothingOpen();
  return std::move(recording_);
}

absl::StatusOr<v1::TraceManifest> ProcessTrace::End() {
  const std::lock_guard<std::mutex> lock(mutex_);
  const absl::StatusOr<std::unique_ptr<Recording>> recording = Take();
  return recording.ok() ? (*recording)->End() : recording.status();
}

absl::Status ProcessTrace::Abort() {
  const std::lock_guard<std::mutex> lock(mutex_);
  const absl::StatusOr<std::unique_ptr<Recording>> recording = Take();
  if (recording.ok()) (*recording)->Abort();
  return recording.status();
}

void ProcessTrace::AtExit(int exit_status) {
  if (!CheckNotForked().ok()) {
    // RocksDB's globals would wait for threads that this process has not.
    std::fflush(nullptr);
    _exit(exit_status);
  }
  const std::lock_guard<std::mutex> lock(mutex_);
  const absl::StatusOr<std::unique_ptr<Recording>> recording = Take();
  if (!recording.ok()) return;
  const std::string& name = (*recording)->name();
  // On a thread of its own, because those variables of this one that are bound to it are gone by now.
  std::thread([&] {
    if (exit_status != 0) {
      (*recording)->Abort();
      Say(absl::StrCat("the program failed (exit status ", exit_status, "): the trace '", name, "' was given up"));
      return;
    }
    const absl::StatusOr<v1::TraceManifest> manifest = (*recording)->End();
    if (!manifest.ok()) return Say(absl::StrCat("error: '", name, "' was not sealed: ", manifest.status().message()));
    Say(absl::StrCat("sealed ", name, " ", manifest->trace_id(), " ", manifest->operators(),
                     " operators, at the end of the program"));
  }).join();
}

}  // namespace sandglass::collectors
