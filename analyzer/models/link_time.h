// How long transfers among devices take over one kind of link.
//
//   ring pass over n ranks:  bytes·(n − 1)/n / bandwidth + (n − 1)·latency
//
// Where the link states what each further message takes (`hop`, as NCCL's do over NVLink), k messages in a row of
// `bytes` in all take
//
//   moving  = bytes sent / (0.97 · bandwidth)                     headers and flow control
//   within  = bytes / (4 · bandwidth)                             each device moves them itself, once a pass, beside
//                                                                 the link
//   waiting = latency + (k − 1)·hop                               of threads that poll: at cores of 1.83 GHz, on slower
//                                                                 ones longer in proportion
//   filling = √((k − 1)·hop · moving)                             what is left of waiting when bytes go in pieces
//
// and where switches between the chips reduce what goes through them, an all-reduce of three and more takes at most
//
//   moving = bytes·(1 + 1/n) / (switch_reduction · bandwidth), within as above, waiting = 20 us, longer on slower cores
//
// so that there more ranks may be faster.
//
// A gather, a scatter and an exchange are one pass; an all-reduce is two (a scatter, then a gather); a broadcast and a
// reduction send all bytes once through a pipelined ring, bytes / bandwidth + (n − 1)·latency; a barrier is an
// all-reduce of nothing; a send is one message. Trees, and protocols by size, are not modelled. Pure; safe from
// any thread.
#ifndef SANDGLASS_ANALYZER_MODELS_LINK_TIME_H_
#define SANDGLASS_ANALYZER_MODELS_LINK_TIME_H_

#include "absl/status/statusor.h"
#include "analyzer/ops/work.h"
#include "analyzer/quantities/quantities.h"
#include "analyzer/silicon/silicon.h"

namespace sandglass::models {

// A transfer's terms, and how they came about.
struct LinkEstimate {
  // Bytes that each device moves itself: the whole of what is reduced, gathered, scattered, or sent, once a pass.
  Bytes bytes;
  // Bytes that leave the busiest device.
  Bytes sent;
  // Share of the bandwidth that they reach.
  double efficiency = 1;
  // Messages one after the other.
  double hops = 0;
  bool in_switch = false;
  Seconds moving;
  Seconds within;
  Seconds waiting;
  Seconds filling;

  Seconds total() const { return moving + within + waiting + filling; }
};

// `passes` ring passes. Requires, as below: the class has a link.
LinkEstimate RingTime(Bytes bytes, double passes, int64_t ranks, const silicon::SiliconClass& silicon);

// A scatter and a gather in rings, or in the switches where that is faster.
LinkEstimate AllReduceTime(Bytes bytes, int64_t ranks, const silicon::SiliconClass& silicon);

// How much longer a class's threads take to see a message than cores at the clock that links' waiting is stated at.
double PollingRatio(const silicon::SiliconClass& silicon);

// What starts a reduction in the switches, on cores at that clock.
Seconds SwitchStart();

// A transfer of an operator. Errors: FailedPrecondition where more ranks take part than the link joins, because the
// network beyond it is not in the catalog.
absl::StatusOr<LinkEstimate> TransferTime(const ops::Transfer& transfer, const silicon::SiliconClass& silicon);

}  // namespace sandglass::models

#endif  // SANDGLASS_ANALYZER_MODELS_LINK_TIME_H_
