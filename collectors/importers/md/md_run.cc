#include "collectors/importers/md/md_run.h"

#include <cmath>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace sandglass::collectors::md {
namespace {

constexpr double kPsPerSecond = 1e12;
constexpr double kMetresPerNm = 1e-9;
// Of a trace, in the schema.
constexpr double kLeastWork = 1e-12;
// Of a duration in ps: a hundred days.
constexpr double kMostSeconds = 8.64e6;

// Absent also where it does not fit.
std::optional<int64_t> DurationPs(const Phase& phase) {
  if (!phase.wall_seconds.has_value() || *phase.wall_seconds > kMostSeconds) return std::nullopt;
  return std::llround(*phase.wall_seconds * kPsPerSecond);
}

// What is unknown of one part is unknown of the sum.
std::optional<double> Sum(std::optional<double> a, std::optional<double> b) {
  if (!a.has_value() || !b.has_value()) return std::nullopt;
  return *a + *b;
}

// Adds up runs of equal systems. A log may hold many of both, and of names of phases: they are looked up, not searched.
class Sums {
 public:
  void Add(const Run& run) {
    const auto [found, is_new] =
        systems_.try_emplace(std::tuple(run.atoms, run.threads, run.grid_points, run.cutoff_nm), sums_.size());
    const size_t system = found->second;
    if (is_new) {
      sums_.push_back(run);
      sums_.back().phases.clear();
    } else {
      Run& sum = sums_[system];
      sum.evaluations += run.evaluations;
      sum.steps += run.steps;
      sum.simulated_ns = Sum(sum.simulated_ns, run.simulated_ns);
    }
    for (const Phase& phase : run.phases) AddPhase(system, phase);
  }

  std::vector<Run> Take() && { return std::move(sums_); }

 private:
  void AddPhase(size_t system, const Phase& phase) {
    std::vector<Phase>& phases = sums_[system].phases;
    const auto [found, is_new] = phases_.try_emplace(std::pair(system, phase.name), phases.size());
    if (is_new) {
      phases.push_back(phase);
      return;
    }
    Phase& sum = phases[found->second];
    sum.flop = Sum(sum.flop, phase.flop);
    sum.wall_seconds = Sum(sum.wall_seconds, phase.wall_seconds);
  }

  std::vector<Run> sums_;
  // Indices into sums_ by what tells systems apart, and into the phases of one of them.
  absl::flat_hash_map<std::tuple<int64_t, int64_t, std::optional<int64_t>, std::optional<double>>, size_t> systems_;
  absl::flat_hash_map<std::pair<size_t, std::string>, size_t> phases_;
};

v1::Attribute& AddAttribute(const char* name, v1::OpSignature& signature) {
  v1::Attribute& attribute = *signature.add_attributes();
  attribute.set_position(static_cast<uint32_t>(signature.attributes_size() - 1));
  attribute.set_name(name);
  return attribute;
}

v1::OpSignature SignatureOf(const Run& run, const Phase& phase) {
  v1::OpSignature signature;
  signature.set_kind(v1::OPERATOR_KIND_MD_PHASE);
  signature.set_name(phase.name);
  signature.set_op_class(phase.op_class);
  if (phase.flop.has_value()) {
    signature.mutable_flops_flop()->set_value(*phase.flop / static_cast<double>(run.evaluations));
    signature.mutable_flops_flop()->set_provenance(v1::PROVENANCE_STATED);
  }
  AddAttribute("atoms", signature).set_integer(run.atoms);
  if (run.grid_points.has_value()) AddAttribute("grid_points", signature).set_integer(*run.grid_points);
  if (run.cutoff_nm.has_value()) AddAttribute("cutoff_m", signature).set_real(*run.cutoff_nm * kMetresPerNm);
  AddAttribute("threads", signature).set_integer(run.threads);
  return signature;
}

void AddWork(v1::WorkUnit unit, double count, std::vector<v1::WorkDone>& work) {
  if (!(count >= kLeastWork)) return;
  v1::WorkDone& done = work.emplace_back();
  done.set_unit(unit);
  done.set_count(count);
}

}  // namespace

Phase& PhaseOfClass(absl::string_view op_class, std::vector<Phase>& phases) {
  const std::string name = absl::StrCat("md::", absl::StripPrefix(op_class, "md_"));
  for (Phase& phase : phases) {
    if (phase.name == name) return phase;
  }
  phases.push_back({.name = name, .op_class = std::string(op_class), .flop = {}, .wall_seconds = {}});
  return phases.back();
}

std::vector<Run> Summed(absl::Span<const Run> runs) {
  Sums sums;
  for (const Run& run : runs) sums.Add(run);
  return std::move(sums).Take();
}

std::vector<v1::Operator> OperatorsOf(absl::Span<const Run> runs) {
  std::vector<v1::Operator> operators;
  for (const Run& run : runs) {
    for (const Phase& phase : run.phases) {
      v1::Operator& op = operators.emplace_back();
      op.set_id(operators.size());
      op.set_occurrences(static_cast<uint64_t>(run.evaluations));
      if (const std::optional<int64_t> duration_ps = DurationPs(phase); duration_ps.has_value()) {
        op.set_duration_ps(*duration_ps);
        op.set_self_ps(*duration_ps);
      }
      *op.mutable_signature() = SignatureOf(run, phase);
    }
  }
  return operators;
}

std::vector<v1::WorkDone> WorkOf(absl::Span<const Run> runs) {
  double steps = 0;
  std::optional<double> simulated_ns = 0;
  for (const Run& run : runs) {
    steps += static_cast<double>(run.steps);
    simulated_ns = Sum(simulated_ns, run.simulated_ns);
  }
  std::vector<v1::WorkDone> work;
  if (simulated_ns.has_value()) AddWork(v1::WORK_UNIT_MD_NANOSECOND, *simulated_ns, work);
  AddWork(v1::WORK_UNIT_STEP, steps, work);
  return work;
}

void CountPhases(absl::Span<const Run> runs, ImportReport& report) {
  for (const Run& run : runs) {
    for (const Phase& phase : run.phases) {
      ++report.imported["phases"];
      if (!phase.flop.has_value()) ++report.missing["phases_without_flop"];
      const std::optional<int64_t> duration_ps = DurationPs(phase);
      if (!duration_ps.has_value()) ++report.missing["phases_without_time"];
      AddTime(duration_ps.value_or(0), report.times.host_ps);
    }
  }
}

}  // namespace sandglass::collectors::md
