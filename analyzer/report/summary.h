// Several works side by side: which class is cheapest for each, and what the incumbent's best specialised class keeps
// of its advantage when the work changes.
//
// Advantage of a specialised class A over a general class G on one work: c_G / c_A, the ratio of their costs per unit
// of work (joules or dollars). Above 1, A is cheaper. What remains of it on another work:
//
//   [c_G / c_A](other work) ÷ [c_G / c_A](incumbent)
//
// Both are dimensionless, so tokens may stand beside time steps. Only rows that are supported and not launch-bound
// rank. Ranges of the four costs are taken as independent, so their widths add in quadrature on a logarithmic scale:
// for x/y with x in [x−, x+] and y in [y−, y+], the upper end lies exp(√(ln²(x+/x) + ln²(y/y−))) above the ratio. What
// two works have in common (a price, say) cancels in truth, so the ranges are rather too wide than too narrow.
//
// Pure; safe from any thread.
#ifndef SANDGLASS_ANALYZER_REPORT_SUMMARY_H_
#define SANDGLASS_ANALYZER_REPORT_SUMMARY_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "analyzer/economics/ranged.h"
#include "proto/report.pb.h"

namespace sandglass::report {

enum class Measure { kJoules, kDollars };

// A class and what a unit of work costs on it, in J or USD.
struct Best {
  std::string silicon_class;
  economics::Ranged cost;
  v1::EstimateProvenance provenance = v1::ESTIMATE_PROVENANCE_UNSPECIFIED;
};

// One work.
struct WorkSummary {
  // "transformer-7b (train, shapes only)"
  std::string title;
  // "token"
  std::string unit;
  // Classes that can do it, and those of them that are launch-bound.
  int supported = 0;
  int launch_bound = 0;
  int classes = 0;
  // Cheapest of those that rank; nullopt: none does.
  std::optional<Best> joules;
  std::optional<Best> dollars;
  // The precision policy of its rows.
  std::string precision;
};

// What is left of an advantage on another work.
struct Remainder {
  std::string title;
  // The share; nullopt: see `reason`.
  std::optional<economics::Ranged> share;
  // Why there is none: "specialised class: unsupported".
  std::string reason;
};

// The incumbent's best specialised class against its best general one, in one measure.
struct Advantage {
  Best specialised;
  Best general;
  // c_general / c_specialised
  economics::Ranged ratio;
  // For each of the other works.
  std::vector<Remainder> remainders;
};

struct Summary {
  // The first is the incumbent.
  std::vector<WorkSummary> works;
  // nullopt: the incumbent has no ranking row of one of the two kinds.
  std::optional<Advantage> joules;
  std::optional<Advantage> dollars;
};

// Requires at least one report.
Summary Summarize(absl::Span<const v1::ReplayReport> reports);

// The summary as text for a terminal.
std::string SummaryText(const Summary& summary);

}  // namespace sandglass::report

#endif  // SANDGLASS_ANALYZER_REPORT_SUMMARY_H_
