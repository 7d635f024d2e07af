// Writes a replay's schedule in Chrome's trace format, which Perfetto and chrome://tracing show.
//
// A process is a silicon class, its one thread the device; of several devices one is shown, for all do the same. A
// kernel is a complete event ("ph": "X") with time in microseconds from the beginning of the replay, its category the
// operator class. What the page cannot show by time stands in "otherData". Used by one thread at a time.
#ifndef SANDGLASS_ANALYZER_EXPORT_CHROME_TRACE_H_
#define SANDGLASS_ANALYZER_EXPORT_CHROME_TRACE_H_

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "proto/profile_report.pb.h"

namespace sandglass::chrome_trace {

// Takes pieces of the file, in order.
using Write = std::function<absl::Status(absl::string_view)>;

class ChromeTraceWriter {
 public:
  explicit ChromeTraceWriter(Write write) : write_(std::move(write)) {}

  // The next part of the schedule; the first one brings what is said of the whole. Errors: those of `write`.
  absl::Status Add(const v1::ScheduleReport& part);

  // Ends the file.
  absl::Status Finish();

 private:
  Write write_;
  bool begun_ = false;
};

}  // namespace sandglass::chrome_trace

#endif  // SANDGLASS_ANALYZER_EXPORT_CHROME_TRACE_H_
