#include "collectors/importers/xplane/device_plane.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "collectors/importers/format/sound_signature.h"
#include "collectors/importers/xplane/plane_tables.h"
#include "collectors/importers/xplane/work_details.h"
#include "proto/plain_text.h"

namespace sandglass::collectors::xplane {
namespace {

using xspace::XEvent;
using xspace::XEventMetadata;
using xspace::XLine;
using xspace::XPlane;
using xspace::XStat;

constexpr absl::string_view kStreamPrefix = "Stream";
constexpr absl::string_view kInstructionLine = "XLA Ops";
constexpr absl::string_view kStepLine = "Steps";
// Lines of more names are not told apart.
constexpr size_t kMostLineNames = 32;
constexpr size_t kMostLineNameBytes = 64;
// Of what is said of a device, and of a module's name.
constexpr size_t kMostTextBytes = 1024;
constexpr int64_t kPsPerNs = 1000;
constexpr int64_t kDayPs = int64_t{86400} * 1000 * 1000 * 1000 * 1000;
// 200 years either side of 1970.
constexpr int64_t kMostNs = 6'300'000'000'000'000'000;

absl::string_view LineName(const XLine& line) {
  return line.display_name().empty() ? line.name() : line.display_name();
}

bool IsStream(const XLine& line) { return absl::StartsWith(LineName(line), kStreamPrefix); }

// The instruction that an event of "XLA Ops" is of, whose name may be all of its text: "%dot.3 = bf16[8,8] dot(...)".
absl::string_view InstructionOf(const XEventMetadata& metadata) {
  if (!metadata.display_name().empty()) return metadata.display_name();
  absl::string_view name = metadata.name();
  absl::ConsumePrefix(&name, "%");
  return name.substr(0, name.find(" = "));
}

v1::ProducedFigure Stated(int64_t value) {
  v1::ProducedFigure figure;
  figure.set_value(static_cast<double>(value));
  figure.set_provenance(v1::PROVENANCE_STATED);
  return figure;
}

// "/device:GPU:3" is 3; "/device:TPU:0 SparseCore 1" is none.
std::optional<uint32_t> OrdinalOf(absl::string_view plane) {
  uint32_t ordinal = 0;
  const size_t colon = plane.rfind(':');
  if (colon == absl::string_view::npos || !absl::SimpleAtoi(plane.substr(colon + 1), &ordinal)) return std::nullopt;
  return ordinal;
}

std::string TextOfValue(const PlaneTables& tables, const XStat& stat) {
  if (const auto integer = PlaneTables::IntegerOf(&stat)) return absl::StrCat(*integer);
  if (const auto number = PlaneTables::NumberOf(&stat)) return absl::StrCat(*number);
  return PlainText(tables.TextOf(&stat).substr(0, kMostTextBytes));
}

// Threads of a warp, which the profiler does not say: of the devices that are told by counts, all of one maker have the
// same.
std::optional<int64_t> WarpThreadsOf(absl::string_view vendor) {
  if (absl::EqualsIgnoreCase(vendor, "amd")) return 64;
  if (absl::EqualsIgnoreCase(vendor, "nvidia")) return 32;
  return std::nullopt;
}

DeviceCounts CountsOf(const XPlane& plane, const PlaneTables& tables) {
  const auto number = [&](Stat stat) { return PlaneTables::IntegerOf(tables.Find(plane.stats(), stat)); };
  return {.units = number(Stat::kCoreCount),
          .memory_bytes = number(Stat::kMemorySize),
          .capability_major = number(Stat::kCapabilityMajor),
          .capability_minor = number(Stat::kCapabilityMinor),
          .warp_threads = WarpThreadsOf(tables.TextOf(tables.Find(plane.stats(), Stat::kDeviceVendor)))};
}

Device DeviceOf(const XPlane& plane, const PlaneTables& tables) {
  Device device;
  device.ordinal = OrdinalOf(plane.name());
  for (const Stat named : {Stat::kDeviceType, Stat::kGpuName}) {
    if (!device.name.empty()) break;
    device.name = PlainText(tables.TextOf(tables.Find(plane.stats(), named)).substr(0, kMostTextBytes));
  }
  device.counts = CountsOf(plane, tables);
  for (const XStat& stat : plane.stats()) {
    std::string key = PlainText(tables.NameOf(stat).substr(0, kMostTextBytes));
    if (!key.empty()) device.properties.emplace_back(std::move(key), TextOfValue(tables, stat));
  }
  return device;
}

// The event's time; nullopt: it has none, or one that cannot be.
std::optional<Event> TimeOf(const XEvent& event, int64_t timestamp_ns) {
  Event timed;
  const int64_t offset_ps = event.offset_ps();
  const bool is_possible = offset_ps >= 0 && event.duration_ps() >= 0 && event.duration_ps() <= kDayPs;
  if (!is_possible || timestamp_ns > kMostNs || timestamp_ns < -kMostNs) return std::nullopt;
  timed.start_ns = timestamp_ns + offset_ps / kPsPerNs;
  timed.start_rest_ps = offset_ps % kPsPerNs;
  timed.duration_ps = event.duration_ps();
  return timed;
}

}  // namespace

void CountLeftOut(absl::string_view line, uint64_t events, Counts& counts) {
  if (events == 0) return;
  // Threads are many, and their numbers say nothing.
  std::string name = absl::AsciiStrToLower(PlainText(line.substr(0, std::min(line.find('/'), kMostLineNameBytes))));
  for (char& c : name) {
    if (!absl::ascii_isalnum(static_cast<unsigned char>(c))) c = '_';
  }
  name = absl::StrCat("events_of_line_", name);
  if (counts.size() >= kMostLineNames && counts.count(name) == 0) name = "events_of_other_lines";
  counts[name] += events;
}

// Reads one plane.
class DevicePlanes::Reader {
 public:
  Reader(DevicePlanes& planes, const XPlane& plane)
      : planes_(planes), trace_(planes.trace_), plane_(plane), tables_(plane) {}

  void Read() {
    trace_.devices.push_back(DeviceOf(plane_, tables_));
    const bool has_streams = std::any_of(plane_.lines().begin(), plane_.lines().end(), IsStream);
    for (const XLine& line : plane_.lines()) {
      const bool is_work = has_streams ? IsStream(line) : LineName(line) == kInstructionLine;
      const auto events = static_cast<uint64_t>(line.events_size());
      if (LineName(line) == kStepLine) trace_.steps = std::max(trace_.steps, events);
      is_work ? ReadLine(line, !has_streams) : CountLeftOut(LineName(line), events, trace_.left_out);
    }
  }

 private:
  void ReadLine(const XLine& line, bool has_instructions) {
    Line read;
    read.device = static_cast<uint32_t>(trace_.devices.size() - 1);
    // Of streams, the line's number is the stream's.
    if (line.id() >= 0 && line.id() <= UINT32_MAX) read.queue = static_cast<uint32_t>(line.id());
    read.has_instructions = has_instructions;
    trace_.lines.push_back(read);
    const size_t first = trace_.events.size();
    for (const XEvent& event : line.events()) ReadEvent(event, line.timestamp_ns());
    // Equal starts stay as the file has them, those that hold others before them.
    std::stable_sort(trace_.events.begin() + static_cast<ptrdiff_t>(first), trace_.events.end(),
                     [](const Event& a, const Event& b) {
                       if (StartPs(a) != StartPs(b)) return StartPs(a) < StartPs(b);
                       return a.duration_ps > b.duration_ps;
                     });
  }

  void ReadEvent(const XEvent& event, int64_t timestamp_ns) {
    if (event.data_case() == XEvent::kNumOccurrences) {
      ++trace_.missing["totals_without_times"];
      return;
    }
    std::optional<Event> read = TimeOf(event, timestamp_ns);
    if (!read.has_value()) {
      if (trace_.missing["events_with_impossible_times"]++ == 0) {
        trace_.problems.push_back(absl::StrCat(PlainText(plane_.name()), ": an event of ", event.duration_ps(),
                                               " ps at ", event.offset_ps(), " ps after ", timestamp_ns, " ns"));
      }
      return;
    }
    const bool is_instruction = trace_.lines.back().has_instructions;
    read->line = static_cast<uint32_t>(trace_.lines.size() - 1);
    read->correlation = PlaneTables::IntegerOf(tables_.Find(event.stats(), Stat::kCorrelationId));
    read->signature = is_instruction ? InstructionSignatureOf(event) : SignatureOf(event);
    read->hlo_op = HloOpOf(event, is_instruction);
    if (read->hlo_op != kNone) {
      HloOp& op = trace_.hlo_ops[read->hlo_op];
      op.shortest_ps = std::min(op.shortest_ps, read->duration_ps);
    }
    trace_.events.push_back(*read);
  }

  uint32_t SignatureOf(const XEvent& event) {
    v1::OpSignature signature;
    signature.set_name(NameOf(tables_.Metadata(event.metadata_id()).name()));
    if (const XStat* copy = tables_.Find(event.stats(), Stat::kMemcpyDetails)) {
      signature.set_kind(v1::OPERATOR_KIND_MEMCPY);
      if (const auto bytes = ParseSize(tables_.TextOf(copy))) {
        *signature.mutable_read_bytes() = Stated(*bytes);
        *signature.mutable_written_bytes() = Stated(*bytes);
      }
    } else if (const XStat* fill = tables_.Find(event.stats(), Stat::kMemsetDetails)) {
      signature.set_kind(v1::OPERATOR_KIND_MEMORY);
      if (const auto bytes = ParseSize(tables_.TextOf(fill))) *signature.mutable_written_bytes() = Stated(*bytes);
    } else {
      signature.set_kind(v1::OPERATOR_KIND_DEVICE_KERNEL);
      LaunchDetails details = ParseKernelDetails(tables_.TextOf(tables_.Find(event.stats(), Stat::kKernelDetails)));
      if (details.implausible) ++trace_.missing["kernels_with_impossible_registers"];
      if (details.launch.ByteSizeLong() > 0) *signature.mutable_launch() = std::move(details.launch);
    }
    return planes_.SignatureNumber(signature);
  }

  // A name in full where a store takes it.
  std::string NameOf(absl::string_view text) {
    uint64_t cut = 0;
    std::string name = FittingName(PlainText(text), cut);
    if (cut > 0) ++trace_.missing["names_cut"];
    return name.empty() ? "unnamed" : name;
  }

  uint32_t InstructionSignatureOf(const XEvent& event) {
    v1::OpSignature signature;
    signature.set_name(NameOf(InstructionOf(tables_.Metadata(event.metadata_id()))));
    signature.set_kind(v1::OPERATOR_KIND_DEVICE_KERNEL);
    return planes_.SignatureNumber(signature);
  }

  // A statistic of the event, or else of all events of its kind.
  const XStat* Find(const XEvent& event, Stat kind) const {
    const XStat* own = tables_.Find(event.stats(), kind);
    return own != nullptr ? own : tables_.Find(tables_.Metadata(event.metadata_id()).stats(), kind);
  }

  uint32_t HloOpOf(const XEvent& event, bool is_instruction) {
    HloOp op;
    absl::string_view name = tables_.TextOf(Find(event, Stat::kHloOp));
    if (name.empty() && is_instruction) name = InstructionOf(tables_.Metadata(event.metadata_id()));
    if (name.empty() && !is_instruction) return kNone;
    op.name = NameOf(name);
    op.module = PlainText(tables_.TextOf(Find(event, Stat::kHloModule)).substr(0, kMostTextBytes));
    if (const auto program = PlaneTables::IntegerOf(Find(event, Stat::kProgramId))) {
      op.program = static_cast<uint64_t>(*program);
    }
    op.flop = PlaneTables::NumberOf(Find(event, Stat::kFlops));
    return planes_.HloOpNumber(std::move(op));
  }

  DevicePlanes& planes_;
  Trace& trace_;
  const XPlane& plane_;
  const PlaneTables tables_;
};

void DevicePlanes::Add(const XPlane& plane) { Reader(*this, plane).Read(); }

uint32_t DevicePlanes::SignatureNumber(const v1::OpSignature& signature) {
  const auto number = static_cast<uint32_t>(trace_.signatures.size());
  const auto [found, is_new] = signature_numbers_.try_emplace(signature.SerializeAsString(), number);
  if (is_new) trace_.signatures.push_back(signature);
  return found->second;
}

uint32_t DevicePlanes::HloOpNumber(HloOp op) {
  const std::string key =
      absl::StrCat(op.program.has_value() ? absl::StrCat(*op.program) : "-", "\n", op.module, "\n", op.name);
  const auto [found, is_new] = hlo_op_numbers_.try_emplace(key, static_cast<uint32_t>(trace_.hlo_ops.size()));
  if (is_new) trace_.hlo_ops.push_back(std::move(op));
  return found->second;
}

}  // namespace sandglass::collectors::xplane
