// The catalog as tables of plain text.
//
// Pure; safe from any thread. Texts are sanitised.
#ifndef SANDGLASS_ANALYZER_REPORT_CATALOG_TABLE_H_
#define SANDGLASS_ANALYZER_REPORT_CATALOG_TABLE_H_

#include <string>

#include "proto/analysis_service.pb.h"
#include "proto/silicon.pb.h"

namespace sandglass::report {

// One line a class.
std::string CatalogList(const v1::ListSiliconResponse& catalog);

// Every figure of one class: value, range, unit, basis, confidence, source, and the notes.
std::string CatalogClass(const v1::SiliconClass& silicon);

// The figures in which two classes differ, with their ratio, b over a.
std::string CatalogDiff(const v1::SiliconClass& a, const v1::SiliconClass& b);

// Statements that people repeat, each with its verdict and the numbers beside it.
std::string ClaimsText(const v1::ListSiliconResponse& catalog);

}  // namespace sandglass::report

#endif  // SANDGLASS_ANALYZER_REPORT_CATALOG_TABLE_H_
