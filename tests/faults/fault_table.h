// The table of faults at the end of a test's log: number, what was done, what was seen.
//
// Numbers are those of FAULTS.md. Safe from any thread.
#ifndef SANDGLASS_TESTS_FAULTS_FAULT_TABLE_H_
#define SANDGLASS_TESTS_FAULTS_FAULT_TABLE_H_

#include <string>

namespace sandglass::faults {

// Adds a line. A test calls it after its checks, with what it measured; a line of a test that failed says so.
void Saw(int fault, const std::string& done, const std::string& seen);

}  // namespace sandglass::faults

#endif  // SANDGLASS_TESTS_FAULTS_FAULT_TABLE_H_
