// Databases for tests, with the tables of Nsight Systems.
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_NSIGHT_NSIGHT_DATABASE_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_NSIGHT_NSIGHT_DATABASE_H_

#include <string>

namespace sandglass::collectors::nsight {

// The tables, as the exporter's manual describes them, without rows.
extern const char kSchema[];

// Two nested ranges, of which the inner one launches a kernel, a copy and a fill on an H100.
extern const char kStep[];

// The file of a database on which these statements were run. Ends the process, with SQLite's words, if they fail.
std::string MakeDatabase(const std::string& statements);

}  // namespace sandglass::collectors::nsight

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_NSIGHT_NSIGHT_DATABASE_H_
