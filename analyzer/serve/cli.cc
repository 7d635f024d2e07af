#include "analyzer/serve/cli.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <utility>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "analyzer/analysis/engine.h"
#include "analyzer/analysis/remote.h"
#include "analyzer/report/calibration_protos.h"
#include "analyzer/serve/console.h"

namespace sandglass::serve {
namespace {

constexpr absl::Duration kConnectDeadline = absl::Seconds(5);

std::string FromEnvironment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// Prices are asked for as of today, in UTC.
std::string Today() { return absl::FormatTime("%Y-%m-%d", absl::Now(), absl::UTCTimeZone()); }

}  // namespace

absl::StatusOr<Globals> WithEnvironment(Globals globals) {
  if (!globals.store.empty() && !globals.server.empty()) {
    return absl::InvalidArgumentError("--store and --server exclude each other: give one of them");
  }
  if (globals.store.empty() && globals.server.empty()) {
    globals.store = FromEnvironment("SANDGLASS_STORE");
    globals.server = FromEnvironment("SANDGLASS_SERVER");
    if (!globals.store.empty() && !globals.server.empty()) {
      return absl::InvalidArgumentError(
          "SANDGLASS_STORE and SANDGLASS_SERVER are both set: unset one, or give --store or --server");
    }
  }
  if (!globals.store.empty()) globals.store = UserPath(globals.store);
  return globals;
}

absl::StatusOr<silicon::Catalog> LoadCatalog(const Globals& globals) {
  if (globals.catalog.empty()) return silicon::Catalog::Embedded();
  auto catalog = silicon::Catalog::WithOverlay(UserPath(globals.catalog));
  if (!catalog.ok()) return catalog.status();
  for (const std::string& name : catalog->shadowed()) {
    Tell(Level::kWarning, absl::StrCat(name, " of --catalog takes the place of the built-in one"));
  }
  return catalog;
}

absl::StatusOr<std::unique_ptr<Session>> Session::Open(const Globals& given) {
  const absl::StatusOr<Globals> globals = WithEnvironment(given);
  if (!globals.ok()) return globals.status();
  std::unique_ptr<Session> session(new Session());
  if (!globals->server.empty()) {
    if (!globals->catalog.empty()) {
      return absl::InvalidArgumentError(
          "--catalog has no effect on a server: start `sandglass serve` with it, or read the store with --store");
    }
    ClientSecurity security = WithEnvironment(globals->security);
    for (std::string* file :
         {&security.ca_file, &security.certificate_file, &security.key_file, &security.token_file}) {
      *file = UserPath(*file);
    }
    auto remote = analysis::Remote::Connect(globals->server, kConnectDeadline, security);
    if (!remote.ok()) return remote.status();
    session->analysis_ = *std::move(remote);
    return session;
  }
  if (globals->store.empty()) {
    return absl::InvalidArgumentError(
        "no traces to read: give --store DIR or --server HOST:PORT, or set SANDGLASS_STORE or SANDGLASS_SERVER");
  }
  auto catalog = LoadCatalog(*globals);
  if (!catalog.ok()) return catalog.status();
  session->catalog_ = std::make_unique<silicon::Catalog>(*std::move(catalog));
  storage::StoreOptions options;
  options.read_only = true;
  auto store = storage::TraceStore::Open(globals->store, options);
  if (!store.ok()) return store.status();
  session->store_ = *std::move(store);
  session->analysis_ =
      std::make_unique<analysis::Engine>(*session->store_, storage::kDefaultTenant, *session->catalog_);
  return session;
}

std::string UserPath(const std::string& path) {
  const std::string folder = FromEnvironment("BUILD_WORKING_DIRECTORY");
  if (path.empty() || path[0] == '/' || folder.empty()) return path;
  return absl::StrCat(folder, "/", path);
}

namespace {

absl::StatusOr<v1::Calibration> ReadCalibration(const std::string& path) {
  std::error_code failed;
  if (!std::filesystem::is_regular_file(path, failed)) {
    return absl::NotFoundError(absl::StrCat(path, ": is no file that can be read"));
  }
  std::ifstream file(path);
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (file.bad()) return absl::NotFoundError(absl::StrCat(path, ": is no file that can be read"));
  return report::ParseCalibration(text, path);
}

}  // namespace

void AddReplayOptions(CLI::App& command, v1::ReplayOptions& options) {
  static const std::map<std::string, v1::PrecisionPolicy> kPrecisions = {{"source", v1::PRECISION_POLICY_SOURCE},
                                                                         {"tf32", v1::PRECISION_POLICY_TF32},
                                                                         {"bf16", v1::PRECISION_POLICY_BF16},
                                                                         {"fp8", v1::PRECISION_POLICY_FP8}};
  static const std::map<std::string, v1::CostBasis> kBases = {{"owned", v1::COST_BASIS_OWNED},
                                                              {"rented", v1::COST_BASIS_RENTED}};
  const auto choice = [&command](const char* flag, const auto& words, auto set, const char* help) {
    std::vector<std::string> names;
    for (const auto& [name, number] : words) names.push_back(name);
    command
        .add_option_function<std::string>(
            flag, [&words, set](const std::string& word) { set(words.at(word)); }, help)
        ->check(CLI::IsMember(names));
  };
  choice(
      "--precision", kPrecisions, [&options](v1::PrecisionPolicy p) { options.set_precision(p); },
      "number formats, for all classes alike: source (default), tf32, bf16, fp8");
  static const std::map<std::string, v1::ReplayMode> kModes = {{"predict", v1::REPLAY_MODE_PREDICT},
                                                               {"scale", v1::REPLAY_MODE_SCALE}};
  choice(
      "--mode", kModes, [&options](v1::ReplayMode mode) { options.set_mode(mode); },
      "predict (default): from the work alone; scale: corrected by the times that the trace measured on its own class");
  choice(
      "--basis", kBases, [&options](v1::CostBasis b) { options.set_cost_basis(b); },
      "how money is counted: owned (default) or rented");
  static const std::map<std::string, v1::PriceBasis> kPrices = {
      {"on-demand", v1::PRICE_BASIS_ON_DEMAND}, {"reserved", v1::PRICE_BASIS_RESERVED},
      {"spot", v1::PRICE_BASIS_SPOT},           {"market", v1::PRICE_BASIS_RENTAL_MARKET},
      {"purchase", v1::PRICE_BASIS_PURCHASE},   {"own-cost", v1::PRICE_BASIS_OWN_COST}};
  choice(
      "--price", kPrices,
      [&options](v1::PriceBasis price) {
        options.set_price_basis(price);
        const bool owned = price == v1::PRICE_BASIS_PURCHASE || price == v1::PRICE_BASIS_OWN_COST;
        if (options.cost_basis() == v1::COST_BASIS_UNSPECIFIED) {
          options.set_cost_basis(owned ? v1::COST_BASIS_OWNED : v1::COST_BASIS_RENTED);
        }
      },
      "kind of price: on-demand, reserved, spot, market, purchase, own-cost");
  command
      .add_option_function<double>(
          "--power-cap", [&options](double watts) { options.set_power_cap_w(watts); },
          "most power that one device may draw; a class with a lower limit keeps its own")
      ->type_name("W");
  command
      .add_option_function<std::string>(
          "--calibration",
          [&options](const std::string& path) {
            absl::StatusOr<v1::Calibration> calibration = ReadCalibration(UserPath(path));
            if (!calibration.ok())
              throw CLI::ValidationError("--calibration", std::string(calibration.status().message()));
            *options.mutable_calibration() = *std::move(calibration);
          },
          "measured operators that times are calibrated by, as `sandglass calibrate --out` keeps them")
      ->type_name("FILE");
  options.set_price_date(Today());
  command
      .add_option("--price-date", *options.mutable_price_date(), "the day for which prices are wanted; older ones warn")
      ->type_name("YYYY-MM-DD")
      ->capture_default_str();
  command.add_option("--price-region", *options.mutable_price_region(), "only prices of regions with these words")
      ->type_name("WORDS");
  command
      .add_option("--stack", *options.mutable_stack(),
                  "software stack, such as torch-compile; default: each class's first")
      ->type_name("NAME");
  const auto number = [&command](const char* flag, const std::function<void(double)>& set, const char* help) {
    command.add_option_function<double>(
        flag, [set](const double& value) { set(value); }, help);
  };
  number(
      "--pue", [&options](double v) { options.set_pue(v); }, "facility power over IT power, 1 to 10");
  number(
      "--utilization", [&options](double v) { options.set_utilization(v); }, "share of hours in which devices work");
  number(
      "--goodput", [&options](double v) { options.set_goodput(v); }, "share of busy work that counts");
  number(
      "--electricity", [&options](double v) { options.set_electricity_usd_per_kwh(v); },
      "price of electricity in USD/kWh");
}

absl::Status Print(absl::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0) {
    return absl::UnavailableError("standard output cannot be written: is the disk full, or the reader gone?");
  }
  return absl::OkStatus();
}

}  // namespace sandglass::serve
