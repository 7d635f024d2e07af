// Answers about money as documents (result_document.h).
//
// Pure; safe from any thread.
#ifndef SANDGLASS_ANALYZER_REPORT_ECONOMICS_DOCUMENTS_H_
#define SANDGLASS_ANALYZER_REPORT_ECONOMICS_DOCUMENTS_H_

#include <string>

#include "analyzer/report/result_document.h"
#include "proto/economics_report.pb.h"
#include "proto/scenario.pb.h"

namespace sandglass::report {

ResultDocument CostDocument(const v1::CostReport& report);
ResultDocument MigrationDocument(const v1::MigrationReport& report);
ResultDocument LockInDocument(const v1::LockInReport& report);

// An assumption: its central value, range and source.
ResultRow AssumptionRow(const std::string& path, const v1::Assumption& assumption);

// Every assumption of a scenario.
ResultSection AssumptionsSection(const v1::Scenario& scenario);

}  // namespace sandglass::report

#endif  // SANDGLASS_ANALYZER_REPORT_ECONOMICS_DOCUMENTS_H_
