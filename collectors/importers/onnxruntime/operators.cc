#include "collectors/importers/onnxruntime/operators.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <queue>
#include <tuple>
#include <utility>

namespace sandglass::collectors::onnxruntime {
namespace {

constexpr int64_t kNsPerUs = 1000;
constexpr int64_t kPsPerUs = 1'000'000;
// By how much the end of what holds an event may seem too early, since start and duration are cut off apart.
constexpr int64_t kClockStepUs = 1;

int64_t EndUs(const Event& event) { return event.start_us + event.duration_us; }

// Of events that begin in the same microsecond, what holds others comes first, and what was launched last.
int Rank(const Event& event) {
  if (event.kind == EventKind::kRun) return 0;
  if (event.kind == EventKind::kKernel) return 3;
  return event.holds_graph ? 1 : 2;
}

v1::OpSignature RunSignature(const char* name) {
  v1::OpSignature signature;
  signature.set_kind(v1::OPERATOR_KIND_ANNOTATION);
  signature.set_name(name);
  return signature;
}

bool HasShapes(const v1::OpSignature& signature) { return signature.inputs_size() > 0 || signature.outputs_size() > 0; }

}  // namespace

// What nodes are part of; is asked in the order of their starts. Nodes follow each other within the same microsecond,
// and many take less than one, so that times alone would nest neighbours: only nodes with a graph of their own hold
// others.
class Operators::Callers {
 public:
  explicit Callers(const Profile& profile) : profile_(profile), threads_(profile.threads) {}

  uint32_t CallerOf(uint32_t index) {
    const Event& event = profile_.events[index];
    while (!runs_.empty() && runs_.top().first + kClockStepUs < event.start_us) runs_.pop();
    Thread& thread = threads_[event.thread];
    if (event.kind == EventKind::kRun) {
      thread = {.run = index, .holders = {}};
      runs_.emplace(EndUs(event), index);
      return kNone;
    }
    while (!thread.holders.empty() && !Holds(profile_.events[thread.holders.back()], event)) thread.holders.pop_back();
    const uint32_t caller = thread.holders.empty() ? RunOf(event, thread) : thread.holders.back();
    if (event.holds_graph) thread.holders.push_back(index);
    return caller;
  }

 private:
  struct Thread {
    // The run that began last on it.
    uint32_t run = kNone;
    std::vector<uint32_t> holders;
  };

  static bool Holds(const Event& holder, const Event& event) {
    return event.start_us < EndUs(holder) && EndUs(event) <= EndUs(holder) + kClockStepUs;
  }

  // That of its thread; on a thread of a pool, the only one that goes on.
  uint32_t RunOf(const Event& event, const Thread& thread) const {
    if (thread.run != kNone && event.start_us <= EndUs(profile_.events[thread.run]) + kClockStepUs) return thread.run;
    return runs_.size() == 1 ? runs_.top().second : kNone;
  }

  using Run = std::pair<int64_t, uint32_t>;

  const Profile& profile_;
  std::vector<Thread> threads_;
  // Those that go on, by their ends, the earliest on top.
  std::priority_queue<Run, std::vector<Run>, std::greater<>> runs_;
};

Operators::Operators(Profile& profile)
    : profile_(profile),
      ids_(profile.events.size()),
      callers_(profile.events.size(), kNone),
      called_us_(profile.events.size()),
      // The first run also allocates memory and warms caches up: its times are its own.
      first_run_signature_(RunSignature("model_run (first)")),
      run_signature_(RunSignature("model_run")) {
  for (uint32_t i = 0; i < profile_.events.size(); ++i) order_.push_back(i);
  const auto key = [this](uint32_t index) {
    const Event& event = profile_.events[index];
    const Event& timed = event.launcher == kNone ? event : profile_.events[event.launcher];
    return std::tuple(timed.start_us, Rank(event), index);
  };
  std::sort(order_.begin(), order_.end(), [&](uint32_t a, uint32_t b) { return key(a) < key(b); });
  Callers callers(profile_);
  for (size_t i = 0; i < order_.size(); ++i) {
    const uint32_t index = order_[i];
    const Event& event = profile_.events[index];
    ids_[index] = i + 1;
    if (event.kind == EventKind::kKernel) continue;
    if (event.kind == EventKind::kRun && first_run_ == kNone) first_run_ = index;
    const uint32_t caller = callers.CallerOf(index);
    callers_[index] = caller;
    if (caller == kNone || profile_.events[caller].thread != event.thread) continue;
    called_us_[caller] += event.duration_us;
  }
  NumberThreads();
}

void Operators::NumberThreads() {
  thread_numbers_.assign(profile_.threads, kNone);
  uint32_t threads = 0;
  for (const uint32_t index : order_) {
    const Event& event = profile_.events[index];
    if (event.kind == EventKind::kKernel || thread_numbers_[event.thread] != kNone) continue;
    thread_numbers_[event.thread] = threads++;
  }
}

v1::OpSignature& Operators::SignatureOf(uint32_t index) {
  const Event& event = profile_.events[index];
  if (event.kind != EventKind::kRun) return profile_.signatures[event.signature];
  return index == first_run_ ? first_run_signature_ : run_signature_;
}

void Operators::FillKernel(const Event& event, v1::Operator& op) const {
  if (event.queue != kNone) op.set_queue(event.queue);
  if (event.launcher == kNone) {
    op.set_start_ns(event.start_us * kNsPerUs);
    return;
  }
  op.set_launcher_id(ids_[event.launcher]);
  op.set_link_method(v1::LINK_METHOD_CORRELATION);
  const uint32_t provider = profile_.events[event.launcher].provider;
  if (provider != kNone) op.set_device(provider);
}

void Operators::FillHost(uint32_t index, v1::Operator& op) const {
  const Event& event = profile_.events[index];
  op.set_start_ns(event.start_us * kNsPerUs);
  op.set_self_ps(std::max<int64_t>(0, event.duration_us - called_us_[index]) * kPsPerUs);
  op.set_thread(thread_numbers_[event.thread]);
  if (event.provider != kNone) op.set_device(event.provider);
  if (event.node_index != kNone) op.set_graph_node(event.node_index);
  if (callers_[index] != kNone) op.set_parent_id(ids_[callers_[index]]);
}

absl::Status Operators::Write(const TakeOperator& take) {
  v1::Operator op;
  for (const uint32_t index : order_) {
    const Event& event = profile_.events[index];
    op.Clear();
    op.set_id(ids_[index]);
    op.set_duration_ps(event.duration_us * kPsPerUs);
    event.kind == EventKind::kKernel ? FillKernel(event, op) : FillHost(index, op);
    if (absl::Status status = TakeWith(SignatureOf(index), op, take); !status.ok()) return status;
  }
  return absl::OkStatus();
}

bool Operators::IsOfNoRun(uint32_t index) const {
  return profile_.events[index].kind == EventKind::kNode && callers_[index] == kNone;
}

void Operators::Count(ImportReport& report) const {
  for (const uint32_t index : order_) {
    const Event& event = profile_.events[index];
    const int64_t duration_ps = event.duration_us * kPsPerUs;
    if (event.kind == EventKind::kRun) {
      ++report.imported["annotations"];
    } else if (event.kind == EventKind::kNode) {
      ++report.imported["operators"];
      if (event.duration_us == 0) ++report.imported["operators_under_a_microsecond"];
      if (!HasShapes(profile_.signatures[event.signature])) ++report.missing["operators_without_shapes"];
      if (IsOfNoRun(index)) ++report.missing["operators_of_no_run"];
      const bool within = callers_[index] != kNone && profile_.events[callers_[index]].kind == EventKind::kNode;
      if (!within) AddTime(duration_ps, report.times.host_ps);
    } else {
      ++report.imported["kernels"];
      AddTime(duration_ps, report.times.device_work_ps);
      if (event.launcher == kNone) {
        ++report.missing["device_work_not_linked"];
        continue;
      }
      ++report.linked["by_correlation"];
      ++report.missing["device_work_without_start"];
      AddTime(duration_ps, report.times.linked_device_work_ps);
    }
  }
  for (const auto& [name, count] : profile_.left_out) report.left_out[name] += count;
  for (const auto& [name, count] : profile_.missing) report.missing[name] += count;
}

v1::TraceSummary Operators::Summary() const {
  v1::TraceSummary summary;
  uint64_t runs = 0;
  std::optional<int64_t> first;
  std::optional<int64_t> last;
  for (const uint32_t index : order_) {
    const Event& event = profile_.events[index];
    if (event.kind == EventKind::kRun) ++runs;
    if (event.launcher != kNone) continue;
    first = std::min(first.value_or(event.start_us), event.start_us);
    last = std::max(last.value_or(EndUs(event)), EndUs(event));
  }
  if (first.has_value()) {
    summary.mutable_window()->set_start_ns(*first * kNsPerUs);
    summary.mutable_window()->set_end_ns(*last * kNsPerUs);
  }
  if (runs > 0) {
    v1::WorkDone& done = *summary.add_work_done();
    done.set_unit(v1::WORK_UNIT_STEP);
    done.set_count(static_cast<double>(runs));
  }
  // Another event would not have been recorded, and there may have been one.
  if (profile_.elements >= kWriterCap) summary.mutable_completeness()->set_writer_cap_hit(true);
  return summary;
}

}  // namespace sandglass::collectors::onnxruntime
