#include "analyzer/replay/class_replay.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <variant>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "analyzer/models/md_machine.h"
#include "analyzer/models/operator_model.h"
#include "analyzer/models/power.h"
#include "analyzer/replay/device_count.h"
#include "analyzer/replay/replay_sums.h"
#include "analyzer/silicon/support.h"

namespace sandglass::replay {
namespace {

using models::Limit;
using models::OperatorEstimate;
using silicon::SiliconClass;
using silicon::Target;

// Below this share of known work a replay says nothing about the whole.
constexpr double kLeastKnownShare = 0.5;

ClassReplay Refused(Verdict verdict, std::string reason, const Target& target) {
  ClassReplay replay;
  replay.verdict = verdict;
  replay.reason = std::move(reason);
  replay.stack = target.stack;
  return replay;
}

const Chains& ChainsOn(const PreparedTrace& prepared, const silicon::Stack& stack) {
  return stack.fuses_into_products ? prepared.product_chains : prepared.chains;
}

// `signature`: whose corrections apply.
absl::StatusOr<Costed> CostOf(const ops::Work& work, silicon::OperatorSupport support, uint32_t signature,
                              const PreparedTrace& prepared, const Target& target,
                              const models::OperatorOptions& options) {
  const absl::StatusOr<OperatorEstimate> estimate =
      models::EstimateOperator(work, support, *target.silicon, *target.stack, options);
  if (!estimate.ok()) return estimate.status();
  const TimeFactors factors = FactorsOn(prepared, target, signature, *estimate);
  return Costed{.work = &work,
                .support = std::move(support),
                .estimate = *estimate,
                .factors = factors,
                .times = ClockedSchedule::TimesOf(*estimate, factors.both())};
}

// What a stack makes of chains: those of which it runs all operators itself. They run natively, also where it would
// take one of them apart: it takes apart and joins again. A product runs as it would alone. Where no kernel is made of
// a product and what is behind it, that is a chain of its own.
class FusedChains {
 public:
  FusedChains(const PreparedTrace& prepared, const Target& target, const models::OperatorOptions& options)
      : prepared_(prepared),
        target_(target),
        options_(options),
        known_(prepared.chains.kinds.size()),
        known_with_products_(prepared.product_chains.kinds.size()) {}

  // What is made of the operators that begin at a costed one.
  struct Kernel {
    const Chain* chain = nullptr;
    const Costed* costed = nullptr;
  };

  // nullopt: no chain is made there.
  std::optional<Kernel> At(size_t at) {
    if (!target_.stack->fuses) return std::nullopt;
    if (target_.stack->fuses_into_products) {
      const std::optional<Kernel> joined = AtOf(prepared_.product_chains, at, known_with_products_);
      if (joined.has_value()) return joined;
    }
    return AtOf(prepared_.chains, at, known_);
  }

 private:
  // Each kind once it was met: as one kernel, or that no kernel is made of it.
  using Known = std::vector<std::optional<std::optional<Costed>>>;

  std::optional<Kernel> AtOf(const Chains& chains, size_t at, Known& known) {
    const uint32_t kind = chains.beginning[at];
    if (kind == Chains::kNone) return std::nullopt;
    const Chain& chain = chains.kinds[kind];
    if (!known[kind].has_value()) known[kind] = Made(chain);
    const std::optional<Costed>& made = *known[kind];
    if (!made.has_value()) return std::nullopt;
    return Kernel{.chain = &chain, .costed = &*made};
  }

  // nullopt: the stack does not run all of its operators itself, or the class has no rate for it.
  std::optional<Costed> Made(const Chain& chain) const {
    for (const uint32_t signature : chain.signatures) {
      const silicon::Support support = SupportOn(prepared_, target_, signature).support;
      if (support != silicon::Support::kNative && support != silicon::Support::kDecomposed) return std::nullopt;
    }
    silicon::OperatorSupport support = SupportOn(prepared_, target_, chain.main_signature);
    if (chain.work.matrix.value() <= 0) {
      support.support = silicon::Support::kNative;
      support.retained.reset();
    }
    absl::StatusOr<Costed> made =
        CostOf(chain.work, std::move(support), chain.main_signature, prepared_, target_, options_);
    if (!made.ok()) return std::nullopt;
    made->operators = chain.signatures.size();
    return *std::move(made);
  }

  const PreparedTrace& prepared_;
  const Target& target_;
  const models::OperatorOptions& options_;
  Known known_;
  Known known_with_products_;
};

// Adds `costed` to the sums, and tells the sink of it.
void AddKernel(const Costed& costed, absl::Span<const uint32_t> signatures, uint32_t first_operator,
               uint64_t occurrences, Sums& sums, const KernelSink& sink) {
  const Seconds begin = sums.schedule.NextBegin();
  sums.Add(costed, occurrences);
  if (sink == nullptr) return;
  sink({.signatures = signatures,
        .first_operator = first_operator,
        .occurrences = occurrences,
        .work = *costed.work,
        .support = costed.support,
        .limit = costed.estimate.limit,
        .device = costed.factors.both() * costed.estimate.device,
        .begin = begin,
        .end = sums.schedule.DeviceEnd()});
}

// Estimates each signature that is costed; an error is the first operator that the class cannot run.
absl::Status EstimateAll(const PreparedTrace& prepared, const Target& target, int devices, Sums& sums,
                         const KernelSink& sink) {
  const models::OperatorOptions options = ModelOptions(prepared, target, devices);
  std::vector<std::optional<Costed>> estimates(prepared.work.work.size());
  FusedChains chains(prepared, target, options);
  for (size_t at = 0; at < prepared.work.costed.size(); ++at) {
    const uint32_t index = prepared.work.costed[at];
    if (const auto fused = chains.At(at); fused.has_value()) {
      const std::vector<uint32_t>& signatures = fused->chain->signatures;
      AddKernel(*fused->costed, signatures, index, 1, sums, sink);
      sums.fused_operators += signatures.size();
      ++sums.fused_kernels;
      at += signatures.size() - 1;
      continue;
    }
    const trace::Operator& op = prepared.trace->operators[index];
    std::optional<Costed>& known = estimates[op.signature];
    if (!known.has_value()) {
      absl::StatusOr<Costed> made = CostOf(*prepared.work.work[op.signature], SupportOn(prepared, target, op.signature),
                                           op.signature, prepared, target, options);
      if (!made.ok()) {
        return absl::Status(made.status().code(),
                            absl::StrCat(prepared.trace->signatures[op.signature].name, ": ", made.status().message()));
      }
      known = *std::move(made);
    }
    AddKernel(*known, absl::MakeConstSpan(&op.signature, 1), index, op.occurrences, sums, sink);
  }
  return absl::OkStatus();
}

// The class's power under the cap.
silicon::Power CappedPower(const SiliconClass& silicon, const PreparedTrace& prepared) {
  silicon::Power power = silicon.power;
  if (prepared.power_cap.has_value()) power.limit_w.value = std::min(power.limit_w.value, prepared.power_cap->value());
  return power;
}

// Puts the sums together: schedule, launches of compiled steps, transfers, unknown work, power.
void Finish(const PreparedTrace& prepared, const SiliconClass& silicon, Sums& sums, ClassReplay& replay) {
  const double known = prepared.work.coverage.Share();
  replay.time = sums.time;
  // The trace's own transfers are in the schedule already.
  const Seconds spreading =
      CommunicationTime(*prepared.trace, prepared.work, prepared.footprint, silicon, replay.devices);
  replay.time.communication += spreading;
  replay.time.host_gap = sums.schedule.Wall() - sums.schedule.Busy();
  replay.energy = sums.energy;
  replay.energy.matrix *= 1 / known;
  replay.energy.vector *= 1 / known;
  replay.energy.memory *= 1 / known;

  const models::PowerSolution power = models::SolvePower(
      CappedPower(silicon, prepared), [&](double clock) { return (sums.schedule.WallAt(clock) + spreading) / known; },
      {.core = replay.energy.matrix + replay.energy.vector, .memory = replay.energy.memory}, replay.devices);
  replay.wall = power.wall;
  replay.clock = power.clock;
  replay.device = replay.wall - sums.schedule.GapAt(power.clock) / known;
  replay.energy.matrix *= power.core_share;
  replay.energy.vector *= power.core_share;
  replay.energy.memory *= power.memory_share;
  replay.time.power_stretch = power.stretch;
  replay.energy.idle = power.idle;
  replay.launch_idle_share = (replay.time.launch + sums.schedule.GapAt(power.clock)) / (known * replay.wall);

  LimitTimes limits = sums.limits;
  limits[static_cast<size_t>(Limit::kLaunch)] += replay.time.host_gap;
  limits[static_cast<size_t>(Limit::kCommunication)] += spreading;
  limits[static_cast<size_t>(Limit::kPower)] += replay.time.power_stretch;
  replay.limit = LargestLimit(limits);
  replay.matrix_formats.assign(sums.matrix_formats.begin(), sums.matrix_formats.end());
  replay.vector_formats.assign(sums.vector_formats.begin(), sums.vector_formats.end());
  replay.op_classes = sums.Totals();
  replay.kinds = sums.Kinds();
}

std::string FusionWarning(const Sums& sums, const silicon::Stack& stack, bool by_storage) {
  if (sums.fused_kernels == 0) return "its compiler fuses operators; no chain of them was found";
  return absl::StrCat("its compiler is taken to fuse ", sums.fused_operators, " operators into ", sums.fused_kernels,
                      " kernels", stack.fuses_into_products ? "" : ", and nothing into products",
                      by_storage ? "" : "; what reads what is not recorded and was taken from sizes");
}

ClassReplay ReplayOperators(const PreparedTrace& prepared, const Target& target, const KernelSink& sink) {
  const SiliconClass& silicon = *target.silicon;
  const silicon::Stack& stack = *target.stack;
  const absl::StatusOr<int> devices = LeastDevices(prepared.footprint, silicon);
  Sums sums(stack, silicon.power);
  // What cannot run at all is the stronger reason, so operators come before memory.
  const absl::Status estimated = EstimateAll(prepared, target, devices.value_or(1), sums, sink);
  if (!estimated.ok()) {
    const bool unsupported = absl::IsUnimplemented(estimated);
    return Refused(unsupported ? Verdict::kUnsupported : Verdict::kUnknown, std::string(estimated.message()), target);
  }
  if (!devices.ok()) return Refused(Verdict::kInfeasible, std::string(devices.status().message()), target);

  ClassReplay replay;
  replay.verdict = Verdict::kSupported;
  replay.stack = &stack;
  replay.devices = *devices;
  if (stack.step_launch_s.has_value()) {
    for (double step = 0; step < StepsOf(*prepared.trace); ++step) {
      sums.schedule.AddLaunch(Seconds::Of(stack.step_launch_s->value));
    }
  }
  Finish(prepared, silicon, sums, replay);
  if (stack.fuses) replay.warnings.push_back(FusionWarning(sums, stack, ChainsOn(prepared, stack).by_storage));
  if (prepared.footprint.method.empty()) {
    replay.warnings.push_back("memory need unknown: one device is assumed to hold it");
  }
  if (replay.devices > 1) {
    replay.warnings.push_back(absl::StrCat("spread evenly over ", replay.devices,
                                           " devices, transfers not overlapped, links' energy left out"));
  }
  return replay;
}

// The number of atoms that the trace's operators state.
std::optional<double> AtomsOf(const trace::Trace& trace) {
  for (const trace::Signature& signature : trace.signatures) {
    for (const trace::Attribute& attribute : signature.attributes) {
      const auto* atoms = std::get_if<int64_t>(&attribute.value);
      if (attribute.name == "atoms" && atoms != nullptr) return static_cast<double>(*atoms);
    }
  }
  return std::nullopt;
}

ClassReplay ReplayMd(const PreparedTrace& prepared, const Target& target, const silicon::MdMachine& machine) {
  const trace::Trace& trace = *prepared.trace;
  const SiliconClass& silicon = *target.silicon;
  uint64_t steps = 0;
  for (const uint32_t index : prepared.work.costed) {
    const trace::Operator& op = trace.operators[index];
    const ops::OpClass op_class = prepared.work.classes[op.signature].op_class;
    if (!ops::IsMolecularDynamics(op_class)) {
      return Refused(
          Verdict::kUnsupported,
          absl::StrCat(trace.signatures[op.signature].name, ": ", silicon.id, " runs molecular dynamics only"), target);
    }
    steps = std::max(steps, op.occurrences);
  }
  const std::optional<double> atoms = AtomsOf(trace);
  if (!atoms.has_value()) return Refused(Verdict::kUnknown, "no operator states the number of atoms", target);
  const absl::StatusOr<models::MdStepEstimate> step = models::EstimateMdStep(machine, *atoms);
  if (!step.ok()) return Refused(Verdict::kInfeasible, std::string(step.status().message()), target);

  ClassReplay replay;
  replay.verdict = Verdict::kSupported;
  replay.stack = target.stack;
  replay.devices = step->nodes;
  replay.limit = Limit::kMdStep;
  const auto n = static_cast<double>(steps);
  replay.wall = n * (step->fixed + step->atoms);
  replay.time.launch = n * step->fixed;
  replay.time.vector = n * step->atoms;
  replay.energy.idle = Watts::Of(silicon.power.idle_w.value) * replay.devices * replay.wall;
  replay.energy.vector =
      Watts::Of(silicon.power.limit_w.value - silicon.power.idle_w.value) * replay.devices * replay.wall;
  replay.device = replay.wall;
  replay.warnings.push_back("steps are timed as a whole, and power is taken to be at its limit");
  if (!prepared.correction.empty() || !prepared.calibration.empty()) {
    replay.warnings.push_back("neither scaled nor calibrated: operators are not told apart here");
  }
  return replay;
}

}  // namespace

PreparedTrace Prepare(const trace::Trace& trace, Precision precision) {
  PreparedTrace prepared = {.trace = &trace,
                            .precision = precision,
                            .work = ListWork(trace, precision),
                            .chains = {},
                            .product_chains = {},
                            .footprint = MeasureFootprint(trace, precision),
                            .power_cap = std::nullopt,
                            .correction = {},
                            .calibration = {}};
  prepared.chains = FindChains(trace, prepared.work, precision);
  prepared.product_chains = FindChains(trace, prepared.work, precision, ChainHeads::kProductsToo);
  return prepared;
}

silicon::OperatorSupport SupportOn(const PreparedTrace& prepared, const Target& target, uint32_t signature) {
  if (target.ported) {
    return {
        .support = silicon::Support::kNative, .evidence = silicon::Evidence::kUnspecified, .source = "as if ported"};
  }
  const ops::OpClass op_class = prepared.work.classes[signature].op_class;
  return silicon::SupportOf(
      *target.stack, ApplyPrecision(prepared.trace->signatures[signature], op_class, prepared.precision), op_class);
}

TimeFactors FactorsOn(const PreparedTrace& prepared, const Target& target, uint32_t signature,
                      const OperatorEstimate& estimate) {
  TimeFactors factors;
  if (!prepared.correction.empty()) factors.correction = prepared.correction[signature];
  if (!prepared.calibration.empty()) {
    const ops::OpClass op_class = prepared.work.classes[signature].op_class;
    factors.calibration =
        prepared.calibration.RatioFor(models::KeyOf(target.silicon->chip, op_class, estimate), target.silicon->id);
  }
  return factors;
}

models::OperatorOptions ModelOptions(const PreparedTrace& prepared, const Target& target, int devices) {
  return {.allow_tf32 = prepared.precision == Precision::kTf32, .devices = devices, .host = target.host};
}

ClassReplay ReplayOn(const PreparedTrace& prepared, const Target& target, const KernelSink& sink) {
  const Coverage& coverage = prepared.work.coverage;
  if (target.stack == nullptr) return Refused(Verdict::kUnknown, "has no software stack of that name", target);
  if (coverage.known == 0) return Refused(Verdict::kUnknown, "the trace has no operator of known work", target);
  if (coverage.Share() < kLeastKnownShare) {
    return Refused(Verdict::kUnknown,
                   absl::StrFormat("the work of only %.0f %% of the trace is known", 100 * coverage.Share()), target);
  }
  // At its least voltage.
  const silicon::Power& power = target.silicon->power;
  const double idle_w = power.idle_w.value * models::CoreEnergyShare(power, 0);
  if (prepared.power_cap.has_value() && prepared.power_cap->value() <= idle_w) {
    return Refused(
        Verdict::kInfeasible,
        absl::StrFormat("idles at %.1f W, so a cap of %g W cannot be held", idle_w, prepared.power_cap->value()),
        target);
  }
  if (const auto* machine = std::get_if<silicon::MdMachine>(&target.silicon->chip)) {
    if (prepared.power_cap.has_value() && prepared.power_cap->value() < power.limit_w.value) {
      return Refused(Verdict::kUnknown,
                     "what a cap on its power costs is not known of a machine for molecular dynamics", target);
    }
    return ReplayMd(prepared, target, *machine);
  }
  return ReplayOperators(prepared, target, sink);
}

}  // namespace sandglass::replay
