#include "analyzer/models/explanation.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "analyzer/models/link_time.h"
#include "analyzer/models/matrix_time.h"
#include "analyzer/models/residency.h"
#include "analyzer/models/tiled_product.h"

namespace sandglass::models {
namespace {

using silicon::ComputeRate;
using silicon::Figure;
using silicon::SiliconClass;
using silicon::Stack;
using silicon::Support;

Term Leaf(std::string name, double value, std::string unit, std::string note = "") {
  return {.name = std::move(name),
          .value = value,
          .unit = std::move(unit),
          .operation = TermOperation::kLeaf,
          .divides = false,
          .terms = {},
          .figure = std::nullopt,
          .note = std::move(note)};
}

Term Constant(const Figure& figure, std::string unit) {
  Term term = Leaf(figure.path, figure.value, std::move(unit));
  term.figure = figure;
  return term;
}

Term Divisor(Term term) {
  term.divides = true;
  return term;
}

Term Combined(std::string name, std::string unit, TermOperation operation, std::vector<Term> terms,
              std::string note = "") {
  Term term = Leaf(std::move(name), 0, std::move(unit), std::move(note));
  term.operation = operation;
  term.terms = std::move(terms);
  term.value = Evaluate(term);
  return term;
}

Term Sum(std::string name, std::string unit, std::vector<Term> terms) {
  return Combined(std::move(name), std::move(unit), TermOperation::kSum, std::move(terms));
}

Term Product(std::string name, std::string unit, std::vector<Term> terms, std::string note = "") {
  return Combined(std::move(name), std::move(unit), TermOperation::kProduct, std::move(terms), std::move(note));
}

void AddDevices(int devices, std::vector<Term>& factors) {
  if (devices > 1) factors.push_back(Divisor(Leaf("devices", devices, "count")));
}

void AppendLayout(const ops::MatrixProblem& problem, const TiledUnit& unit, FlopPerSecond rate, std::string& note) {
  const Tiling tiling = BestTiling(problem, unit, rate);
  absl::StrAppendFormat(&note, "; %.0f blocks of %.0f x %.0f in %.0f waves over %.0f cores", tiling.blocks,
                        tiling.tile_m, tiling.tile_n, tiling.waves, unit.cores);
  if (tiling.split > 1) absl::StrAppendFormat(&note, ", k split in %.0f", tiling.split);
  if (unit.overhead_depth > 0) {
    absl::StrAppendFormat(&note, "; a tile's beginning and end cost a depth of %.0f", unit.overhead_depth);
  }
}

void AppendCycles(const ops::MatrixProblem& problem, double arrays, double side, std::string& note) {
  absl::StrAppendFormat(&note, "; %.0f cycles of an array of %.0f x %.0f, over %.0f arrays",
                        static_cast<double>(problem.batch) * SystolicCycles(problem, side), side, side, arrays);
}

// What the units are asked for, and how the chip kind lays it out; `on_lanes`: on vector units.
std::string LayoutNote(const silicon::Chip& chip, const ops::Work& work, bool on_lanes, const UnitSpeed& speed,
                       const std::optional<AttentionLayout>& attention) {
  if (!work.problem.has_value()) return "no shape of the product is known: no padding";
  const ops::MatrixProblem& problem = *work.problem;
  std::string note = absl::StrFormat("%d x [%d, %d] x [%d, %d] is %.6g FLOP", problem.batch, problem.m, problem.k,
                                     problem.k, problem.n, work.matrix.value());
  if (const auto& second = work.second_problem; second.has_value()) {
    absl::StrAppendFormat(&note, ", with %d x [%d, %d] x [%d, %d] behind it", second->batch, second->m, second->k,
                          second->k, second->n);
    if (work.second_turns > 1) absl::StrAppendFormat(&note, ", %d times one after the other", work.second_turns);
  }
  if (attention.has_value()) {
    absl::StrAppendFormat(&note, "; %.0f blocks of %.0f rows, of which a core makes %.4g tiles in %.4g blocks",
                          attention->blocks, attention->block_rows, attention->tiles_in_turn,
                          attention->blocks_in_turn);
    if (attention->split > 1) absl::StrAppendFormat(&note, ", keys split in %.0f", attention->split);
  } else if (std::holds_alternative<silicon::GpuCores>(chip) && work.convolution != nullptr) {
    note +=
        "; the best of implicit tiles, channels filled up and moved side by side, and on lanes Winograd's algorithm";
  } else if (const auto* gpu = std::get_if<silicon::GpuCores>(&chip)) {
    AppendLayout(problem, on_lanes ? VectorLanesOf(*gpu, speed.kernel_floor) : MatrixUnitsOf(*gpu, speed),
                 speed.reached(), note);
  } else if (const auto* cpu = std::get_if<silicon::CpuCores>(&chip)) {
    AppendLayout(problem, VectorRegistersOf(*cpu), speed.reached(), note);
  } else if (on_lanes) {
    return note;
  } else if (const auto* engines = std::get_if<silicon::MatrixVectorEngines>(&chip)) {
    AppendLayout(problem, MatrixUnitsOf(*engines), speed.reached(), note);
  } else if (const auto* dataflow = std::get_if<silicon::DataflowCores>(&chip)) {
    absl::StrAppendFormat(&note, "; %.6g FLOP as %.0f cores keep equal shares of one operand",
                          SpreadFlop(problem, dataflow->cores.value).value(), dataflow->cores.value);
  } else if (const auto* arrays = std::get_if<silicon::SystolicArrays>(&chip)) {
    AppendCycles(problem, arrays->arrays.value, arrays->side.value, note);
  } else if (const auto* cores = std::get_if<silicon::NeuronCores>(&chip)) {
    AppendCycles(problem, cores->cores.value, cores->side.value, note);
  }
  return note;
}

// Takes apart what EstimateOperator put together.
class Explainer {
 public:
  Explainer(const ops::Work& work, const silicon::OperatorSupport& support, const SiliconClass& silicon,
            const Stack& stack, const OperatorOptions& options, const OperatorEstimate& estimate)
      : work_(work),
        placed_(PlacedWork(work, support.support)),
        silicon_(silicon),
        stack_(stack),
        options_(options),
        estimate_(estimate),
        retained_(RetainedFigure(work, support, stack)),
        as_loop_(support.support == Support::kDecomposed && work.loop.has_value() && retained_ == nullptr),
        traffic_(TrafficOf(placed_, silicon, stack, as_loop_)),
        again_(ReadAgainOn(placed_.reread, silicon, stack)),
        rates_(RatesFor(placed_, silicon, options.allow_tf32)),
        attention_(LayoutOfAttention(placed_, rates_, silicon, stack)),
        products_(ProductsOf(placed_, rates_, silicon, stack, attention_).value_or(ProductTime())) {}

  Term Time() const {
    std::vector<Term> terms = {Floor(), Roofline()};
    if (as_loop_) terms.push_back(Serial());
    if (work_.transfer.has_value()) terms.push_back(Link());
    return Sum("device time", "s", std::move(terms));
  }

  Term Energy() const {
    std::vector<Term> terms;
    if (rates_.matrix != nullptr) terms.push_back(EnergyOf("matrix", products_.flop, *rates_.matrix));
    if (rates_.moved != nullptr) terms.push_back(EnergyOf("products on vector units", products_.flop, *rates_.moved));
    if (rates_.vector != nullptr) terms.push_back(EnergyOf("vector", VectorWork(placed_, silicon_), *rates_.vector));
    if (silicon_.memory.has_value()) {
      terms.push_back(Product("memory", "J",
                              {TrafficTerm(traffic_.through_memory, again_.from_memory),
                               Constant(silicon_.memory->joule_per_byte, "J/B")}));
      if (products_.moved > Bytes()) {
        terms.push_back(Product(
            "memory between kernels", "J",
            {Leaf("there and back", products_.moved.value(), "B"), Constant(silicon_.memory->joule_per_byte, "J/B")}));
      }
    }
    return Sum("dynamic energy", "J", std::move(terms));
  }

 private:
  Term Floor() const {
    return Product(
        "launch", "s",
        {Leaf("kernels", (as_loop_ ? 1 : KernelsOn(work_, silicon_, stack_)) + products_.more_kernels, "count"),
         Constant(stack_.operator_floor_s, "s")});
  }

  Term Together() const {
    std::vector<Term> units;
    if (rates_.matrix != nullptr) units.push_back(Matrix());
    if (Term vector = Vector(); !vector.terms.empty()) units.push_back(std::move(vector));
    if (estimate_.overlap == Overlap::kChained) units = {Sum("one after the other", "s", std::move(units))};
    if (silicon_.memory.has_value()) units.push_back(Memory());
    if (estimate_.overlap == Overlap::kFull) {
      return Combined("longest of the units", "s", TermOperation::kMax, std::move(units));
    }
    const bool tiled = estimate_.overlap == Overlap::kTiled;
    return Combined("units together", "s", tiled ? TermOperation::kRootSumCube : TermOperation::kRootSumSquare,
                    std::move(units));
  }

  Term Roofline() const {
    Term together = Together();
    if (retained_ == nullptr) return together;
    return Product("decomposed", "s", {std::move(together), Divisor(Constant(*retained_, "ratio"))},
                   "native time over the share of speed that is kept");
  }

  // A product that took `time`, with what padding and tiles add to it, at a rate.
  Term PaddedProduct(const char* name, Seconds time, bool on_lanes, const ComputeRate& rate,
                     const std::optional<Figure>& efficiency) const {
    const UnitSpeed speed = on_lanes ? SpeedOf(rate, efficiency, stack_) : MatrixSpeedOf(rate, silicon_, stack_);
    const Flop padded = time * options_.devices * speed.reached();
    std::vector<Term> factors = {
        Leaf("padded product", padded.value(), "FLOP", LayoutNote(silicon_.chip, placed_, on_lanes, speed, attention_)),
        Divisor(Constant(rate.flop_per_s, "FLOP/s"))};
    if (efficiency.has_value()) factors.push_back(Divisor(Constant(*efficiency, "ratio")));
    AddDevices(options_.devices, factors);
    return Product(name, "s", std::move(factors));
  }

  Term Matrix() const {
    return PaddedProduct("matrix", estimate_.matrix, false, *rates_.matrix, silicon_.matrix_efficiency);
  }

  // Softmax of fused attention, tiles filled up.
  Term Softmax() const {
    const UnitSpeed speed = SpeedOf(*rates_.vector, silicon_.vector_efficiency, stack_);
    const Flop padded = attention_->softmax * speed.reached();
    return OnVectorUnits("softmax", padded, *rates_.vector);
  }

  Term Addressing() const {
    return Leaf("places of elements", estimate_.addressing.value(), "s",
                absl::StrFormat("%.6g elements, found one by one", work_.addressed));
  }

  Term OnVectorUnits(const char* name, Flop flop, const ComputeRate& rate) const {
    std::vector<Term> factors = {Leaf("work", flop.value(), "FLOP"), Divisor(Constant(rate.flop_per_s, "FLOP/s"))};
    if (silicon_.vector_efficiency.has_value())
      factors.push_back(Divisor(Constant(*silicon_.vector_efficiency, "ratio")));
    AddDevices(options_.devices, factors);
    return Product(name, "s", std::move(factors));
  }

  Term Vector() const {
    std::vector<Term> parts;
    if (rates_.vector != nullptr) {
      parts.push_back(attention_.has_value()
                          ? Softmax()
                          : OnVectorUnits("vector work", LaneWork(placed_, silicon_), *rates_.vector));
    }
    if (rates_.moved != nullptr) {
      const Seconds rest = estimate_.vector - Seconds::Of(parts.empty() ? 0 : parts.front().value);
      parts.insert(parts.begin(), PaddedProduct("products, for want of a matrix rate", rest, true, *rates_.moved,
                                                silicon_.vector_efficiency));
    }
    if (estimate_.addressing > Seconds()) parts.push_back(Addressing());
    if (estimate_.waiting > Seconds()) {
      parts.push_back(Leaf("waiting of blocks", estimate_.waiting.value(), "s", "for what they load, turn by turn"));
    }
    return Sum("vector", "s", std::move(parts));
  }

  // `bytes` in all, of which `again` are of what is read again.
  Term TrafficTerm(Bytes bytes, Bytes again) const {
    const Bytes once = placed_.read + placed_.written;
    if (bytes > once + again) {
      return Leaf("traffic", bytes.value(), "B",
                  "a loop of primitives whose state does not fit the chip: three elements an operation");
    }
    std::string note = absl::StrFormat("%.6g read, %.6g written", placed_.read.value(), placed_.written.value());
    if (placed_.reread.bytes > Bytes()) {
      absl::StrAppendFormat(&note, "; of %.6g read again in rows of %.6g %.6g count", placed_.reread.bytes.value(),
                            placed_.reread.row.value(), again.value());
    }
    return Leaf("traffic", bytes.value(), "B", std::move(note));
  }

  Term Memory() const {
    std::vector<Term> factors = {TrafficTerm(traffic_.in_time, again_.in_time),
                                 Divisor(Constant(silicon_.memory->bandwidth_bytes_per_s, "B/s")),
                                 Divisor(Constant(silicon_.memory->efficiency, "ratio"))};
    AddDevices(options_.devices, factors);
    return Product("memory", "s", std::move(factors));
  }

  Term Serial() const {
    Term operators =
        Product("operators of a turn", "s",
                {Leaf("operators", work_.loop->operators_per_step, "count"), Constant(stack_.operator_floor_s, "s")});
    Term turn = Sum("one turn", "s", {std::move(operators), Constant(stack_.loop_turn_s, "s")});
    return Product("serial", "s",
                   {Leaf("steps", static_cast<double>(work_.loop->steps), "count", "each waits for the one before"),
                    std::move(turn)});
  }

  Term Link() const {
    const silicon::Link& link = *silicon_.link;
    const LinkEstimate estimate = TransferTime(*work_.transfer, silicon_).value_or(LinkEstimate());
    std::vector<Term> moving = {
        Leaf("sent by each device", estimate.sent.value(), "B",
             absl::StrFormat("%.6g B among %d ranks, %s", work_.transfer->bytes.value(), work_.transfer->ranks,
                             estimate.in_switch ? "reduced by the switches" : "in rings")),
        Divisor(Constant(link.bytes_per_s, "B/s"))};
    if (estimate.efficiency < 1) moving.push_back(Divisor(Leaf("link efficiency", estimate.efficiency, "ratio")));
    std::vector<Term> terms = {Product("moving", "s", std::move(moving)), LinkWaiting(link, estimate)};
    if (estimate.within > Seconds()) {
      terms.push_back(Leaf("moved within a device", estimate.within.value(), "s",
                           absl::StrFormat("%.6g B, at four times the bandwidth", estimate.bytes.value())));
    }
    if (estimate.filling > Seconds()) {
      terms.push_back(Leaf("filling", estimate.filling.value(), "s",
                           "the root of further messages times moving: bytes go in pieces"));
    }
    return Sum("link", "s", std::move(terms));
  }

  Term LinkWaiting(const silicon::Link& link, const LinkEstimate& estimate) const {
    if (!estimate.in_switch && (!link.hop_s.has_value() || estimate.hops < 1)) {
      return Product("waiting", "s",
                     {Leaf("messages in a row", estimate.hops, "count"), Constant(link.latency_s, "s")});
    }
    Term polling = Leaf("polling at this clock", PollingRatio(silicon_), "ratio", "of that at 1.83 GHz");
    if (estimate.in_switch) {
      return Product("waiting", "s", {std::move(polling), Leaf("start in the switches", SwitchStart().value(), "s")});
    }
    Term further = Product("further messages", "s",
                           {Leaf("messages after the first", estimate.hops - 1, "count"), Constant(*link.hop_s, "s")});
    Term messages = Sum("messages", "s", {Constant(link.latency_s, "s"), std::move(further)});
    return Product("waiting", "s", {std::move(polling), std::move(messages)});
  }

  static Term EnergyOf(const char* name, Flop flop, const ComputeRate& rate) {
    return Product(name, "J", {Leaf("work", flop.value(), "FLOP"), Constant(rate.joule_per_flop, "J/FLOP")});
  }

  const ops::Work& work_;
  const ops::Work placed_;
  const SiliconClass& silicon_;
  const Stack& stack_;
  const OperatorOptions& options_;
  const OperatorEstimate& estimate_;
  const Figure* const retained_;
  const bool as_loop_;
  const Traffic traffic_;
  const ReadAgain again_;
  const Rates rates_;
  const std::optional<AttentionLayout> attention_;
  const ProductTime products_;
};

absl::StatusOr<Explanation> ExplainOnHost(const ops::Work& work, const SiliconClass& silicon,
                                          const OperatorOptions& options) {
  const silicon::OperatorSupport native = {.support = Support::kNative};
  absl::StatusOr<Explanation> there =
      ExplainOperator(work, native, *options.host, options.host->stacks.front(), {.allow_tf32 = options.allow_tf32});
  if (!there.ok()) return there.status();
  there->time.name = absl::StrCat("on the host, ", options.host->id);
  Term copies = Product(
      "copies to the host and back", "s",
      {Leaf("traffic", (work.read + work.written).value(), "B"), Divisor(Constant(silicon.host->bytes_per_s, "B/s"))});
  Term waits = Product("waiting for each other", "s", {Leaf("times", 2, "count"), Constant(silicon.host->sync_s, "s")});
  Explanation explanation;
  explanation.time = Sum("device time", "s", {std::move(there->time), std::move(copies), std::move(waits)});
  explanation.time.note = "the device waits at idle power";
  explanation.energy = Sum("dynamic energy", "J", {});
  explanation.energy.note = "the device waits; the host's power is in its share";
  return explanation;
}

}  // namespace

double Evaluate(const Term& term) {
  switch (term.operation) {
    case TermOperation::kSum: {
      double sum = 0;
      for (const Term& below : term.terms) sum += Evaluate(below);
      return sum;
    }
    case TermOperation::kMax: {
      double largest = 0;
      for (const Term& below : term.terms) largest = std::max(largest, Evaluate(below));
      return largest;
    }
    case TermOperation::kRootSumSquare: {
      double sum = 0;
      for (const Term& below : term.terms) sum += Evaluate(below) * Evaluate(below);
      return std::sqrt(sum);
    }
    case TermOperation::kRootSumCube: {
      double sum = 0;
      for (const Term& below : term.terms) sum += std::pow(Evaluate(below), 3);
      return std::cbrt(sum);
    }
    case TermOperation::kProduct: {
      double product = 1;
      for (const Term& below : term.terms)
        product = below.divides ? product / Evaluate(below) : product * Evaluate(below);
      return product;
    }
    default:
      return term.value;
  }
}

absl::StatusOr<Explanation> ExplainOperator(const ops::Work& work, const silicon::OperatorSupport& support,
                                            const SiliconClass& silicon, const Stack& stack,
                                            const OperatorOptions& options) {
  const absl::StatusOr<OperatorEstimate> estimate = EstimateOperator(work, support, silicon, stack, options);
  if (!estimate.ok()) return estimate.status();
  if (support.support == Support::kHostFallback) return ExplainOnHost(work, silicon, options);
  const Explainer explainer(work, support, silicon, stack, options, *estimate);
  return Explanation{.time = explainer.Time(), .energy = explainer.Energy()};
}

}  // namespace sandglass::models
