// Estimates of economics as messages: value, range, unit and ground, rounded so that the last digits, in which
// mathematical libraries differ, do not show.
//
// Pure; safe from any thread.
#ifndef SANDGLASS_ANALYZER_REPORT_ECONOMICS_ESTIMATES_H_
#define SANDGLASS_ANALYZER_REPORT_ECONOMICS_ESTIMATES_H_

#include <string>

#include "absl/strings/string_view.h"
#include "analyzer/economics/lock_in/shift_inputs.h"
#include "analyzer/economics/move_cost.h"
#include "analyzer/economics/scenario.h"
#include "proto/report.pb.h"

namespace sandglass::report {

// To six significant digits; what is not finite stays.
double Rounded(double value);

// A number without a range.
v1::Estimate PlainEstimate(double value, absl::string_view unit, v1::EstimateProvenance provenance);

// The same number with its value and ends rounded.
v1::Estimate WithRoundedEnds(v1::Estimate estimate);

// Median with 5th and 95th percentile of a simulation over assumptions.
v1::Estimate SpreadEstimate(const economics::Spread& spread, absl::string_view unit,
                            absl::string_view assumptions_path);

// An input with its 5th and 95th percentile.
v1::Estimate InputEstimate(const economics::InputSpread& spread, absl::string_view unit);

// An assumption times `factor`.
v1::Estimate AssumptionEstimate(const economics::Assumption& assumption, absl::string_view unit, double factor = 1);

}  // namespace sandglass::report

#endif  // SANDGLASS_ANALYZER_REPORT_ECONOMICS_ESTIMATES_H_
