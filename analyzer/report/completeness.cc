#include "analyzer/report/completeness.h"

#include "analyzer/report/messages.h"

namespace sandglass::report {

std::string WhyIncomplete(const v1::ReplayReport& report, const v1::ReplayOptions& options, bool strict,
                          bool file_incomplete) {
  for (const v1::ClassReplay& row : report.classes()) {
    std::string below = BelowFloor(LeastKnownShare(row.coverage()), options);
    if (!below.empty()) return below;
  }
  const v1::Completeness& completeness = report.completeness();
  if (strict && (completeness.dropped_operators() > 0 || completeness.truncated() || completeness.writer_cap_hit() ||
                 !completeness.rejected().empty())) {
    return "operators were dropped or rejected on the way: record it again, or leave --strict out";
  }
  if (strict && file_incomplete) {
    return "something of the file was lost or is missing: `sandglass-collect import` says what; or leave --strict out";
  }
  return "";
}

}  // namespace sandglass::report
