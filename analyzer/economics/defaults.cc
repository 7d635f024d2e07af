#include "analyzer/economics/defaults.h"

#include <google/protobuf/text_format.h>

#include <cmath>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "analyzer/economics/embedded_defaults.h"
#include "proto/defaults.pb.h"

namespace sandglass::economics {
namespace {

// Units here are not converted: each field has one.
absl::Status Read(const v1::Figure& figure, absl::string_view field, absl::string_view unit, silicon::Figure& result) {
  if (figure.unit() != unit) {
    return absl::InvalidArgumentError(
        absl::StrCat("economics.", field, ".unit is \"", figure.unit(), "\": it must be \"", unit, "\""));
  }
  result = {.value = figure.value(),
            .low = figure.has_low() ? figure.low() : figure.value(),
            .high = figure.has_high() ? figure.high() : figure.value(),
            .basis = static_cast<silicon::Basis>(figure.basis()),
            .path = absl::StrCat("economics.", field),
            .source = absl::StrCat(figure.source().title(), ", ", figure.source().locator())};
  const bool ordered = result.low >= 0 && result.low <= result.value && result.value <= result.high;
  if (!ordered || !std::isfinite(result.high)) {
    return absl::InvalidArgumentError(
        absl::StrCat("economics.", field, ": need 0 <= low <= value <= high, all finite"));
  }
  if (figure.source().title().empty() || result.basis == silicon::Basis::kUnspecified) {
    return absl::InvalidArgumentError(absl::StrCat("economics.", field, ": needs a basis and a source"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<EconomicDefaults> ParseDefaults(const std::string& text) {
  v1::EconomicDefaults message;
  if (!google::protobuf::TextFormat::ParseFromString(text, &message)) {
    return absl::InvalidArgumentError("economic defaults are not a text proto of sandglass.v1.EconomicDefaults");
  }
  EconomicDefaults result;
  for (const absl::Status& status :
       {Read(message.server_over_chip(), "server_over_chip", "ratio", result.server_over_chip),
        Read(message.network_share(), "network_share", "ratio", result.network_share),
        Read(message.life_years(), "life_years", "count", result.life_years),
        Read(message.discount_rate(), "discount_rate", "ratio", result.discount_rate),
        Read(message.residual_general(), "residual_general", "ratio", result.residual_general),
        Read(message.residual_specialised(), "residual_specialised", "ratio", result.residual_specialised),
        Read(message.hosting(), "hosting", "USD/kW-month", result.hosting_usd_per_kw_month),
        Read(message.operations(), "operations", "ratio", result.operations),
        Read(message.pue(), "pue", "ratio", result.pue),
        Read(message.utilization(), "utilization", "ratio", result.utilization),
        Read(message.goodput(), "goodput", "ratio", result.goodput),
        Read(message.electricity(), "electricity", "USD/kWh", result.electricity_usd_per_kwh)}) {
    if (!status.ok()) return status;
  }
  if (!(result.network_share.high < 1) || !(result.life_years.low > 0) || !(result.pue.low >= 1) ||
      !(result.utilization.low > 0 && result.utilization.high <= 1) ||
      !(result.goodput.low > 0 && result.goodput.high <= 1)) {
    return absl::InvalidArgumentError(
        "economics: need network_share < 1, life_years > 0, pue >= 1, utilization and goodput in (0, 1]");
  }
  return result;
}

absl::StatusOr<EconomicDefaults> LoadDefaults() { return ParseDefaults(EmbeddedDefaults().front().second); }

}  // namespace sandglass::economics
