// Tables of measurements that lie in a folder a system: aiconfigurator/<system>/<stack>_<version>_<table>.csv.gz.
#ifndef SANDGLASS_TESTS_ACCURACY_SYSTEM_TABLES_H_
#define SANDGLASS_TESTS_ACCURACY_SYSTEM_TABLES_H_

#include <map>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace sandglass::accuracy {

// The tables of all versions of a stack ("vllm") in each system's folder: their paths, newest first, by system.
std::map<std::string, std::vector<std::string>> TablesOf(const std::string& folder, absl::string_view stack,
                                                         absl::string_view table);

// The table of the newest version of a stack in each system's folder: its path, by system. With `column`, the newest
// that has such a column.
std::map<std::string, std::string> NewestTables(const std::string& folder, absl::string_view stack,
                                                absl::string_view table, absl::string_view column = "");

}  // namespace sandglass::accuracy

#endif  // SANDGLASS_TESTS_ACCURACY_SYSTEM_TABLES_H_
