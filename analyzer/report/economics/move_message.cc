#include "analyzer/report/economics/move_message.h"

#include <string>

#include "analyzer/ops/op_class.h"
#include "analyzer/report/economics/estimates.h"

namespace sandglass::report {
namespace {

constexpr char kAssumptions[] = "migration";

v1::Estimate Dollars(const economics::Spread& spread) { return SpreadEstimate(spread, "USD", kAssumptions); }

}  // namespace

v1::KernelToWrite KernelMessage(const economics::MissingKernel& kernel, const silicon::Stack& stack,
                                const economics::MigrationAssumptions& assumptions) {
  v1::KernelToWrite message;
  message.set_op_class(std::string(ops::OpClassName(kernel.op_class)));
  for (const std::string& trace : kernel.traces) message.add_traces(trace);
  for (const std::string& name : kernel.names) message.add_names(name);
  message.set_support(static_cast<v1::Support>(kernel.support));
  message.set_language(stack.kernel_language);
  *message.mutable_kloc() =
      AssumptionEstimate(economics::KlocOf(assumptions, economics::FamilyOf(kernel.op_class)), "KLOC");
  return message;
}

void AddMove(const economics::Move& move, const std::optional<economics::MoveCost>& cost,
             v1::MigrationReport& message) {
  *message.mutable_annual_from() = PlainEstimate(move.annual_from_usd, "USD/year", v1::ESTIMATE_PROVENANCE_ASSUMED);
  *message.mutable_avoidable_from() =
      PlainEstimate(move.annual_from_usd * move.avoidable_share, "USD/year", v1::ESTIMATE_PROVENANCE_ASSUMED);
  *message.mutable_annual_to() = PlainEstimate(move.annual_to_usd, "USD/year", v1::ESTIMATE_PROVENANCE_ASSUMED);
  if (!cost.has_value()) return;
  *message.mutable_person_months() = SpreadEstimate(cost->person_months, "person-month", kAssumptions);
  *message.mutable_person_months_cocomo() = SpreadEstimate(cost->person_months_cocomo, "person-month", kAssumptions);
  *message.mutable_labour() = Dollars(cost->labour);
  *message.mutable_revalidation() = Dollars(cost->revalidation);
  *message.mutable_dual_running() = Dollars(cost->dual_running);
  *message.mutable_downtime() = Dollars(cost->downtime);
  *message.mutable_resale() = Dollars(cost->resale);
  *message.mutable_book_value() = Dollars(cost->book_value);
  *message.mutable_functional_lag_days() = SpreadEstimate(cost->functional_lag_days, "day", kAssumptions);
  *message.mutable_performance_lag_days() = SpreadEstimate(cost->performance_lag_days, "day", kAssumptions);
  if (cost->lag_waste.has_value()) *message.mutable_lag_waste() = Dollars(*cost->lag_waste);
  *message.mutable_go_forward() = Dollars(cost->go_forward);
  *message.mutable_accounting() = Dollars(cost->accounting);
  if (cost->payback_years.has_value()) {
    *message.mutable_payback_years() = SpreadEstimate(*cost->payback_years, "year", kAssumptions);
  }
  if (cost->accounting_payback_years.has_value()) {
    *message.mutable_accounting_payback_years() = SpreadEstimate(*cost->accounting_payback_years, "year", kAssumptions);
  }
}

}  // namespace sandglass::report
