#include "analyzer/replay/work_list.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/status/status.h"

namespace sandglass::replay {
namespace {

using ops::Role;

constexpr uint32_t kNone = trace::Operator::kNoParent;

// For each operator, the outermost one of its callers and itself that is costed, and so owns it. Chains are walked with
// an explicit stack, because parents may come later in the trace and chains may be long; a cycle, which no honest trace
// has, ends at the operator where it is noticed.
class Owners {
 public:
  Owners(const trace::Trace& trace, const std::vector<ops::Classification>& classes)
      : trace_(trace), classes_(classes), owners_(trace.operators.size(), kNone), states_(trace.operators.size()) {}

  // kNone: nothing that calls it is costed, nor is it itself.
  uint32_t OwnerOf(uint32_t index) {
    std::vector<uint32_t> chain;
    uint32_t at = index;
    for (; at != kNone && states_[at] == State::kUnknown; at = trace_.operators[at].parent) {
      states_[at] = State::kOpen;
      chain.push_back(at);
    }
    uint32_t owner = at != kNone && states_[at] == State::kDone ? owners_[at] : kNone;
    for (; !chain.empty(); chain.pop_back()) {
      const uint32_t next = chain.back();
      if (owner == kNone && classes_[trace_.operators[next].signature].role == Role::kWork) owner = next;
      owners_[next] = owner;
      states_[next] = State::kDone;
    }
    return owners_[index];
  }

 private:
  enum class State : uint8_t { kUnknown, kOpen, kDone };

  const trace::Trace& trace_;
  const std::vector<ops::Classification>& classes_;
  std::vector<uint32_t> owners_;
  std::vector<State> states_;
};

// How long operators kept a device at work, by the kernels that they launched; those of what a costed operator called
// are its own.
class DeviceTimes {
 public:
  DeviceTimes(const trace::Trace& trace, Owners& owners) {
    for (const trace::Operator& op : trace.operators) {
      if (op.launcher == kNone) continue;
      if (times_ps_.empty()) times_ps_.resize(trace.operators.size());
      const uint32_t owner = owners.OwnerOf(op.launcher);
      times_ps_[owner == kNone ? op.launcher : owner] += static_cast<double>(op.duration_ps.value_or(0));
    }
  }

  // Whether the trace says which operator launched what.
  bool known() const { return !times_ps_.empty(); }
  double Of(uint32_t index) const { return times_ps_[index]; }

 private:
  std::vector<double> times_ps_;
};

// Sums what is known and what is not.
class CoverageSum {
 public:
  void AddKnown(const trace::Operator& op, std::optional<double> time_ps) {
    known_ += op.occurrences;
    AddTime(time_ps, known_ps_);
  }

  void AddUnknown(const trace::Operator& op, const std::string& name, std::string reason,
                  std::optional<double> time_ps) {
    Entry& entry = unknown_[{name, std::move(reason)}];
    entry.count += op.occurrences;
    entry.ps += time_ps.value_or(0);
    unknown_count_ += op.occurrences;
    AddTime(time_ps, unknown_ps_);
  }

  Coverage Result() const {
    Coverage coverage;
    coverage.known = known_;
    coverage.operators = known_ + unknown_count_;
    if (coverage.operators > 0) {
      coverage.operator_share = static_cast<double>(known_) / static_cast<double>(coverage.operators);
    }
    const double total = known_ps_ + unknown_ps_;
    if (timed_ && total > 0) coverage.time_share = known_ps_ / total;
    for (const auto& [key, entry] : unknown_) {
      UnknownOperator unknown = {.name = key.first, .reason = key.second, .count = entry.count, .time_share = {}};
      if (coverage.time_share.has_value()) unknown.time_share = entry.ps / total;
      coverage.unknown.push_back(std::move(unknown));
    }
    std::stable_sort(coverage.unknown.begin(), coverage.unknown.end(), [](const auto& a, const auto& b) {
      return std::pair(a.time_share.value_or(0), a.count) > std::pair(b.time_share.value_or(0), b.count);
    });
    return coverage;
  }

 private:
  struct Entry {
    uint64_t count = 0;
    double ps = 0;
  };

  void AddTime(std::optional<double> time_ps, double& sum) {
    if (!time_ps.has_value()) return;
    timed_ = true;
    sum += *time_ps;
  }

  uint64_t known_ = 0;
  uint64_t unknown_count_ = 0;
  double known_ps_ = 0;
  double unknown_ps_ = 0;
  bool timed_ = false;
  std::map<std::pair<std::string, std::string>, Entry> unknown_;
};

absl::StatusOr<ops::WorkAndReads> WorkUnder(const trace::Signature& signature,
                                            const ops::Classification& classification, Precision precision) {
  if (classification.role != Role::kWork) return absl::NotFoundError("no formula for this operator");
  return ops::WorkAndReadsOf(ApplyPrecision(signature, classification.op_class, precision));
}

// The time that an operator counts with: of the device, where the trace says what it launched, else the host's. What is
// unknown calls others, whose time is not its own.
std::optional<double> TimeOf(const trace::Trace& trace, uint32_t index, Role role, const DeviceTimes& device_times) {
  const trace::Operator& op = trace.operators[index];
  const bool is_device_work = trace::IsDeviceWork(trace.signatures[op.signature].kind);
  if (device_times.known() && !is_device_work) return device_times.Of(index);
  const auto& time = role == Role::kWork || is_device_work ? op.duration_ps : op.self_ps;
  return time.has_value() ? std::optional<double>(static_cast<double>(*time)) : std::nullopt;
}

// Whether an operator is to be costed, or counted as unknown.
bool Counts(const trace::Operator& op, uint32_t index, Role role, uint32_t owner, const DeviceTimes& device_times) {
  // Its work is that of the operator that launched it.
  if (op.launcher != kNone) return false;
  if (role == Role::kWork) return owner == index;
  if (owner != kNone) return false;
  if (role == Role::kUnknown) return true;
  // What costs nothing does not launch anything, unless it does work of its own that nobody knows.
  return device_times.known() && device_times.Of(index) > 0;
}

}  // namespace

WorkList ListWork(const trace::Trace& trace, Precision precision) {
  WorkList list;
  for (const trace::Signature& signature : trace.signatures) {
    list.classes.push_back(ops::Classify(signature));
    absl::StatusOr<ops::WorkAndReads> found = WorkUnder(signature, list.classes.back(), precision);
    if (found.ok()) {
      list.work.emplace_back(found->work);
      list.reads.push_back(std::move(found->reads));
    } else {
      list.work.emplace_back(found.status());
      list.reads.emplace_back();
    }
  }
  Owners owners(trace, list.classes);
  const DeviceTimes device_times(trace, owners);
  CoverageSum coverage;
  for (uint32_t i = 0; i < trace.operators.size(); ++i) {
    const trace::Operator& op = trace.operators[i];
    const Role role = list.classes[op.signature].role;
    if (!Counts(op, i, role, owners.OwnerOf(i), device_times)) continue;
    const std::optional<double> time_ps = TimeOf(trace, i, role, device_times);
    const absl::StatusOr<ops::Work>& work = list.work[op.signature];
    if (work.ok()) {
      list.costed.push_back(i);
      list.measured.push_back(time_ps.has_value() ? std::optional(Seconds::Of(*time_ps * 1e-12)) : std::nullopt);
      coverage.AddKnown(op, time_ps);
    } else {
      list.unknown.push_back(i);
      coverage.AddUnknown(op, trace.signatures[op.signature].name, std::string(work.status().message()), time_ps);
    }
  }
  list.of_device = device_times.known();
  list.coverage = coverage.Result();
  return list;
}

}  // namespace sandglass::replay
