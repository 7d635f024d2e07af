// Reads the work of one device.
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_XPLANE_DEVICE_PLANE_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_XPLANE_DEVICE_PLANE_H_

#include <cstdint>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "collectors/importers/xplane/trace.h"
#include "proto/trace.pb.h"
#include "proto/xplane.pb.h"

namespace sandglass::collectors::xplane {

// Adds the device and its work to the trace. Which lines are work, and which the profiler derived from them ("Steps",
// "XLA Modules", "TensorFlow Name Scope"), is told by their names: where there are streams, they are all the work there
// is; where there are none, "XLA Ops" is. Events of other lines are counted in left_out by their line's name, so that
// nothing is counted twice.
class DevicePlanes {
 public:
  explicit DevicePlanes(Trace& trace) : trace_(trace) {}

  void Add(const xspace::XPlane& plane);

 private:
  class Reader;

  uint32_t SignatureNumber(const v1::OpSignature& signature);
  uint32_t HloOpNumber(HloOp op);

  Trace& trace_;
  absl::flat_hash_map<std::string, uint32_t> signature_numbers_;
  absl::flat_hash_map<std::string, uint32_t> hlo_op_numbers_;
};

// Adds one to a count of events by the name of their line, in few words; many different names are one count.
void CountLeftOut(absl::string_view line, uint64_t events, Counts& counts);

}  // namespace sandglass::collectors::xplane

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_XPLANE_DEVICE_PLANE_H_
