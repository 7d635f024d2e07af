// Profiles of ONNX Runtime for tests, put together event by event.
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_ONNXRUNTIME_PROFILE_TEXT_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_ONNXRUNTIME_PROFILE_TEXT_H_

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"

namespace sandglass::collectors::onnxruntime {

// One event, in the writer's layout. `arguments` are JSON members.
inline std::string ProfileEvent(absl::string_view category, absl::string_view name, int start_us, int duration_us,
                                absl::string_view arguments = "", int thread = 11) {
  return absl::StrCat("{\"cat\" : \"", category, "\",\"pid\" :10,\"tid\" :", thread, ",\"dur\" :", duration_us,
                      ",\"ts\" :", start_us, ",\"ph\" : \"X\",\"name\" :\"", name, "\",\"args\" : {", arguments, "}}");
}

// A run of the session.
inline std::string ProfileRun(int start_us, int duration_us, int thread = 11) {
  return ProfileEvent("Session", "model_run", start_us, duration_us, "", thread);
}

// A node that the host ran. `more` are JSON members, each with a comma before it.
inline std::string ProfileNode(absl::string_view op_name, int start_us, int duration_us, absl::string_view more = "",
                               int thread = 11) {
  return ProfileEvent("Node", "n_kernel_time", start_us, duration_us,
                      absl::StrCat("\"op_name\" : \"", op_name, "\",\"provider\" : \"CPUExecutionProvider\"", more),
                      thread);
}

inline std::string ProfileFile(const std::vector<std::string>& events) {
  return absl::StrCat("[\n", absl::StrJoin(events, ",\n"), "\n]\n");
}

}  // namespace sandglass::collectors::onnxruntime

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_ONNXRUNTIME_PROFILE_TEXT_H_
