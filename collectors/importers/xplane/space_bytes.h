// Files of the profiler for tests, put together plane by plane.
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_XPLANE_SPACE_BYTES_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_XPLANE_SPACE_BYTES_H_

#include <google/protobuf/text_format.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <variant>
#include <vector>

#include "absl/strings/string_view.h"
#include "proto/hlo.pb.h"
#include "proto/xplane.pb.h"

namespace sandglass::collectors::xplane {

struct NamedStat {
  std::string name;
  std::variant<std::string, int64_t> value;
};

class PlaneBuilder {
 public:
  explicit PlaneBuilder(const std::string& name) { plane_.set_name(name); }

  PlaneBuilder& Line(int64_t id, const std::string& name, int64_t timestamp_ns) {
    xspace::XLine& line = *plane_.add_lines();
    line.set_id(id);
    line.set_name(name);
    line.set_timestamp_ns(timestamp_ns);
    return *this;
  }

  // On the last line.
  PlaneBuilder& Event(const std::string& name, int64_t offset_ps, int64_t duration_ps,
                      const std::vector<NamedStat>& stats = {}) {
    xspace::XEvent& event = *plane_.mutable_lines(plane_.lines_size() - 1)->add_events();
    event.set_metadata_id(Kind(name));
    event.set_offset_ps(offset_ps);
    event.set_duration_ps(duration_ps);
    for (const NamedStat& stat : stats) Fill(stat, *event.add_stats());
    return *this;
  }

  // Of the plane.
  PlaneBuilder& Stat(const NamedStat& stat) {
    Fill(stat, *plane_.add_stats());
    return *this;
  }

  // Of all events of the last event's name.
  PlaneBuilder& KindStat(const NamedStat& stat) {
    Fill(stat, *plane_.mutable_event_metadata(plane_.event_metadata_size() - 1)->mutable_value()->add_stats());
    return *this;
  }

  // A compiled program, by the text of its HloModuleProto.
  PlaneBuilder& Program(int64_t number, const std::string& module) {
    hlo::HloProto hlo;
    if (!google::protobuf::TextFormat::ParseFromString(module, hlo.mutable_hlo_module())) std::abort();
    xspace::EventMetadataEntry& entry = *plane_.add_event_metadata();
    entry.set_key(number);
    entry.mutable_value()->set_id(number);
    xspace::XStat& stat = *entry.mutable_value()->add_stats();
    stat.set_metadata_id(Name("Hlo Proto"));
    stat.set_bytes_value(hlo.SerializeAsString());
    return *this;
  }

  const xspace::XPlane& plane() const { return plane_; }

 private:
  int64_t Name(const std::string& name) {
    for (const auto& entry : plane_.stat_metadata()) {
      if (entry.value().name() == name) return entry.key();
    }
    xspace::StatMetadataEntry& entry = *plane_.add_stat_metadata();
    entry.set_key(plane_.stat_metadata_size());
    entry.mutable_value()->set_name(name);
    return entry.key();
  }

  int64_t Kind(const std::string& name) {
    for (const auto& entry : plane_.event_metadata()) {
      if (entry.value().name() == name) return entry.key();
    }
    xspace::EventMetadataEntry& entry = *plane_.add_event_metadata();
    entry.set_key(plane_.event_metadata_size());
    entry.mutable_value()->set_name(name);
    return entry.key();
  }

  // Texts stand in the table of names, as the profiler has it.
  void Fill(const NamedStat& stat, xspace::XStat& to) {
    to.set_metadata_id(Name(stat.name));
    if (const auto* text = std::get_if<std::string>(&stat.value)) {
      to.set_ref_value(static_cast<uint64_t>(Name(*text)));
    } else {
      to.set_int64_value(std::get<int64_t>(stat.value));
    }
  }

  xspace::XPlane plane_;
};

inline std::string SpaceOf(const std::vector<PlaneBuilder>& planes) {
  xspace::XSpace space;
  for (const PlaneBuilder& plane : planes) *space.add_planes() = plane.plane();
  return space.SerializeAsString();
}

// Of a kernel, that it is of an instruction.
inline std::vector<NamedStat> OfInstruction(const std::string& instruction, int64_t program = 7) {
  return {{"hlo_op", instruction}, {"hlo_module", "jit_step"}, {"program_id", program}};
}

}  // namespace sandglass::collectors::xplane

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_XPLANE_SPACE_BYTES_H_
