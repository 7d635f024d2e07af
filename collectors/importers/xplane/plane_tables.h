// The tables of a plane, at hand: what the numbers in its events and statistics stand for.
//
// Safe from any thread, while nothing changes the plane.
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_XPLANE_PLANE_TABLES_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_XPLANE_PLANE_TABLES_H_

#include <google/protobuf/repeated_ptr_field.h>

#include <cstdint>
#include <optional>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "proto/xplane.pb.h"

namespace sandglass::collectors::xplane {

// The statistics that are read.
enum class Stat : uint8_t {
  kOther,
  // Of device work: what joins it to the call that launched it.
  kCorrelationId,
  // Of a kernel: its grid and block, in words.
  kKernelDetails,
  // Of a copy and a fill: its size, in words.
  kMemcpyDetails,
  kMemsetDetails,
  // Of device work: the instruction, the module and the number of the program that it belongs to.
  kHloOp,
  kHloModule,
  kProgramId,
  // Of an instruction: FLOP by the compiler's cost analysis.
  kFlops,
  // Of a range on the host: the number of the step that it is.
  kStepNumber,
  // Of a device: what it is, and by what a GPU without a name is told.
  kDeviceType,
  kGpuName,
  kDeviceVendor,
  kCoreCount,
  kMemorySize,
  kCapabilityMajor,
  kCapabilityMinor,
  // Of the recording, in ns of the Unix epoch.
  kProfileStartTime,
};

class PlaneTables {
 public:
  using Stats = google::protobuf::RepeatedPtrField<xspace::XStat>;

  // The plane must outlive it.
  explicit PlaneTables(const xspace::XPlane& plane);

  // What is common to events with that number; an empty one, where the plane does not say.
  const xspace::XEventMetadata& Metadata(int64_t id) const;
  absl::string_view NameOf(const xspace::XStat& stat) const;
  // The first statistic of that kind; nullptr: there is none.
  const xspace::XStat* Find(const Stats& stats, Stat kind) const;
  // Texts and numbers; empty and nullopt, where it is none, or of another type.
  absl::string_view TextOf(const xspace::XStat* stat) const;
  static std::optional<int64_t> IntegerOf(const xspace::XStat* stat);
  static std::optional<double> NumberOf(const xspace::XStat* stat);

 private:
  struct Name {
    Stat kind = Stat::kOther;
    absl::string_view text;
  };

  absl::flat_hash_map<int64_t, Name> names_;
  absl::flat_hash_map<int64_t, const xspace::XEventMetadata*> metadata_;
};

}  // namespace sandglass::collectors::xplane

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_XPLANE_PLANE_TABLES_H_
