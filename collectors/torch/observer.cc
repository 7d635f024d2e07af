#include "collectors/torch/observer.h"

#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/record_function.h>
#include <pthread.h>

#include <chrono>
#include <memory>
#include <mutex>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "collectors/torch/event.h"
#include "collectors/torch/operator_assembler.h"
#include "collectors/torch/thread_tap.h"
#include "collectors/torch/value_writer.h"

namespace sandglass::collectors {
namespace {

// The consumer looks at the rings at least this often, so that slow models show progress.
constexpr std::chrono::milliseconds kConsumerPeriod(5);

int64_t NowNs() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

// State that outlives every observer, because libtorch's threads may be inside a callback at any time.
struct Process {
  TapControl control;
  std::atomic<size_t> buffer_bytes = 0;

  std::mutex mutex;
  // Guarded by mutex. Taps are never freed: their threads keep pointers.
  std::vector<std::unique_ptr<ThreadTap>> taps;
  std::vector<std::unique_ptr<OpInfo>> infos;
  bool taken = false;
};

Process& TheProcess() {
  static Process* process = new Process;
  return *process;
}

// In a forked child no thread takes events out of the rings, so that a model there would wait for ever: it is not
// recorded. The lock is held meanwhile, so that the child does not get it locked.
void StayWithTheParent() {
  const auto unlock = [] { TheProcess().mutex.unlock(); };
  pthread_atfork([] { TheProcess().mutex.lock(); }, unlock,
                 [] {
                   TheProcess().control.recording = false;
                   TheProcess().mutex.unlock();
                 });
}

ThreadTap* NewTap(size_t buffer_bytes) {
  Process& process = TheProcess();
  const uint64_t torch_thread = at::RecordFunction::currentThreadId();
  const std::lock_guard<std::mutex> lock(process.mutex);
  for (const auto& tap : process.taps) {
    if (tap->buffer_bytes() == buffer_bytes && tap->TakeOver(torch_thread)) return tap.get();
  }
  process.taps.push_back(std::make_unique<ThreadTap>(process.control, torch_thread, buffer_bytes));
  return process.taps.back().get();
}

// One thread's tap, and what it knows of operators.
struct ThreadState {
  ThreadTap* tap = nullptr;
  size_t buffer_bytes = 0;
  // Operators by the address of their schema's name, which is fixed.
  absl::flat_hash_map<const void*, const OpInfo*> operators;
  // Ranges by name: their names lie in fresh memory each time.
  absl::flat_hash_map<std::string, const OpInfo*> ranges;

  ~ThreadState() {
    if (tap != nullptr) tap->Retire();
  }
};

ThreadState& TheThread() {
  thread_local ThreadState state;
  const size_t wanted = TheProcess().buffer_bytes.load(std::memory_order_relaxed);
  if (state.buffer_bytes != wanted) {
    if (state.tap != nullptr) state.tap->Retire();
    state.tap = NewTap(wanted);
    state.buffer_bytes = wanted;
  }
  return state;
}

const OpInfo* Intern(OpInfo info) {
  Process& process = TheProcess();
  const std::lock_guard<std::mutex> lock(process.mutex);
  for (const auto& other : process.infos) {
    if (other->name == info.name && other->schema == info.schema) return other.get();
  }
  process.infos.push_back(std::make_unique<OpInfo>(std::move(info)));
  return process.infos.back().get();
}

const OpInfo* InfoOf(ThreadState& thread, const at::RecordFunction& call) {
  const char* name = call.name();
  // The names are compared too: a range's may lie where nothing or another name lay before.
  if (const auto found = thread.operators.find(name); found != thread.operators.end() && found->second->name == name) {
    return found->second;
  }
  if (const auto found = thread.ranges.find(absl::string_view(name)); found != thread.ranges.end()) {
    return found->second;
  }
  OpInfo info{.name = name};
  if (!call.operator_name().has_value()) return thread.ranges[name] = Intern(std::move(info));
  if (const auto schema = call.operator_schema(); schema.has_value()) {
    std::ostringstream text;
    text << *schema;
    info.schema = text.str();
    for (const auto& argument : schema->arguments()) info.argument_names.push_back(argument.name());
  }
  return thread.operators[name] = Intern(std::move(info));
}

// No exception of libtorch may leave a callback: the observer never breaks the model that it watches.
std::unique_ptr<at::ObserverContext> OnStart(const at::RecordFunction& call) {
  TapControl& control = TheProcess().control;
  if (!control.recording.load(std::memory_order_acquire)) return nullptr;
  ThreadState& thread = TheThread();
  const uint16_t session = control.session.load(std::memory_order_relaxed);
  thread.tap->EnterSession(session);
  EventWriter& writer = thread.tap->writer();
  const OpInfo* info = InfoOf(thread, call);
  writer.BeginStart(session, info, call.scope() == at::RecordScope::BACKWARD_FUNCTION, call.seqNr(),
                    call.forwardThreadId());
  uint16_t position = 0;
  for (const c10::IValue& value : call.inputs()) WriteValue(writer, position++, value);
  thread.tap->Start(&call, NowNs(), info->schema.empty() ? uint8_t{0} : kResultsRecorded);
  return nullptr;
}

void OnEnd(const at::RecordFunction& call, at::ObserverContext* /*context*/) {
  const int64_t end_ns = NowNs();
  TapControl& control = TheProcess().control;
  if (!control.recording.load(std::memory_order_acquire)) return;
  ThreadState& thread = TheThread();
  const uint16_t session = control.session.load(std::memory_order_relaxed);
  thread.tap->EnterSession(session);
  uint8_t flags = 0;
  if (!thread.tap->TakeOpen(&call, flags)) return;
  EventWriter& writer = thread.tap->writer();
  writer.BeginEnd(session, end_ns, flags);
  uint16_t position = 0;
  for (const c10::IValue& value : call.outputs()) WriteValue(writer, position++, value);
  thread.tap->End();
}

class TorchObserver final : public Observer {
 public:
  TorchObserver(TraceSink& sink, const ObserverOptions& options)
      : assembler_(
            MakeAssemblerOptions(options), [&sink](const v1::Operator& op) { return sink.Add(op); },
            [this](uint64_t torch_thread) { DrainThread(torch_thread); }) {
    TapControl& control = TheProcess().control;
    control.drop_when_full = options.when_full == WhenFull::kDrop;
    TheProcess().buffer_bytes = options.buffer_bytes;
    session_ = static_cast<uint16_t>(control.session.load() + 1);
    control.session = session_;
    control.recording = true;
    consumer_ = std::thread([this] { Consume(); });
    callback_ = at::addGlobalCallback(at::RecordFunctionCallback(OnStart, OnEnd)
                                          .needsInputs(true)
                                          .needsOutputs(true)
                                          .scopes({at::RecordScope::FUNCTION, at::RecordScope::BACKWARD_FUNCTION}));
  }

  ~TorchObserver() override { End(); }

  absl::Status status() const override {
    const std::lock_guard<std::mutex> lock(status_mutex_);
    return status_;
  }

  uint64_t operators() const override { return operators_.load(std::memory_order_relaxed); }

  absl::StatusOr<v1::TraceSummary> Stop() override {
    End();
    if (!assembler_.status().ok()) return assembler_.status();
    v1::TraceSummary summary;
    uint64_t blocked = 0;
    for (const ThreadTap* tap : Taps()) {
      if (!seen_.contains(tap)) continue;
      summary.mutable_completeness()->set_dropped_operators(summary.completeness().dropped_operators() +
                                                            tap->dropped());
      blocked += tap->blocked();
    }
    AddCount("operators_that_waited_for_the_observer", blocked, summary);
    AddCount("operators_without_an_end", assembler_.unfinished(), summary);
    if (assembler_.first_ns().has_value()) summary.mutable_window()->set_start_ns(*assembler_.first_ns());
    if (assembler_.last_ns().has_value()) summary.mutable_window()->set_end_ns(*assembler_.last_ns());
    return summary;
  }

 private:
  static AssemblerOptions MakeAssemblerOptions(const ObserverOptions& options) {
    AssemblerOptions made{.record_times = options.record_times, .device = options.device};
    for (const void* storage : options.parameter_storages) {
      made.parameter_storages.insert(reinterpret_cast<uint64_t>(storage));
    }
    return made;
  }

  static void AddCount(const char* name, uint64_t count, v1::TraceSummary& summary) {
    if (count == 0) return;
    v1::NamedCount& added = *summary.mutable_completeness()->add_other();
    added.set_name(name);
    added.set_count(count);
  }

  static std::vector<ThreadTap*> Taps() {
    Process& process = TheProcess();
    const std::lock_guard<std::mutex> lock(process.mutex);
    std::vector<ThreadTap*> taps;
    for (const auto& tap : process.taps) taps.push_back(tap.get());
    return taps;
  }

  void End() {
    if (!consumer_.joinable()) return;
    at::removeCallback(callback_);
    TapControl& control = TheProcess().control;
    control.recording = false;
    stopping_ = true;
    control.WakeConsumer();
    consumer_.join();
    const std::lock_guard<std::mutex> lock(TheProcess().mutex);
    TheProcess().taken = false;
  }

  void Consume() {
    TapControl& control = TheProcess().control;
    bool last = false;
    while (!last) {
      last = stopping_;  // read before the rings, so that the last round sees everything
      control.consumer_wanted = false;
      size_t events = 0;
      for (ThreadTap* tap : Taps()) events += Drain(tap);
      if (events > 0) control.room.notify_all();
      Publish();
      if (last || events > 0) continue;
      std::unique_lock<std::mutex> lock(control.mutex);
      control.wake_consumer.wait_for(lock, kConsumerPeriod,
                                     [&] { return control.consumer_wanted.load() || stopping_; });
    }
    assembler_.Finish();
    Publish();
  }

  size_t Drain(ThreadTap* tap) {
    if (!draining_.insert(tap).second) return 0;
    const size_t events = tap->ring().Drain([&](std::span<const uint64_t> event) {
      if (ReadHead(event[0]).session != session_) return;
      seen_.insert(tap);
      assembler_.Consume(tap->torch_thread(), event);
    });
    draining_.erase(tap);
    return events;
  }

  void DrainThread(uint64_t torch_thread) {
    for (ThreadTap* tap : Taps()) {
      if (tap->torch_thread() == torch_thread) Drain(tap);
    }
  }

  void Publish() {
    operators_.store(assembler_.operators(), std::memory_order_relaxed);
    const std::lock_guard<std::mutex> lock(status_mutex_);
    status_ = assembler_.status();
  }

  OperatorAssembler assembler_;
  uint16_t session_ = 0;
  at::CallbackHandle callback_ = at::INVALID_CALLBACK_HANDLE;
  std::atomic<bool> stopping_ = false;
  std::atomic<uint64_t> operators_ = 0;
  mutable std::mutex status_mutex_;
  absl::Status status_;
  // The consumer's, and Stop's once it is joined.
  absl::flat_hash_set<const ThreadTap*> draining_;
  absl::flat_hash_set<const ThreadTap*> seen_;
  std::thread consumer_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Observer>> Observer::Start(TraceSink& sink, const ObserverOptions& options) {
  Process& process = TheProcess();
  {
    const std::lock_guard<std::mutex> lock(process.mutex);
    if (process.taken) {
      return absl::FailedPreconditionError("observer: another one is recording in this process; stop it first");
    }
    process.taken = true;
  }
  static std::once_flag fork_handlers;
  std::call_once(fork_handlers, StayWithTheParent);
  return std::make_unique<TorchObserver>(sink, options);
}

}  // namespace sandglass::collectors
