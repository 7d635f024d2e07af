#include "analyzer/report/messages.h"

#include "analyzer/models/estimate.h"

namespace sandglass::report {

absl::string_view UnitName(trace::WorkUnit unit) {
  switch (unit) {
    case trace::WorkUnit::kToken:
      return "token";
    case trace::WorkUnit::kSample:
      return "sample";
    case trace::WorkUnit::kStep:
      return "step";
    case trace::WorkUnit::kMdNanosecond:
      return "ns of MD";
    default:
      return "unit";
  }
}

bool LaunchBound(const replay::ClassReplay& replay) {
  constexpr double kShare = 0.5;
  // Machines for molecular dynamics state the fixed part of a step as a launch; it is their work.
  return replay.limit != models::Limit::kMdStep && replay.launch_idle_share > kShare;
}

v1::Price PriceMessage(const silicon::Price& price) {
  v1::Price message;
  message.set_basis(static_cast<v1::PriceBasis>(price.basis));
  message.set_region(price.region);
  message.set_as_of(price.as_of);
  v1::Figure& figure = *message.mutable_price();
  figure.set_value(price.usd.value);
  figure.set_low(price.usd.low);
  figure.set_high(price.usd.high);
  const bool owned = price.basis == silicon::PriceBasis::kPurchase || price.basis == silicon::PriceBasis::kOwnCost;
  figure.set_unit(owned ? "USD" : "USD/h");
  figure.set_basis(static_cast<v1::FigureBasis>(price.usd.basis));
  figure.mutable_source()->set_title(price.usd.source);
  return message;
}

v1::CostTerms CostTermsMessage(const economics::UnitCost& cost) {
  v1::CostTerms terms;
  terms.set_capital_usd(cost.capital.value());
  terms.set_hosting_usd(cost.hosting.value());
  terms.set_energy_usd(cost.energy.value());
  terms.set_operations_usd(cost.operations.value());
  terms.set_rent_usd(cost.rent.value());
  return terms;
}

}  // namespace sandglass::report
