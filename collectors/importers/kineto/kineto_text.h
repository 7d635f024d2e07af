// Kineto files for tests, put together event by event.
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_KINETO_KINETO_TEXT_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_KINETO_KINETO_TEXT_H_

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"

namespace sandglass::collectors::kineto {

// One event, in the writer's layout. `arguments` are JSON members.
inline std::string KinetoEvent(absl::string_view category, absl::string_view name, absl::string_view start_us,
                               absl::string_view duration_us, absl::string_view arguments = "",
                               absl::string_view thread = "11") {
  return absl::StrCat("  {\n    \"ph\": \"X\", \"cat\": \"", category, "\", \"name\": \"", name,
                      "\", \"pid\": 10, \"tid\": ", thread, ",\n    \"ts\": ", start_us, ", \"dur\": ", duration_us,
                      ",\n    \"args\": {\n      ", arguments, "\n    }\n  }");
}

// A file of those events; `members` are JSON members before them, each with a comma behind.
inline std::string KinetoFile(const std::vector<std::string>& events, absl::string_view members = "") {
  return absl::StrCat("{\n  ", members, "\n  \"traceEvents\": [\n", absl::StrJoin(events, ",\n"), "\n  ]\n}\n");
}

}  // namespace sandglass::collectors::kineto

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_KINETO_KINETO_TEXT_H_
