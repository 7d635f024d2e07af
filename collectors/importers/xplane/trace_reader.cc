#include "collectors/importers/xplane/trace_reader.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "collectors/importers/xplane/device_plane.h"
#include "collectors/importers/xplane/plane_tables.h"
#include "collectors/importers/xplane/space_reader.h"
#include "collectors/importers/xplane/work_details.h"
#include "proto/plain_text.h"
#include "proto/xplane.pb.h"

namespace sandglass::collectors::xplane {
namespace {

using xspace::XEvent;
using xspace::XLine;
using xspace::XPlane;
using xspace::XSpace;
using xspace::XStat;

// No recording was made before 1973; times from its own beginning are far smaller.
constexpr int64_t kLeastUnixNs = 100'000'000'000'000'000;
constexpr size_t kMostMessageBytes = 512;

class Reader {
 public:
  Reader() : devices_(trace_) {}

  void AddPlane(const XPlane& plane) {
    for (const XLine& line : plane.lines()) events_ += static_cast<uint64_t>(line.events_size());
    if (absl::StartsWith(plane.name(), "/device:")) {
      devices_.Add(plane);
    } else if (plane.name() == "/host:metadata") {
      AddPrograms(plane);
    } else {
      AddHost(plane);
    }
  }

  // What the profiler says went wrong.
  void AddMessage(const char* count, absl::string_view message) {
    if (trace_.missing[count]++ > 0) return;
    trace_.problems.push_back(absl::StrCat("the profiler says: ", PlainText(message.substr(0, kMostMessageBytes))));
  }

  void AddUnknownField() { ++trace_.missing["unknown_fields"]; }
  void AddHostName(absl::string_view name) { trace_.host = PlainText(name.substr(0, kMostMessageBytes)); }

  uint64_t events() const { return events_; }

  Trace Take() && {
    const auto is_unix = [](const Event& event) { return event.start_ns >= kLeastUnixNs; };
    trace_.is_unix = std::any_of(trace_.events.begin(), trace_.events.end(), is_unix);
    if (trace_.steps == 0) trace_.steps = host_steps_;
    return std::move(trace_);
  }

 private:
  // Each kind of event of that plane is a program, whose number is the kind's; one of its statistics is the program.
  void AddPrograms(const XPlane& plane) {
    for (const auto& entry : plane.event_metadata()) {
      for (const XStat& stat : entry.value().stats()) {
        if (stat.value_case() != XStat::kBytesValue) continue;
        if (!trace_.programs.Add(static_cast<uint64_t>(entry.key()), stat.bytes_value())) {
          ++trace_.missing["damaged_programs"];
        }
      }
    }
  }

  // Of what the host did, only what says more of the devices' work is of use: which copies its calls made, and which
  // steps it marked.
  void AddHost(const XPlane& plane) {
    const PlaneTables tables(plane);
    if (const auto start = PlaneTables::IntegerOf(tables.Find(plane.stats(), Stat::kProfileStartTime))) {
      trace_.started_unix_ns = *start;
    }
    for (const XLine& line : plane.lines()) {
      uint64_t steps = 0;
      if (line.events_size() > 0) trace_.left_out["host_events"] += static_cast<uint64_t>(line.events_size());
      for (const XEvent& event : line.events()) {
        if (tables.Find(event.stats(), Stat::kStepNumber) != nullptr) ++steps;
        const auto correlation = PlaneTables::IntegerOf(tables.Find(event.stats(), Stat::kCorrelationId));
        const XStat* copy = tables.Find(event.stats(), Stat::kMemcpyDetails);
        if (correlation.has_value() && copy != nullptr) trace_.copies[*correlation] = ParseSize(tables.TextOf(copy));
      }
      host_steps_ = std::max(host_steps_, steps);
    }
  }

  Trace trace_;
  DevicePlanes devices_;
  uint64_t events_ = 0;
  uint64_t host_steps_ = 0;
};

absl::Status ReadFields(SpaceReader& space, const ReadProgress& progress, Reader& reader) {
  XPlane plane;
  while (true) {
    const absl::StatusOr<std::optional<SpaceField>> field = space.Next();
    if (!field.ok()) return field.status();
    if (!field->has_value()) return absl::OkStatus();
    const absl::string_view bytes = (*field)->bytes;
    switch ((*field)->number) {
      case XSpace::kPlanesFieldNumber:
        if (!plane.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
          return space.Damage((*field)->offset, absl::StrCat("the ", bytes.size(), " bytes from here are no plane"));
        }
        reader.AddPlane(plane);
        break;
      case XSpace::kErrorsFieldNumber:
        reader.AddMessage("errors_of_the_profiler", bytes);
        break;
      case XSpace::kWarningsFieldNumber:
        reader.AddMessage("warnings_of_the_profiler", bytes);
        break;
      case XSpace::kHostnamesFieldNumber:
        reader.AddHostName(bytes);
        break;
      default:
        reader.AddUnknownField();
        break;
    }
    if (!progress(reader.events())) return absl::CancelledError("the import was stopped");
  }
}

}  // namespace

absl::StatusOr<Trace> ReadTrace(ByteSource& source, const ReadProgress& progress) {
  SpaceReader space(source);
  Reader reader;
  if (absl::Status status = ReadFields(space, progress, reader); !status.ok()) return status;
  const uint64_t events = reader.events();
  Trace trace = std::move(reader).Take();
  if (trace.events.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "no work of a device among ", events, " events of ", trace.devices.size(), " devices and their host",
        trace.problems.empty() ? "" : absl::StrCat("; ", trace.problems.front()),
        ": record while the model runs on a device whose work the profiler sees"));
  }
  return trace;
}

}  // namespace sandglass::collectors::xplane
