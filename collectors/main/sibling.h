// Another program that lies beside this one.
#ifndef SANDGLASS_COLLECTORS_MAIN_SIBLING_H_
#define SANDGLASS_COLLECTORS_MAIN_SIBLING_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace sandglass::collectors {

// Where the program `name` of this program's folder is, or should be. Errors: the system does not say where this one
// is.
absl::StatusOr<std::string> SiblingPath(const std::string& name);

// Becomes that program, with these arguments. Returns only where that fails: the system's error, with what to do.
absl::Status BecomeProgram(const std::string& path, const std::vector<std::string>& arguments);

}  // namespace sandglass::collectors

#endif  // SANDGLASS_COLLECTORS_MAIN_SIBLING_H_
