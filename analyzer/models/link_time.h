// How long transfers among devices take over one kind of link: rings, stated as such.
//
//   ring pass over n ranks:  bytes·(n − 1)/n / bandwidth + (n − 1)·latency
//
// Where the link states what each further message takes (`hop`, as NCCL's do over NVLink), k messages in a row take
//
//   moving  = bytes sent / (0.85 · bandwidth)                     headers and flow control
//   waiting = latency + (k − 1)·hop
//   filling = 2·√((k − 1)·hop · moving)                           what is left of waiting when bytes go in pieces of
//   the
//                                                                 best size
//
// A gather, a scatter and an exchange are one pass; an all-reduce is two (a scatter, then a gather); a broadcast and a
// reduction send all bytes once through a pipelined ring, bytes / bandwidth + (n − 1)·latency; a barrier is two passes
// of nothing; a send is bytes / bandwidth + latency. Trees, which a switch does better for small messages, and overlap
// are not modelled. Pure; safe from any thread.
#ifndef SANDGLASS_ANALYZER_MODELS_LINK_TIME_H_
#define SANDGLASS_ANALYZER_MODELS_LINK_TIME_H_

#include "absl/status/statusor.h"
#include "analyzer/ops/work.h"
#include "analyzer/quantities/quantities.h"
#include "analyzer/silicon/silicon.h"

namespace sandglass::models {

// A transfer's terms, and how they came about.
struct LinkEstimate {
  // Bytes that leave the busiest device.
  Bytes sent;
  // Messages one after the other.
  double hops = 0;
  Seconds moving;
  Seconds waiting;
  Seconds filling;

  Seconds total() const { return moving + waiting + filling; }
};

// `passes` ring passes.
LinkEstimate RingTime(Bytes bytes, double passes, int64_t ranks, const silicon::Link& link);

// Share of its bandwidth that a link with a stated hop reaches; 1 for others, of which it is not known.
double LinkEfficiency(const silicon::Link& link);

// A transfer of an operator. Errors: FailedPrecondition where more ranks take part than the link joins, because the
// network beyond it is not in the catalog.
absl::StatusOr<LinkEstimate> TransferTime(const ops::Transfer& transfer, const silicon::Link& link);

}  // namespace sandglass::models

#endif  // SANDGLASS_ANALYZER_MODELS_LINK_TIME_H_
