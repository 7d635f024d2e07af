#include "collectors/importers/xplane/importer.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "collectors/importers/format/send_trace.h"
#include "collectors/importers/xplane/operators.h"
#include "collectors/importers/xplane/trace_reader.h"
#include "proto/plain_text.h"

namespace sandglass::collectors::xplane {
namespace {

// The tags of XSpace.planes, of a plane's number and of its name, which stand at the beginning in this order.
constexpr char kPlaneTag = '\x0A';
constexpr char kNumberTag = '\x08';
constexpr char kNameTag = '\x12';
constexpr size_t kMostVarintBytes = 10;
constexpr size_t kBytesToName = 64;
// Of what is said of one device.
constexpr size_t kMostPropertyBytes = 4096;
// Beginnings of planes' names.
constexpr absl::string_view kPlaneNames[] = {"/device:", "/host:", "Task Environment"};

void AddExtra(std::string key, std::string value, v1::TraceHeader& header) {
  v1::Extra& extra = *header.add_extras();
  extra.set_key(std::move(key));
  extra.set_value(std::move(value));
}

// Names of operators tell a backward pass, and only programs have them.
v1::Phase PhaseOf(const Operators& operators, const ImportOptions& options) {
  if (options.phase != v1::PHASE_UNSPECIFIED) return options.phase;
  if (operators.has_backward()) return v1::PHASE_TRAIN;
  return operators.has_programs() ? v1::PHASE_INFER : v1::PHASE_UNSPECIFIED;
}

v1::TraceHeader HeaderOf(const Trace& trace, const Operators& operators, const ImportOptions& options) {
  v1::TraceHeader header = HeaderFor(options, "xplane", "1");
  header.add_producers("XLA profiler");
  header.set_clock_base(trace.is_unix ? "unix" : "run");
  if (trace.started_unix_ns.has_value()) header.set_started_unix_ns(*trace.started_unix_ns);
  for (const Device& device : trace.devices) {
    AddDevice(device.name, device.ordinal, options, header, device.counts);
  }
  header.set_phase(PhaseOf(operators, options));
  if (!trace.host.empty()) AddExtra("host", trace.host, header);
  for (size_t i = 0; i < trace.devices.size(); ++i) {
    if (trace.devices[i].properties.empty()) continue;
    const std::string text = absl::StrJoin(trace.devices[i].properties, " ", absl::PairFormatter("="));
    AddExtra(absl::StrCat("device_", i), PlainText(text.substr(0, kMostPropertyBytes)), header);
  }
  return header;
}

}  // namespace

bool Matches(absl::string_view start) {
  if (start.empty() || start[0] != kPlaneTag) return false;
  size_t at = 1;
  while (at < std::min(start.size(), kMostVarintBytes) && static_cast<unsigned char>(start[at]) >= 0x80) ++at;
  if (++at >= start.size() || (start[at] != kNumberTag && start[at] != kNameTag)) return false;
  for (const absl::string_view name : kPlaneNames) {
    if (absl::StrContains(start.substr(0, kBytesToName), name)) return true;
  }
  return false;
}

absl::StatusOr<ImportReport> Import(ByteSource& source, const ImportOptions& options, TraceSink& sink) {
  absl::StatusOr<Trace> trace = ReadTrace(source, [&](uint64_t events) { return options.progress("reading", events); });
  if (!trace.ok()) return trace.status();
  Operators operators(*trace);
  ImportReport report;
  operators.Count(report);
  report.header = HeaderOf(*trace, operators, options);
  const absl::Status sent = SendTrace([&](const TakeOperator& take) { return operators.Write(take); },
                                      operators.Summary(), options, sink, report);
  if (!sent.ok()) return sent;
  return report;
}

}  // namespace sandglass::collectors::xplane
