#include "analyzer/replay/work_list.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/status/status.h"

namespace sandglass::replay {
namespace {

using ops::Role;

// For each operator, whether an operator above it is costed and so owns it. Chains are walked with an explicit stack,
// because parents may come later in the trace and chains may be long; a cycle, which no honest trace has, ends at the
// operator where it is noticed.
class Ownership {
 public:
  Ownership(const trace::Trace& trace, const std::vector<ops::Classification>& classes)
      : trace_(trace), classes_(classes), states_(trace.operators.size(), State::kUnknown) {}

  bool Owned(uint32_t index) {
    std::vector<uint32_t> chain;
    bool owned = false;
    for (uint32_t at = index;;) {
      if (states_[at] == State::kOwned || states_[at] == State::kFree) {
        owned = states_[at] == State::kOwned;
        break;
      }
      if (states_[at] == State::kOpen) break;
      states_[at] = State::kOpen;
      chain.push_back(at);
      const uint32_t parent = trace_.operators[at].parent;
      if (parent == trace::Operator::kNoParent) break;
      if (RoleOf(parent) == Role::kWork) {
        owned = true;
        break;
      }
      at = parent;
    }
    for (const uint32_t at : chain) states_[at] = owned ? State::kOwned : State::kFree;
    return owned;
  }

 private:
  enum class State : uint8_t { kUnknown, kOpen, kOwned, kFree };

  Role RoleOf(uint32_t index) const { return classes_[trace_.operators[index].signature].role; }

  const trace::Trace& trace_;
  const std::vector<ops::Classification>& classes_;
  std::vector<State> states_;
};

// Sums what is known and what is not.
class CoverageSum {
 public:
  void AddKnown(const trace::Operator& op) {
    known_ += op.occurrences;
    AddTime(op.duration_ps, known_ps_);
  }

  void AddUnknown(const trace::Operator& op, const std::string& name, std::string reason,
                  std::optional<int64_t> time_ps) {
    Entry& entry = unknown_[{name, std::move(reason)}];
    entry.count += op.occurrences;
    entry.ps += static_cast<double>(time_ps.value_or(0));
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

  void AddTime(std::optional<int64_t> time_ps, double& sum) {
    if (!time_ps.has_value()) return;
    timed_ = true;
    sum += static_cast<double>(*time_ps);
  }

  uint64_t known_ = 0;
  uint64_t unknown_count_ = 0;
  double known_ps_ = 0;
  double unknown_ps_ = 0;
  bool timed_ = false;
  std::map<std::pair<std::string, std::string>, Entry> unknown_;
};

absl::StatusOr<ops::Work> WorkUnder(const trace::Signature& signature, const ops::Classification& classification,
                                    Precision precision) {
  if (classification.role != Role::kWork) return absl::NotFoundError("no formula for this operator");
  return ops::WorkOf(ApplyPrecision(signature, classification.op_class, precision));
}

}  // namespace

WorkList ListWork(const trace::Trace& trace, Precision precision) {
  WorkList list;
  for (const trace::Signature& signature : trace.signatures) {
    list.classes.push_back(ops::Classify(signature));
    list.work.push_back(WorkUnder(signature, list.classes.back(), precision));
  }
  Ownership ownership(trace, list.classes);
  CoverageSum coverage;
  for (uint32_t i = 0; i < trace.operators.size(); ++i) {
    const trace::Operator& op = trace.operators[i];
    const Role role = list.classes[op.signature].role;
    if (role == Role::kFree || role == Role::kComposite || ownership.Owned(i)) continue;
    const std::string& name = trace.signatures[op.signature].name;
    const absl::StatusOr<ops::Work>& work = list.work[op.signature];
    if (work.ok()) {
      list.costed.push_back(i);
      coverage.AddKnown(op);
    } else {
      const auto& time = role == Role::kWork ? op.duration_ps : op.self_ps;
      coverage.AddUnknown(op, name, std::string(work.status().message()), time);
    }
  }
  list.coverage = coverage.Result();
  return list;
}

}  // namespace sandglass::replay
