// The reports that lie beside some shared traces: what another program says of the same run.
#ifndef SANDGLASS_TESTS_IMPORTS_PROFILER_REPORT_H_
#define SANDGLASS_TESTS_IMPORTS_PROFILER_REPORT_H_

#include <map>
#include <string>
#include <vector>

namespace sandglass::imports {

// Rows of a table in CSV, packed by gzip, as column → text. Empty, if there is no such file.
std::vector<std::map<std::string, std::string>> ReadReport(const std::string& path);

}  // namespace sandglass::imports

#endif  // SANDGLASS_TESTS_IMPORTS_PROFILER_REPORT_H_
