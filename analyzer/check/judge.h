// A policy's rules on what was measured of a batch.
//
// Pure; equal inputs give equal reports. Safe from any thread.
#ifndef SANDGLASS_ANALYZER_CHECK_JUDGE_H_
#define SANDGLASS_ANALYZER_CHECK_JUDGE_H_

#include "absl/status/status.h"
#include "analyzer/check/measure.h"
#include "proto/check_report.pb.h"
#include "proto/policy.pb.h"

namespace sandglass::check {

// Adds a trace to the batch: its figures; a finding where less is known of it than the policy's floor asks; and, with
// `strict`, one where something of it or its file was lost. Errors: InvalidArgument where another trace of the batch
// has its name, for findings and baselines tell traces apart by it.
absl::Status AddTrace(const Measured& measured, const v1::Policy& policy, bool strict, bool file_incomplete,
                      v1::CheckReport& report);

// What changes are judged by.
struct Baseline {
  // nullptr: there is none.
  const v1::CheckReport* report = nullptr;
  // Whether a change that it cannot judge makes the check incomplete, rather than the rule skipped.
  bool required = false;
};

// Holds each rule against each trace and class that it names, and sets the outcome: the worst of all findings, those of
// AddTrace included. A slip would let everything pass, so a pattern that fits no trace, and a trace that counts in
// another unit than the rule, are findings: the check is incomplete.
//
// What the limit is about may not exist. No price, and no way to run the work, break the rule: they are not zero. Where
// too little of the trace is known to say, the check is incomplete. A change is not judged without a baseline, or where
// the baseline does not know the trace or the class, or counts in another unit: the rule is skipped and says so.
void Judge(const v1::Policy& policy, const ClassIds& ids, const Baseline& baseline, v1::CheckReport& report);

// The exit code: 0 passed, warned or skipped, 2 failed, 3 incomplete.
int ExitCodeOf(v1::CheckOutcome outcome);

}  // namespace sandglass::check

#endif  // SANDGLASS_ANALYZER_CHECK_JUDGE_H_
