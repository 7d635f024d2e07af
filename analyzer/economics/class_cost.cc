#include "analyzer/economics/class_cost.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"

namespace sandglass::economics {
namespace {

using silicon::Figure;
using silicon::Price;
using silicon::PriceBasis;
using silicon::SiliconClass;

constexpr double kSecondsPerHour = 3600;
constexpr double kMonthsPerYear = 12;
// Floors and dispatch are named as grounds of a time only where they matter.
constexpr double kLaunchMatters = 0.02;

// Everything that a unit's cost depends on and that has a range.
struct Inputs {
  // Busy time of a unit.
  Seconds per_unit;
  // Dynamic energy of a unit, all devices.
  Joules dynamic;
  // Idle and host power, all devices.
  Watts standing;
  // Chip price or rent, one device.
  double price = 0;
};

Operation OperationOf(const EconomicDefaults& defaults, const CostOptions& options) {
  return {.pue = options.pue.value_or(defaults.pue.value),
          .utilization = options.utilization.value_or(defaults.utilization.value),
          .goodput = options.goodput.value_or(defaults.goodput.value),
          .electricity = Dollars::Of(options.electricity_usd_per_kwh.value_or(defaults.electricity_usd_per_kwh.value)) /
                         kKilowattHour};
}

Draw DrawOf(const Inputs& inputs) {
  return {.busy = inputs.standing + inputs.dynamic / inputs.per_unit, .idle = inputs.standing};
}

class Pricing {
 public:
  Pricing(const SiliconClass& silicon, int devices, const EconomicDefaults& defaults, const CostOptions& options)
      : silicon_(silicon),
        devices_(devices),
        defaults_(defaults),
        rented_(options.basis == CostBasis::kRented),
        operation_(OperationOf(defaults, options)) {}

  const Operation& operation() const { return operation_; }

  UnitCost Cost(const Inputs& inputs) const {
    if (rented_) {
      return RentedCost(DollarsPerSecond::Of(inputs.price / kSecondsPerHour) * devices_, inputs.per_unit, operation_);
    }
    const Dollars cluster = Purchase(inputs);
    const bool general = silicon_.generality == silicon::Generality::kGeneral;
    const double residual = general ? defaults_.residual_general.value : defaults_.residual_specialised.value;
    const double kilowatts = devices_ * (silicon_.power.limit_w.value + silicon_.power.host_share_w.value) / 1000;
    const Ownership ownership = {
        .purchase = cluster,
        .residual = cluster * residual,
        .life_years = defaults_.life_years.value,
        .discount_rate = defaults_.discount_rate.value,
        .hosting_per_year = Dollars::Of(kilowatts * defaults_.hosting_usd_per_kw_month.value * kMonthsPerYear),
        .operations_per_year = cluster * defaults_.operations.value};
    return OwnedCost(ownership, DrawOf(inputs), inputs.per_unit, operation_);
  }

  // Devices with servers and network; nothing where rented.
  Dollars Purchase(const Inputs& inputs) const {
    if (rented_) return Dollars();
    return Dollars::Of(inputs.price) * devices_ * defaults_.server_over_chip.value /
           (1 - defaults_.network_share.value);
  }

  Joules Energy(const Inputs& inputs) const { return EnergyPerUnit(DrawOf(inputs), inputs.per_unit, operation_); }

 private:
  const SiliconClass& silicon_;
  int devices_;
  const EconomicDefaults& defaults_;
  bool rented_;
  Operation operation_;
};

Ends EndsOf(const Figure& figure) {
  if (!(figure.value > 0)) return {};
  return EndsOf(Ranged{.value = figure.value, .low = figure.low, .high = figure.high});
}

// The widest of several.
Ends Widest(const std::vector<const Figure*>& figures) {
  Ends ends;
  for (const Figure* figure : figures) ends = Widest(ends, EndsOf(*figure));
  return ends;
}

// The effect of moving one input to its ends, as ratios of `output`.
template <typename Output>
Ends Effect(const Inputs& inputs, Ends ends, void (*scale)(Inputs&, double), const Output& output) {
  const double base = output(inputs);
  Inputs low = inputs;
  scale(low, ends.low);
  Inputs high = inputs;
  scale(high, ends.high);
  return {.low = std::min(1.0, output(low) / base), .high = std::max(1.0, output(high) / base)};
}

void ScaleTime(Inputs& inputs, double factor) { inputs.per_unit *= factor; }
void ScaleDynamic(Inputs& inputs, double factor) { inputs.dynamic *= factor; }
void ScaleStanding(Inputs& inputs, double factor) { inputs.standing *= factor; }
void ScalePrice(Inputs& inputs, double factor) { inputs.price *= factor; }

void AddFigure(const std::optional<Figure>& figure, std::vector<const Figure*>& figures) {
  if (figure.has_value()) figures.push_back(&*figure);
}

std::vector<const Figure*> TimeFigures(const replay::ClassReplay& replay, const SiliconClass& silicon) {
  std::vector<const Figure*> figures;
  if (const auto* machine = std::get_if<silicon::MdMachine>(&silicon.chip)) {
    for (const silicon::MdReference& reference : machine->references) {
      for (const Figure* figure : {&reference.nodes, &reference.atoms, &reference.rate, &reference.step_s}) {
        figures.push_back(figure);
      }
    }
    return figures;
  }
  for (const silicon::Format format : replay.matrix_formats) figures.push_back(&silicon.MatrixRate(format)->flop_per_s);
  for (const silicon::Format format : replay.vector_formats) figures.push_back(&silicon.VectorRate(format)->flop_per_s);
  if (!replay.matrix_formats.empty()) AddFigure(silicon.matrix_efficiency, figures);
  if (!replay.vector_formats.empty()) AddFigure(silicon.vector_efficiency, figures);
  if (silicon.memory.has_value()) {
    figures.push_back(&silicon.memory->bandwidth_bytes_per_s);
    figures.push_back(&silicon.memory->efficiency);
  }
  const silicon::Stack& stack = *replay.stack;
  if (replay.launch_idle_share > kLaunchMatters) {
    figures.push_back(&stack.dispatch_s);
    figures.push_back(&stack.operator_floor_s);
    AddFigure(stack.step_launch_s, figures);
  }
  if (replay.time.host > Seconds() && silicon.host.has_value()) {
    figures.push_back(&silicon.host->bytes_per_s);
    figures.push_back(&silicon.host->sync_s);
  }
  if (replay.time.serial > Seconds()) figures.push_back(&stack.loop_turn_s);
  if (replay.devices > 1 && silicon.link.has_value()) figures.push_back(&silicon.link->bytes_per_s);
  return figures;
}

std::vector<const Figure*> DynamicFigures(const replay::ClassReplay& replay, const SiliconClass& silicon) {
  std::vector<const Figure*> figures;
  for (const silicon::Format format : replay.matrix_formats) {
    figures.push_back(&silicon.MatrixRate(format)->joule_per_flop);
  }
  for (const silicon::Format format : replay.vector_formats) {
    figures.push_back(&silicon.VectorRate(format)->joule_per_flop);
  }
  if (silicon.memory.has_value() && replay.energy.memory > Joules()) {
    figures.push_back(&silicon.memory->joule_per_byte);
  }
  if (replay.time.power_stretch > Seconds() || figures.empty()) figures.push_back(&silicon.power.limit_w);
  return figures;
}

int BasisRank(PriceBasis basis) {
  static constexpr std::array<int, 7> kRanks = {9, 0, 2, 3, 1, 0, 1};
  return kRanks[static_cast<size_t>(basis)];
}

}  // namespace

const Price* FindPrice(const SiliconClass& silicon, const CostOptions& options) {
  const bool rented = options.basis == CostBasis::kRented;
  const auto fits = [&](const Price& price) {
    const bool owned = price.basis == PriceBasis::kPurchase || price.basis == PriceBasis::kOwnCost;
    if (options.price_basis.has_value() ? price.basis != *options.price_basis : rented == owned) return false;
    return absl::StrContains(absl::AsciiStrToLower(price.region), absl::AsciiStrToLower(options.price_region));
  };
  const auto younger = [&](const Price& price) {
    return !options.price_date.empty() && price.as_of.substr(0, options.price_date.size()) > options.price_date;
  };
  const auto rank = [&](const Price& price) {
    return std::tuple(younger(price), BasisRank(price.basis), price.usd.basis == silicon::Basis::kAssumed);
  };
  const Price* best = nullptr;
  for (const Price& price : silicon.prices) {
    if (!fits(price)) continue;
    const bool better =
        best == nullptr || rank(price) < rank(*best) || (rank(price) == rank(*best) && price.as_of > best->as_of);
    if (better) best = &price;
  }
  return best;
}

std::vector<std::string> PriceWarnings(const Price& price, const std::string& date) {
  std::vector<std::string> warnings;
  if (price.basis == PriceBasis::kOwnCost) {
    warnings.push_back("the price is what the chip costs its own maker, who does not sell it");
  }
  absl::CivilDay asked;
  absl::CivilDay known;
  // "2025" and "2025-03" stand for their first day.
  std::string whole = price.as_of;
  while (whole.size() < 10) whole += "-01";
  if (date.empty() || !absl::ParseCivilTime(date, &asked) || !absl::ParseCivilTime(whole, &known)) return warnings;
  if (const int64_t days = asked - known; days > kStaleDays) {
    warnings.push_back(absl::StrCat("stale price: of ", price.as_of, ", ", days, " days before ", date));
  } else if (days < 0) {
    warnings.push_back(absl::StrCat("the price is of ", price.as_of, ", after ", date));
  }
  return warnings;
}

// Of what its operators took, each kind by itself; the host's time and transfers that spread the work go along.
models::ErrorBand BandOf(const replay::ClassReplay& replay, const SiliconClass& silicon,
                         const models::ErrorPriors& priors) {
  std::vector<models::BandOfPart> parts;
  for (const auto& [kind, device] : replay.kinds) parts.push_back({device, &priors.For(silicon.chip, kind)});
  if (parts.empty()) return priors.For(silicon.chip, {.limit = replay.limit});
  return models::BandOfSum(parts);
}

ClassCost CostOf(const replay::ClassReplay& replay, const SiliconClass& silicon, double units,
                 const EconomicDefaults& defaults, const models::ErrorPriors& priors, const CostOptions& options) {
  const Pricing pricing(silicon, replay.devices, defaults, options);
  ClassCost cost;
  cost.band = BandOf(replay, silicon, priors);
  cost.price = FindPrice(silicon, options);

  const auto host_power = Watts::Of(silicon.power.host_share_w.value) * replay.devices;
  Inputs inputs;
  inputs.per_unit = replay.wall / units;
  // What stands is idle power at the stated clock; a busy device at a lower clock idles at less, and dynamic energy is
  // the rest of what it draws.
  const Watts idle_power = Watts::Of(silicon.power.idle_w.value) * replay.devices;
  inputs.dynamic = (replay.energy.total() - idle_power * replay.wall) / units;
  inputs.standing = idle_power + host_power;
  inputs.price = cost.price == nullptr ? 0 : cost.price->usd.value;

  cost.time_figures = TimeFigures(replay, silicon);
  const std::vector<const Figure*> dynamic = DynamicFigures(replay, silicon);
  cost.energy_figures = dynamic;
  cost.energy_figures.push_back(&silicon.power.idle_w);
  cost.energy_figures.push_back(&silicon.power.host_share_w);

  const Ends time = {.low = cost.band.low, .high = cost.band.high};
  cost.seconds = Around(inputs.per_unit.value(), time);
  cost.wall_seconds = Around(replay.wall.value(), time);

  const auto joules = [&](const Inputs& in) { return pricing.Energy(in).value(); };
  const Ends standing = Widest({&silicon.power.idle_w, &silicon.power.host_share_w});
  cost.joules = Around(joules(inputs), EndsOfProduct({Effect(inputs, time, ScaleTime, joules),
                                                      Effect(inputs, Widest(dynamic), ScaleDynamic, joules),
                                                      Effect(inputs, standing, ScaleStanding, joules)}));
  cost.units_per_year = UnitsPerYear(inputs.per_unit, pricing.operation());
  cost.busy_power = pricing.operation().pue * DrawOf(inputs).busy;
  cost.host = host_power * replay.wall;
  cost.facility = (pricing.operation().pue - 1) * (replay.energy.total() + cost.host);
  const Joules energy = replay.energy.total() + cost.host + cost.facility;
  cost.energy_joules = Around(energy.value(), EndsOf(cost.joules));

  if (cost.price == nullptr) {
    cost.warnings.push_back(absl::StrCat("no ", options.basis == CostBasis::kRented ? "rental" : "purchase",
                                         " price is known, so its cost is unknown"));
    return cost;
  }
  cost.warnings = PriceWarnings(*cost.price, options.price_date);
  cost.money_figures.push_back(&cost.price->usd);
  const auto dollars = [&](const Inputs& in) { return pricing.Cost(in).total().value(); };
  cost.usd_terms = pricing.Cost(inputs);
  cost.purchase = pricing.Purchase(inputs);
  cost.usd = Around(dollars(inputs), EndsOfProduct({Effect(inputs, time, ScaleTime, dollars),
                                                    Effect(inputs, Widest(dynamic), ScaleDynamic, dollars),
                                                    Effect(inputs, EndsOf(cost.price->usd), ScalePrice, dollars)}));
  return cost;
}

}  // namespace sandglass::economics
