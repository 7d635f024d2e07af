// Reads the tables of a database of Nsight Systems.
//
// `nsys export --type sqlite` makes a table when it has a row for it: none of them must be there. Columns too come and
// go with its versions; what a column would say is then unknown. Names are numbers of rows of StringIds.
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_NSIGHT_TRACE_READER_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_NSIGHT_TRACE_READER_H_

#include <cstdint>
#include <functional>

#include "absl/status/statusor.h"
#include "collectors/importers/nsight/database.h"
#include "collectors/importers/nsight/trace.h"

namespace sandglass::collectors::nsight {

// Whether the database has any of the tables that are read.
bool HasTables(const Database& database);

// `progress` is told now and then how many rows were read; false stops with Cancelled. Errors: the database's. Rows
// that cannot be used are counted in Trace::problems.
absl::StatusOr<Trace> ReadTrace(Database& database, const std::function<bool(uint64_t rows)>& progress);

}  // namespace sandglass::collectors::nsight

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_NSIGHT_TRACE_READER_H_
