// How much memory the work of a trace needs, from the lifetimes of the storages that its operators touch.
//
// A storage first seen as an input lived before the trace began and is taken to live on: weights, optimizer state,
// cache, data ("persistent"). One first seen as an output is temporary: it lives from there to its last use, and the
// peak is the largest sum alive at once ("transient"). Sizes follow the precision policy; in training, persistent
// storages keep the trace's format, because master weights and optimizer state do. Where no operator carries storage
// identities, the producer's declaration is used, which has no temporaries in it.
//
// Pure; safe from any thread.
#ifndef SANDGLASS_ANALYZER_REPLAY_FOOTPRINT_H_
#define SANDGLASS_ANALYZER_REPLAY_FOOTPRINT_H_

#include <optional>
#include <string>

#include "analyzer/quantities/quantities.h"
#include "analyzer/replay/precision.h"
#include "analyzer/trace/trace.h"

namespace sandglass::replay {

struct Footprint {
  std::optional<Bytes> persistent;
  std::optional<Bytes> transient;
  // "storages", "declared", or empty where nothing is known.
  std::string method;

  // All that is known together.
  Bytes Total() const { return persistent.value_or(Bytes()) + transient.value_or(Bytes()); }
};

Footprint MeasureFootprint(const trace::Trace& trace, Precision precision);

}  // namespace sandglass::replay

#endif  // SANDGLASS_ANALYZER_REPLAY_FOOTPRINT_H_
