// What traces cost, as a FOCUS 1.2 Cost and Usage file: the FinOps Foundation's columns for bills.
//
// A row is a trace on a class on a basis. FOCUS knows charges; these are estimates of charges, and alternatives to each
// other, so sums over rows mean nothing but within one SubAccountId ("CLASS/owned"). How the columns are filled:
//
//   BilledCost        0: nobody is billed. EffectiveCost, ContractedCost, ListCost: the estimate, for all work of the
//                     trace; equal, for no discount is known.
//   PricingQuantity   hours of accelerators, devices times wall time; the unit prices are what such an hour costs, with
//                     host, energy and idle hours. ConsumedQuantity: the work.
//   ChargePeriod      the day that prices were asked for; BillingPeriod its month.
//   SkuId             the class; SkuPriceId with basis and region.
//   x_...             range, ground, price's date and source, trace.
//
// A class without a price on a basis has no row: 0 would say that it is free. Pure; safe from any thread.
#ifndef SANDGLASS_ANALYZER_REPORT_ECONOMICS_FOCUS_H_
#define SANDGLASS_ANALYZER_REPORT_ECONOMICS_FOCUS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "proto/economics_report.pb.h"

namespace sandglass::report {

struct FocusFile {
  std::string csv;
  // Classes that can do the work and have no price, by trace and basis: "demo/md on cerebras-wse3, rented".
  std::vector<std::string> unpriced;
};

// Errors: InvalidArgument, where the scenario names no day for its prices.
absl::StatusOr<FocusFile> FocusCsv(const v1::CostReport& report);

}  // namespace sandglass::report

#endif  // SANDGLASS_ANALYZER_REPORT_ECONOMICS_FOCUS_H_
