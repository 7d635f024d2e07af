// Single operators on one class, every term, as a table of plain text.
//
// Pure; safe from any thread. Names are sanitised; what is unknown is "?" or says so.
#ifndef SANDGLASS_ANALYZER_REPORT_EXPLAIN_TABLE_H_
#define SANDGLASS_ANALYZER_REPORT_EXPLAIN_TABLE_H_

#include <string>

#include "proto/analysis_service.pb.h"

namespace sandglass::report {

std::string ExplainText(const v1::ExplainResponse& response);

// One operator with every term down to the catalog's constants, as a tree; a '/' marks a divisor.
std::string ExplainTree(const v1::OperatorEstimate& op);

}  // namespace sandglass::report

#endif  // SANDGLASS_ANALYZER_REPORT_EXPLAIN_TABLE_H_
