// What a model says of one operator on one silicon class: every term, not only the sum.
//
// Plain values; see operator_model.h for how they come about.
#ifndef SANDGLASS_ANALYZER_MODELS_ESTIMATE_H_
#define SANDGLASS_ANALYZER_MODELS_ESTIMATE_H_

#include <compare>
#include <cstdint>

#include "analyzer/ops/op_taxonomy.h"
#include "analyzer/quantities/quantities.h"
#include "analyzer/silicon/silicon.h"

namespace sandglass::models {

// What bounds a time; the numbers are those of v1::Limit.
enum class Limit : uint8_t {
  kUnspecified = 0,
  kLaunch = 1,
  kMatrix = 2,
  kVector = 3,
  kMemory = 4,
  kSerial = 5,
  kCommunication = 6,
  kPower = 7,
  kMdStep = 8,
  kHost = 9,
};
inline constexpr int kLimitCount = 10;

// How far the units of a chip work at the same time inside an operator: wholly; but for the beginning and end of each
// tile; the same where tiles are many and deep; and so that the vector units wait for the matrix units, and only memory
// works beside them.
enum class Overlap : uint8_t { kFull, kPartial, kTiled, kChained };

struct OperatorEstimate {
  silicon::Support support = silicon::Support::kUnknown;

  // Units busy, each as if it were alone. Matrix time has the padding in it.
  Seconds matrix;
  Seconds vector;
  Seconds memory;
  // Of vector units as well: finding the places of elements one by one.
  Seconds addressing;
  // A GPU's blocks wait for what they load (block_waiting.h).
  Seconds waiting;
  // Turns of a sequential loop that the class has no kernel for: floors and loop overhead of each turn.
  Seconds serial;
  // Least time of the operator's kernels on the device.
  Seconds floor;
  Overlap overlap = Overlap::kFull;
  // Share of native speed that a decomposed operator keeps: the units' time together is divided by it.
  double retained = 1;
  // What it spends among devices.
  Seconds link;
  // Where it falls back: its time on the host, and copies and waiting.
  Seconds host;
  Seconds host_transfer;
  // Floor, then matrix, vector (with addressing and waiting) and memory together (operator_model.h), over `retained`,
  // then serial, link, host and transfers: the time in which the device is taken.
  Seconds device;
  // What the largest part of `device` is.
  Limit limit = Limit::kUnspecified;

  // Dynamic energy, on all devices together.
  Joules matrix_energy;
  Joules vector_energy;
  Joules memory_energy;

  // The rates that were used; kUnspecified: none. Matrix work without a matrix rate runs on the vector units, and then
  // `matrix_format` is unspecified and `vector_format` is that of the matrix work.
  silicon::Format matrix_format = silicon::Format::kUnspecified;
  silicon::Format vector_format = silicon::Format::kUnspecified;
};

// What errors tell operators apart by.
struct OperatorKind {
  ops::OpClass op_class = ops::OpClass::kUnknown;
  // kUnspecified: the matrix units do nothing.
  silicon::Format matrix_format = silicon::Format::kUnspecified;
  Limit limit = Limit::kUnspecified;

  auto operator<=>(const OperatorKind&) const = default;
};

inline OperatorKind KindOf(ops::OpClass op_class, const OperatorEstimate& estimate) {
  return {.op_class = op_class, .matrix_format = estimate.matrix_format, .limit = estimate.limit};
}

}  // namespace sandglass::models

#endif  // SANDGLASS_ANALYZER_MODELS_ESTIMATE_H_
