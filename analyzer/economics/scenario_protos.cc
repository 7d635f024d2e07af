#include "analyzer/economics/scenario_protos.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <cmath>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "analyzer/economics/embedded_scenarios.h"
#include "proto/text_proto.h"

namespace sandglass::economics {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr absl::string_view kSuffix = ".textproto";
constexpr absl::string_view kDefaultName = "default";
constexpr uint64_t kMostPaths = 100'000'000;

// Lays each field that `over` states over `base`'s.
void Lay(const Message& over, Message& base) {
  const auto* reflection = over.GetReflection();
  std::vector<const FieldDescriptor*> stated;
  reflection->ListFields(over, &stated);
  for (const FieldDescriptor* field : stated) {
    const bool message = field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && !field->is_repeated();
    if (message && field->message_type() != v1::Assumption::descriptor()) {
      Lay(reflection->GetMessage(over, field), *base.GetReflection()->MutableMessage(&base, field));
      continue;
    }
    base.GetReflection()->ClearField(&base, field);
    std::unique_ptr<Message> only(over.New());
    only->CopyFrom(over);
    for (const FieldDescriptor* other : stated) {
      if (other != field) reflection->ClearField(only.get(), other);
    }
    base.MergeFrom(*only);
  }
}

// What values an assumption may take: all of its spread lies between `low` and `high`; of one without an upper end, the
// mean does.
struct Bounds {
  double low = 0;
  double high = 1;
};

constexpr Bounds kShare = {.low = 0, .high = 1};
// What is divided by. No such amount is meant to be smaller, and quotients stay finite.
constexpr Bounds Above0(double high) { return {.low = 1e-9, .high = high}; }
constexpr Bounds From0(double high) { return {.low = 0, .high = high}; }

std::string BoundsText(const Bounds& bounds) {
  return absl::StrFormat("at least %g and at most %g", bounds.low, bounds.high);
}

class Reader {
 public:
  const absl::Status& status() const { return status_; }

  void Read(const v1::Assumption& message, absl::string_view path, absl::string_view unit, const Bounds& bounds,
            Assumption& result) {
    if (!status_.ok()) return;
    status_ = Check(message, path, unit, bounds, result);
  }

 private:
  static absl::Status Wrong(absl::string_view path, absl::string_view what) {
    return absl::InvalidArgumentError(absl::StrCat(path, what));
  }

  static absl::Status Within(absl::string_view path, double value, const Bounds& bounds) {
    if (value >= bounds.low && value <= bounds.high) return absl::OkStatus();
    return Wrong(path, absl::StrFormat(" is %g: it must be %s", value, BoundsText(bounds)));
  }

  static absl::Status Check(const v1::Assumption& message, absl::string_view path, absl::string_view unit,
                            const Bounds& bounds, Assumption& result) {
    if (message.unit() != unit) {
      return Wrong(path, absl::StrCat(".unit is \"", message.unit(), "\": it must be \"", unit, "\""));
    }
    if (message.source().empty()) return Wrong(path, ".source is empty: say where the number comes from");
    if (!v1::FigureBasis_IsValid(message.basis())) {
      return Wrong(path, absl::StrCat(".basis is ", message.basis(), ": it must be one of the schema"));
    }
    result.path = std::string(path);
    result.source = message.source();
    if (message.basis() != v1::FIGURE_BASIS_UNSPECIFIED) result.basis = static_cast<silicon::Basis>(message.basis());
    return CheckSpread(message, path, bounds, result.distribution);
  }

  static absl::Status CheckEnds(absl::string_view path, double low, double high, const Bounds& bounds) {
    if (absl::Status status = Within(absl::StrCat(path, ".low"), low, bounds); !status.ok()) return status;
    if (absl::Status status = Within(absl::StrCat(path, ".high"), high, bounds); !status.ok()) return status;
    if (low < high) return absl::OkStatus();
    return Wrong(path, absl::StrFormat(": low is %g and high is %g: low must be below high", low, high));
  }

  // A lognormal or gamma has no upper end, so it is held to its mean; as a share it has no place.
  static absl::Status CheckOpen(absl::string_view path, double mean, const Bounds& bounds) {
    if (bounds.high <= 1) return Wrong(path, " has no upper end: a share needs value, triangular or uniform");
    return Within(absl::StrCat("mean of ", path), mean, bounds);
  }

  static absl::Status CheckSpread(const v1::Assumption& message, absl::string_view path, const Bounds& bounds,
                                  Distribution& result) {
    switch (message.spread_case()) {
      case v1::Assumption::kValue:
        result = Distribution::Point(message.value());
        return Within(absl::StrCat(path, ".value"), message.value(), bounds);
      case v1::Assumption::kTriangular: {
        const v1::Triangular& t = message.triangular();
        const std::string at = absl::StrCat(path, ".triangular");
        if (absl::Status status = CheckEnds(at, t.low(), t.high(), bounds); !status.ok()) return status;
        if (!(t.low() <= t.mode() && t.mode() <= t.high())) {
          return Wrong(at, absl::StrFormat(".mode is %g: it must be from %g to %g", t.mode(), t.low(), t.high()));
        }
        result = Distribution::Triangular(t.low(), t.mode(), t.high());
        return absl::OkStatus();
      }
      case v1::Assumption::kUniform:
        result = Distribution::Uniform(message.uniform().low(), message.uniform().high());
        return CheckEnds(absl::StrCat(path, ".uniform"), message.uniform().low(), message.uniform().high(), bounds);
      case v1::Assumption::kLognormal: {
        const v1::Lognormal& l = message.lognormal();
        const std::string at = absl::StrCat(path, ".lognormal");
        if (!(l.median() > 0) || !(l.sigma() > 0) || !(l.sigma() <= 5)) {
          return Wrong(at, absl::StrFormat(" has the median %g and sigma %g: both must be above 0, sigma at most 5",
                                           l.median(), l.sigma()));
        }
        result = Distribution::Lognormal(l.median(), l.sigma());
        return CheckOpen(at, result.Mean(), bounds);
      }
      case v1::Assumption::kGamma: {
        const v1::Gamma& g = message.gamma();
        const std::string at = absl::StrCat(path, ".gamma");
        if (!(g.shape() > 0) || !(g.rate() > 0) || !(g.shape() <= 1e6) || !(g.rate() <= 1e9)) {
          return Wrong(at,
                       absl::StrFormat(
                           " has the shape %g and rate %g: both must be above 0, shape at most 1e6, rate at most 1e9",
                           g.shape(), g.rate()));
        }
        result = Distribution::Gamma(g.shape(), g.rate());
        return CheckOpen(at, result.Mean(), bounds);
      }
      case v1::Assumption::SPREAD_NOT_SET:
        break;
    }
    return Wrong(path, " has no value: give value, triangular, uniform, lognormal or gamma");
  }

  absl::Status status_;
};

void ReadMigration(const v1::MigrationAssumptions& m, Reader& reader, MigrationAssumptions& out) {
  const auto read = [&](const v1::Assumption& message, absl::string_view name, absl::string_view unit,
                        const Bounds& bounds, Assumption& result) {
    reader.Read(message, absl::StrCat("migration.", name), unit, bounds, result);
  };
  read(m.productivity(), "productivity", "LOC/week", Above0(1e5), out.productivity_loc_per_week);
  read(m.kloc_dense(), "kloc_dense", "KLOC", Above0(1e3), out.kloc_dense);
  read(m.kloc_attention(), "kloc_attention", "KLOC", Above0(1e3), out.kloc_attention);
  read(m.kloc_recurrence(), "kloc_recurrence", "KLOC", Above0(1e3), out.kloc_recurrence);
  read(m.kloc_model(), "kloc_model", "KLOC", Above0(1e3), out.kloc_model);
  read(m.person_month(), "person_month", "USD", From0(1e7), out.person_month_usd);
  read(m.dual_running(), "dual_running", "year", From0(20), out.dual_running_years);
  read(m.revalidation(), "revalidation", "ratio", From0(10), out.revalidation);
  read(m.downtime(), "downtime", "day", From0(3650), out.downtime_days);
  read(m.value_over_cost(), "value_over_cost", "ratio", From0(1e3), out.value_over_cost);
  read(m.functional_lag_same_vendor(), "functional_lag_same_vendor", "day", From0(3650),
       out.functional_lag_same_vendor_days);
  read(m.functional_lag(), "functional_lag", "day", From0(3650), out.functional_lag_days);
  read(m.performance_lag_general(), "performance_lag_general", "day", From0(3650), out.performance_lag_general_days);
  read(m.performance_lag_specialised(), "performance_lag_specialised", "day", From0(3650),
       out.performance_lag_specialised_days);
  read(m.age(), "age", "year", From0(50), out.age_years);
  read(m.book_life(), "book_life", "year", Above0(50), out.book_life_years);
  read(m.resale_general(), "resale_general", "ratio", kShare, out.resale_general);
  read(m.resale_specialised(), "resale_specialised", "ratio", kShare, out.resale_specialised);
}

void ReadLockIn(const v1::LockInAssumptions& l, Reader& reader, LockInAssumptions& out) {
  const auto read = [&](const v1::Assumption& message, absl::string_view name, absl::string_view unit,
                        const Bounds& bounds, Assumption& result) {
    reader.Read(message, absl::StrCat("lock_in.", name), unit, bounds, result);
  };
  read(l.hazard(), "hazard", "1/year", From0(100), out.hazard_per_year);
  read(l.horizon(), "horizon", "year", Above0(50), out.horizon_years);
  read(l.discount_rate(), "discount_rate", "1/year", From0(2), out.discount_rate_per_year);
  read(l.successor_share(), "successor_share", "ratio", kShare, out.successor_share);
  read(l.retained_general(), "retained_general", "ratio", Above0(100), out.retained_general);
  read(l.decomposed_retained(), "decomposed_retained", "ratio", Above0(1), out.decomposed_retained);
  read(l.lag_specialised(), "lag_specialised", "day", From0(3650), out.lag_specialised_days);
  read(l.lag_general(), "lag_general", "day", From0(3650), out.lag_general_days);
  read(l.entry(), "entry", "year", From0(50), out.entry_years);
  read(l.carried_share(), "carried_share", "ratio", kShare, out.carried_share);
  read(l.residual_specialised(), "residual_specialised", "ratio", kShare, out.residual_specialised);
  read(l.residual_specialised_after(), "residual_specialised_after", "ratio", kShare, out.residual_specialised_after);
  read(l.residual_general(), "residual_general", "ratio", kShare, out.residual_general);
  read(l.residual_general_after(), "residual_general_after", "ratio", kShare, out.residual_general_after);
  read(l.obsolescence(), "obsolescence", "1/year", From0(5), out.obsolescence_per_year);
  out.kernels_new = l.kernels() != v1::SUCCESSOR_KERNELS_AS_TODAY;
}

}  // namespace

std::vector<std::string> ScenarioNames() {
  std::vector<std::string> names;
  for (const auto& [file, text] : EmbeddedScenarios()) names.emplace_back(absl::StripSuffix(file, kSuffix));
  return names;
}

absl::StatusOr<std::string> BuiltInScenarioText(absl::string_view name) {
  for (const auto& [file, text] : EmbeddedScenarios()) {
    if (absl::StripSuffix(file, kSuffix) == name) return text;
  }
  return absl::NotFoundError(absl::StrCat("there is no scenario \"", name, "\": built in are ",
                                          absl::StrJoin(ScenarioNames(), ", "), "; or give a file"));
}

absl::StatusOr<v1::Scenario> BuiltInScenario(absl::string_view name) {
  const absl::StatusOr<std::string> text = BuiltInScenarioText(name);
  if (!text.ok()) return text.status();
  return ParseScenario(*text, absl::StrCat(name, kSuffix));
}

absl::StatusOr<v1::Scenario> ParseScenario(const std::string& text, absl::string_view file) {
  v1::Scenario scenario;
  if (absl::Status status = ParseTextProto(file, text, scenario); !status.ok()) return status;
  if (scenario.scenario_version() != 1) {
    return absl::InvalidArgumentError(absl::StrCat(file, ": scenario_version is ", scenario.scenario_version(),
                                                   ": this program reads version 1, so state `scenario_version: 1`"));
  }
  return scenario;
}

v1::Scenario LayOver(const v1::Scenario& base, const v1::Scenario& over) {
  v1::Scenario result = base;
  Lay(over, result);
  return result;
}

absl::StatusOr<v1::Scenario> WithDefaults(const v1::Scenario& scenario) {
  const absl::StatusOr<v1::Scenario> standard = BuiltInScenario(kDefaultName);
  if (!standard.ok()) return absl::InternalError(standard.status().message());
  v1::Scenario result = LayOver(*standard, scenario);
  if (result.scenario_version() != 1) {
    return absl::InvalidArgumentError(
        absl::StrCat("scenario_version is ", result.scenario_version(), ": this program reads version 1"));
  }
  return result;
}

v1::Assumption StatedValue(double value, absl::string_view unit, absl::string_view source) {
  v1::Assumption assumption;
  assumption.set_value(value);
  assumption.set_unit(std::string(unit));
  assumption.set_source(std::string(source));
  return assumption;
}

absl::StatusOr<Scenario> ReadScenario(const v1::Scenario& message) {
  Scenario result;
  Reader reader;
  reader.Read(message.budget(), "budget", "USD", Above0(1e15), result.budget_usd);
  if (message.has_equivalence()) {
    result.successor_units.emplace();
    reader.Read(message.equivalence().successor_units(), "equivalence.successor_units", "ratio", Above0(1e9),
                *result.successor_units);
  }
  reader.Read(message.carbon().grid(), "carbon.grid", "kg/kWh", From0(2), result.carbon.grid_kg_per_kwh);
  reader.Read(message.carbon().embodied(), "carbon.embodied", "kg", From0(1e6), result.carbon.embodied_kg);
  ReadMigration(message.migration(), reader, result.migration);
  ReadLockIn(message.lock_in(), reader, result.lock_in);
  const v1::StrandingAssumptions& stranding = message.stranding();
  reader.Read(stranding.it_share(), "stranding.it_share", "ratio", kShare, result.stranding.it_share);
  reader.Read(stranding.salvage_specialised(), "stranding.salvage_specialised", "ratio", kShare,
              result.stranding.salvage_specialised);
  reader.Read(stranding.salvage_general(), "stranding.salvage_general", "ratio", kShare,
              result.stranding.salvage_general);
  reader.Read(stranding.service_threshold(), "stranding.service_threshold", "ratio", kShare,
              result.stranding.service_threshold);
  const v1::PortfolioAssumptions& portfolio = message.portfolio();
  reader.Read(portfolio.tail_level(), "portfolio.tail_level", "ratio", Bounds{.low = 0, .high = 0.999},
              result.portfolio.tail_level);
  reader.Read(portfolio.tail_limit(), "portfolio.tail_limit", "ratio", Above0(1e3), result.portfolio.tail_limit);
  reader.Read(portfolio.service_floor(), "portfolio.service_floor", "ratio", kShare, result.portfolio.service_floor);
  if (!reader.status().ok()) return reader.status();
  if (message.paths() > kMostPaths) {
    return absl::InvalidArgumentError(absl::StrCat("paths is ", message.paths(), ": it must be at most ", kMostPaths));
  }
  if (message.paths() > 0) result.paths = message.paths();
  if (message.seed() > 0) result.seed = message.seed();
  return result;
}

}  // namespace sandglass::economics
