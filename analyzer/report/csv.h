// Replay reports as CSV (RFC 4180, line feeds): one row a class, one header for any number of reports.
//
// An empty cell is unknown. Numbers are in SI units and US dollars per unit of work, with all their digits. Text cells
// are sanitised and cannot become formulas in a spreadsheet. Pure; safe from any thread.
#ifndef SANDGLASS_ANALYZER_REPORT_CSV_H_
#define SANDGLASS_ANALYZER_REPORT_CSV_H_

#include <string>

#include "proto/report.pb.h"

namespace sandglass::report {

// The header line.
std::string CsvHeader();

// The lines of one report.
std::string CsvRows(const v1::ReplayReport& report);

}  // namespace sandglass::report

#endif  // SANDGLASS_ANALYZER_REPORT_CSV_H_
